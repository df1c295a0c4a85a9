"""The lifecycle state machine, as the services start, wake and stop its runs."""

import json
from collections.abc import Mapping
from typing import Any


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
