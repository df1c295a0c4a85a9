"""A part of the hub itself is away for a while (a table, a queue, a key): nobody's decision, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from functions.console import handler as console
from orderhub.adapters.aws.service_client import AwsUnreachable, Errors
from orderhub.domain.errors import HubError, HubUnavailable, PartnerRejected, PartnerUnavailable, Stale
from orderhub.runtime import wiring
from orderhub.runtime.entry import Unplanned, run_batch, run_task
from orderhub.runtime.request_entry import run_request
from tests.integration.test_lifecycle import paid, the_rest
from tests.kit.console import event, text_of
from tests.kit.console_hub import Console
from tests.kit.world import World

TRIES = 6
THROTTLED = Errors().ThrottlingException("ThrottlingException", "rate of 张三", {})


def away_for(hub: World, function: str, times: int, *, after_work: bool = False) -> list[str]:
    """The function's calls fail so often; a list of the tasks that did."""
    real, failed = hub.functions[function], []

    def flapping(asked: Mapping[str, Any]) -> Any:
        if len(failed) == times:
            return real(asked)
        failed.append(str(asked["task"]))
        if after_work:
            real(asked)
        raise AwsUnreachable("TransactWriteItems: TimeoutError")

    hub.functions[function] = flapping
    return failed


@pytest.mark.parametrize("function", ["orders", "warehouse", "carrier", "ledger"])
@pytest.mark.parametrize("after_work", [False, True], ids=["before the work", "after the work"])
def test_a_step_whose_table_is_away_is_tried_again_and_asks_nobody(hub: World, function: str, after_work: bool) -> None:
    failed = away_for(hub, function, TRIES, after_work=after_work)
    tid = paid(hub)
    the_rest(hub, tid)
    assert len(failed) == TRIES or (after_work and failed)  # what is done already is seen, and not done again
    assert not hub.open_cards(tid)


def test_a_step_whose_table_stays_away_becomes_a_card_that_says_so(hub: World) -> None:
    away_for(hub, "warehouse", TRIES + 1)
    (card,) = hub.open_cards(paid(hub))
    assert card.evidence["error"] == "HubUnavailable"


@pytest.mark.parametrize("error", [AwsUnreachable("GetItem: TimeoutError"), THROTTLED, HubUnavailable("DynamoDB")])
def test_whatever_is_away_has_one_name_and_says_nothing_of_the_data(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Any) -> None:
        raise error

    with pytest.raises(HubUnavailable) as told:
        run_task("orders", {"assess": fail}, {"task": "assess", "order_id": "youzan-E1"})
    assert type(told.value) is HubUnavailable
    assert str(told.value).startswith(f"{type(error).__name__} at test_away.py:")
    line = json.loads(capsys.readouterr().out)
    assert (line["outcome"], line["problem"]) == ("HubUnavailable", type(error).__name__)


def test_a_record_whose_table_is_away_is_delivered_again() -> None:
    def fail(_: dict[str, Any]) -> str:
        raise THROTTLED

    records = [{"messageId": "m-1", "eventSourceARN": "a:b:inbound"}]
    assert run_batch("ingest", fail, {"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


@pytest.mark.parametrize(("path", "says"), [("/api/orders/youzan-E1", "unavailable"), ("/queue", "暂时没有应答")])
def test_while_the_secret_cannot_be_read_requests_are_told_to_come_again(
    hub: World, monkeypatch: pytest.MonkeyPatch, path: str, says: str
) -> None:
    def away(*_: Any) -> Any:
        raise AwsUnreachable("GetSecretValue: TimeoutError")

    monkeypatch.setattr(wiring, "is_allowed", away)
    monkeypatch.setattr(wiring, "session_key", away)
    answer = console.handler(event("GET", path), None)
    assert answer["statusCode"] == 503
    assert says in answer["body"]


@pytest.mark.parametrize("error", [PartnerUnavailable("sf"), Stale("youzan-E1"), THROTTLED])
def test_what_may_go_well_later_is_asked_for_again(error: Exception) -> None:
    def fail() -> None:
        raise error

    assert run_request("rules", fail)["statusCode"] == 503
    assert run_request("console", fail, lambda: "a page") == "a page"


@pytest.mark.parametrize("error", [PartnerRejected("sf", "8016", "no"), HubError("no"), ValueError("no")])
def test_what_stays_wrong_is_not_asked_for_again(error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(Unplanned):
        run_request("rules", fail)


@pytest.mark.parametrize(
    ("error", "status", "says", "logged"),
    [
        (AwsUnreachable("Query: TimeoutError"), 503, "暂时没有应答", "AwsUnreachable"),
        (PartnerUnavailable("labels", "no answer"), 503, "暂时没有应答", "labels: no answer"),
        (PartnerRejected("labels", "E1", "no"), 500, "这一页出了问题", "labels E1: no"),
    ],
)
def test_a_page_says_whether_trying_again_may_help_and_the_log_says_why(
    hub: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    error: Exception, status: int, says: str, logged: str,
) -> None:  # fmt: skip
    desk = Console(hub, monkeypatch)

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(wiring, "orders", fail)
    capsys.readouterr()
    answer = desk.get("/orders/youzan-E1")
    assert answer.status == status
    assert says in text_of(answer)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert logged in [line.get("problem") for line in lines]
