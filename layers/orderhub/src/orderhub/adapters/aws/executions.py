"""The lifecycle state machine, as the services start, wake and stop its runs, and read what they did."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from orderhub.ports.world import RunHistory, StateVisit

MOST_PAGES = 10


class StepFunctionsExecutions:
    """ports.world.Executions over Step Functions. The client is boto3's.

    Source: Step Functions API Reference, StartExecution, SendTaskSuccess, SendTaskFailure.
    """

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def execution_name(self, order_id: str, epoch: int) -> str:
        return f"{order_id}-{epoch}"

    def start(self, order_id: str, epoch: int) -> bool:
        try:
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=self.execution_name(order_id, epoch),
                input=json.dumps({"order_id": order_id, "epoch": epoch}),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def is_running(self, execution: str) -> bool:
        try:
            answer = self._client.describe_execution(executionArn=self._execution_arn(execution))
        except self._client.exceptions.ExecutionDoesNotExist:
            return False
        return bool(answer["status"] in ("RUNNING", "PENDING_REDRIVE"))

    def history(self, execution: str) -> RunHistory | None:
        """Source: DescribeExecution, GetExecutionHistory; data of the events is not asked for. At most the first 10,000
        events."""
        arn, events, token = self.arn_of(execution), list[Mapping[str, Any]](), ""
        try:
            run = self._client.describe_execution(executionArn=arn)
            for _ in range(MOST_PAGES):
                more = {"nextToken": token} if token else {}
                page = self._client.get_execution_history(
                    executionArn=arn, maxResults=1000, includeExecutionData=False, **more
                )
                events += page["events"]
                token = page.get("nextToken") or ""
                if not token:
                    break
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        ended = run.get("stopDate")
        return RunHistory(str(run["status"]), _ms(run["startDate"]), _ms(ended) if ended else 0, visits(events))

    def arn_of(self, execution: str) -> str:
        return self._execution_arn(execution)

    def stop(self, execution: str, reason: str) -> None:
        try:
            self._client.stop_execution(executionArn=self._execution_arn(execution), error="Superseded", cause=reason)
        except self._client.exceptions.ClientError:
            return  # best effort: a run that goes on is told so by its epoch

    def answer(self, token: str, output: Mapping[str, int | str]) -> bool:
        return self._send(self._client.send_task_success, taskToken=token, output=json.dumps(dict(output)))

    def interrupt(self, token: str, reason: str) -> bool:
        return self._send(self._client.send_task_failure, taskToken=token, error="Interrupted", cause=reason)

    def _send(self, call: Any, **arguments: str) -> bool:
        try:
            call(**arguments)
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("TaskDoesNotExist", "TaskTimedOut", "InvalidToken"):
                return False
            raise
        return True

    def _execution_arn(self, execution: str) -> str:
        return f"{self._arn.replace(':stateMachine:', ':execution:')}:{execution}"


def visits(events: Iterable[Mapping[str, Any]]) -> tuple[StateVisit, ...]:
    """The states that a run went through, oldest first, from the events of its history."""
    found: list[StateVisit] = []
    for event in events:
        kind, at = str(event["type"]), _ms(event["timestamp"])
        if kind.endswith("StateEntered"):
            found.append(StateVisit(event["stateEnteredEventDetails"]["name"], at))
        elif not found:
            continue
        elif kind.endswith("StateExited"):
            found[-1] = replace(found[-1], left_at=at)
        elif kind.endswith(("Failed", "TimedOut", "Aborted")):
            error = _error(event) or kind
            found[-1] = replace(found[-1], error=error, left_at=at if kind.startswith("Execution") else 0)
    return tuple(found)


def _error(event: Mapping[str, Any]) -> str:
    """The name of what failed; its cause stays where it is."""
    details = (value for key, value in event.items() if key.endswith("EventDetails") and isinstance(value, Mapping))
    return next((str(found["error"]) for found in details if found.get("error")), "")


def _ms(at: datetime | float) -> int:
    """boto3 answers datetimes, the lean client seconds."""
    return round((at.timestamp() if isinstance(at, datetime) else float(at)) * 1000)
