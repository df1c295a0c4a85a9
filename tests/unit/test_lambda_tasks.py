"""Asking another function: its answer, or that it could not be done; what it said when it failed stays out."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from orderhub.adapters.aws.lambda_tasks import LambdaTasks, TaskFailed
from orderhub.domain.errors import Rejected
from orderhub.runtime import opened


class Client:
    def __init__(self, said: bytes, **more: Any) -> None:
        self.said, self.more, self.asked = said, more, b""

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        self.asked = Payload
        return {"Payload": io.BytesIO(self.said), **self.more}


class Slow:
    def invoke(self, **asked: Any) -> dict[str, Any]:
        raise ReadTimeoutError(endpoint_url="x")


def test_a_task_is_asked_by_its_name_and_answers_an_object() -> None:
    client = Client(b'{"name": "x"}')
    assert LambdaTasks(client, "f").ask("reveal", {"order_id": "o"}) == {"name": "x"}
    assert json.loads(client.asked) == {"task": "reveal", "order_id": "o"}


@pytest.mark.parametrize(
    "client",
    [Client(b'{"errorMessage": "13800130001"}', FunctionError="Unhandled"), Client(b"[]"), Client(b""), Slow()],
)
def test_what_failed_is_said_to_people_as_not_now_and_quotes_nothing(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = LambdaTasks(client, "f")
    with pytest.raises(TaskFailed) as failed:
        tasks.ask("reveal", {})
    assert "138" not in str(failed.value)
    monkeypatch.setattr(opened, "_labels", lambda: tasks)
    with pytest.raises(Rejected) as refused:
        opened.ask("reveal", order_id="o")
    assert refused.value.code == "not_now"
