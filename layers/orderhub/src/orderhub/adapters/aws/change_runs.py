"""The state machine that brings changes of address along, as the services start and wake its runs."""

import json
from collections.abc import Mapping
from typing import Any

from orderhub.adapters.aws.executions import StepFunctionsExecutions


def run_name(order_id: str, number: int, epoch: int) -> str:
    """``<order_id>-<change>``; of later runs of the same change with their epoch behind."""
    return f"{order_id}-{number}" if epoch == 1 else f"{order_id}-{number}-{epoch}"


class StepFunctionsChangeRuns:
    """ports.world.ChangeRuns over Step Functions. The client is boto3's."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn
        self._runs = StepFunctionsExecutions(client, state_machine_arn)

    def start(self, order_id: str, number: int, epoch: int) -> bool:
        try:
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=run_name(order_id, number, epoch),
                input=json.dumps({"order_id": order_id, "change": number, "epoch": epoch}),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def is_running(self, order_id: str, number: int, epoch: int) -> bool:
        return self._runs.is_running(run_name(order_id, number, epoch))

    def answer(self, token: str, output: Mapping[str, int | str]) -> bool:
        return self._runs.answer(token, output)
