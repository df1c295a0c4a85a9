"""What a run did, read from the events of Step Functions: names and instants only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from orderhub.adapters.aws.executions import StepFunctionsExecutions, visits
from orderhub.ports.world import StateVisit


def entered(name: str, at: float) -> dict[str, Any]:
    return {"type": "TaskStateEntered", "timestamp": at, "stateEnteredEventDetails": {"name": name, "input": "x"}}


EVENTS = [
    {"type": "ExecutionStarted", "timestamp": 1.0},
    entered("Reserve", 1.25),
    {"type": "TaskFailed", "timestamp": 1.5, "taskFailedEventDetails": {"error": "Stale", "cause": "张三"}},
    {"type": "TaskStateExited", "timestamp": 2.0, "stateExitedEventDetails": {"name": "Reserve"}},
    entered("AwaitPayment", 2.0),
]


def test_states_have_their_times_and_the_name_of_what_failed_never_its_cause() -> None:
    assert visits(EVENTS) == (StateVisit("Reserve", 1250, 2000, "Stale"), StateVisit("AwaitPayment", 2000))


def test_a_run_that_died_left_its_last_state_then() -> None:
    died = {"type": "ExecutionTimedOut", "timestamp": 3.0, "executionTimedOutEventDetails": {}}
    assert visits([*EVENTS, died])[-1] == StateVisit("AwaitPayment", 2000, 3000, "ExecutionTimedOut")


class Client:
    """boto3's client: datetimes, and a history in two pages."""

    class exceptions:
        class ExecutionDoesNotExist(Exception): ...

    def __init__(self, known: bool = True) -> None:
        self.known = known

    def describe_execution(self, executionArn: str) -> dict[str, Any]:
        if not self.known:
            raise self.exceptions.ExecutionDoesNotExist
        return {"status": "RUNNING", "startDate": datetime.fromtimestamp(1, UTC)}

    def get_execution_history(self, nextToken: str = "", **asked: Any) -> dict[str, Any]:
        assert asked["includeExecutionData"] is False
        page = EVENTS[2:] if nextToken else EVENTS[:2]
        stamped = [{**e, "timestamp": datetime.fromtimestamp(e["timestamp"], UTC)} for e in page]
        return {"events": stamped, **({} if nextToken else {"nextToken": "n"})}


def test_every_page_of_a_history_is_read_and_an_unknown_run_is_none() -> None:
    log = StepFunctionsExecutions(Client(), "arn:x:states:r:a:stateMachine:m")
    run = log.history("o-1")
    assert run is not None
    assert (run.status, run.started_at, run.ended_at, len(run.states)) == ("RUNNING", 1000, 0, 2)
    assert log.arn_of("o-1") == "arn:x:states:r:a:execution:m:o-1"
    assert StepFunctionsExecutions(Client(known=False), "a:stateMachine:m").history("o-1") is None
