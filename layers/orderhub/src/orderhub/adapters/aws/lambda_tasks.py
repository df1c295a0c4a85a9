"""Ask another function of the hub for something, and wait for its answer.

Source: Lambda API Reference, Invoke (RequestResponse).
"""

import json
from collections.abc import Mapping
from typing import Any


class TaskFailed(Exception):
    """The other function raised, did not answer in time, or answered nothing that is an object. What it did is not
    known; its text stays out: it may quote data."""


class LambdaTasks:
    """One function's tasks, ``{"task": …}`` → its answer. The client is boto3's."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self._function = function

    def ask(self, task: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises TaskFailed."""
        payload = json.dumps({"task": task, **asked}, ensure_ascii=False).encode()
        from botocore.exceptions import BotoCoreError, ClientError  # costs nothing where nobody asks

        try:
            answer = self._client.invoke(FunctionName=self._function, Payload=payload)
            said = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError, ValueError) as error:
            raise TaskFailed(f"{task}: {type(error).__name__}") from None
        if answer.get("FunctionError") or not isinstance(said, dict):
            raise TaskFailed(task)
        return said
