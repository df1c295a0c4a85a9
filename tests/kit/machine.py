"""Plays the state machines' own definitions, its JSONata included, in one process and without waiting.

Time between retries passes on the test's clock. A wait stands until somebody answers its token. This is not a
state machine service: it knows what these machines use (tasks, token waits, Choice, Succeed, Fail).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonata
import yaml
from botocore.exceptions import ClientError

from orderhub.domain.errors import HubError, HubUnavailable
from tests.kit.crash import Crash
from tests.kit.executions import FAILED, RUNNING, SUCCEEDED, FakeExecutions, Run

DEFINITIONS = Path(__file__).parents[2] / "statemachines"
STEPS = 400

type Task = Callable[[Mapping[str, Any]], Any]


class TaskError(Exception):
    """A task ended with this error name, as the state machine sees it."""

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.cause = cause


@cache
def definition(name: str = "order_lifecycle") -> dict[str, Any]:
    return dict(yaml.safe_load((DEFINITIONS / f"{name}.asl.yaml").read_text(encoding="utf-8")))


@cache
def _parsed(text: str) -> Any:
    return jsonata.Jsonata(text.replace("$millis()", "$now_ms"))


class Player:
    """``functions``: function name → task; ``client`` writes the token waits; ``clock`` has ``advance(ms)``."""

    def __init__(
        self,
        executions: FakeExecutions,
        functions: Mapping[str, Task],
        client: Any,
        table: str,
        clock: Any,
        machine: str = "order_lifecycle",
    ) -> None:
        self._executions = executions
        self._machine = definition(machine)
        self.survives_functions = False
        """A function that dies is a time-out to the run, instead of the end of everything."""
        self._functions = functions
        self._client = client
        self._clock = clock
        self._substitutions = {
            "Partition": "aws",
            "OrdersTable": table,
            **{f"{name.capitalize()}FunctionArn": name for name in functions},
            "AwaitPaymentSeconds": "90000",
            "AwaitShipmentSeconds": "172800",
            "AwaitDeliverySeconds": "864000",
            "AwaitReleaseSeconds": "86400",
            "LookSoonSeconds": "60",
            "AwaitAnswerSeconds": "86400",
        }

    def play(self) -> None:
        """Carry every run on until it waits or has ended."""
        for _ in range(STEPS):
            ready = [r for r in self._executions.runs.values() if r.status == RUNNING and not r.is_waiting]
            if not ready:
                return
            for run in ready:
                self.step(run)
        raise AssertionError(f"runs do not come to rest: {[run.trail[-8:] for run in ready]}")

    def step(self, run: Run) -> None:
        """One state of one run. A crash inside a task leaves the run where it is."""
        name = run.state or self._machine["StartAt"]
        state = self._machine["States"][name]
        if run.reply is None or run.state != name:
            run.trail.append(name)
        run.state = name
        match state["Type"]:
            case "Succeed":
                run.status = SUCCEEDED
            case "Fail":
                run.status = FAILED
                run.error, run.cause = self._value(state["Error"], run), self._value(state["Cause"], run)
            case "Choice":
                hit = (c["Next"] for c in state["Choices"] if self._value(c["Condition"], run))
                run.state = next(hit, state["Default"])
            case "Task":
                self._task(state, run)

    def _task(self, state: Mapping[str, Any], run: Run) -> None:
        try:
            result = self._result(state, run)
        except TaskError as error:
            self._caught(state, run, error)
            return
        if run.is_waiting:
            return
        run.token = ""
        run.data = self._value(state["Output"], run, result=result) if "Output" in state else result
        run.state = state["Next"]

    def _result(self, state: Mapping[str, Any], run: Run) -> Any:
        if run.token and run.reply is not None:
            return self._reply(run)
        tried: dict[int, int] = {}
        while True:
            try:
                return self._attempt(state, run)
            except TaskError as error:
                number = next((n for n, r in enumerate(state.get("Retry", ())) if _matches(r, error)), -1)
                retry = state["Retry"][number] if number >= 0 else {"MaxAttempts": 0}
                if tried.get(number, 0) >= retry["MaxAttempts"]:
                    raise
                tried[number] = tried.get(number, 0) + 1
                self._clock.advance(1000 * retry["IntervalSeconds"])

    def _attempt(self, state: Mapping[str, Any], run: Run) -> Any:
        resource = self._substituted(state["Resource"])
        if resource.endswith("updateItem.waitForTaskToken"):
            return self._wait(state, run)
        arguments = self._value(state["Arguments"], run)
        if resource.endswith("lambda:invoke"):
            return {"Payload": self._invoke(arguments["FunctionName"], arguments["Payload"])}
        return self._invoke(resource, arguments)

    def _wait(self, state: Mapping[str, Any], run: Run) -> Any:
        """The token can be answered from the moment it exists, before the write that tells of it is done."""
        self._executions.new_token(run)
        try:
            self._client.update_item(**self._value(state["Arguments"], run))
        except ClientError as error:
            run.token = ""
            raise TaskError(f"DynamoDb.{error.response['Error']['Code']}", "") from error
        return self._reply(run) if run.reply is not None else None

    def _reply(self, run: Run) -> Any:
        assert run.reply is not None
        error, told = run.reply
        run.token, run.reply = "", None
        if error:
            raise TaskError(error, str(told))
        return told

    def _invoke(self, function: str, payload: Mapping[str, Any]) -> Any:
        try:
            result = self._functions[function](payload)
        except HubUnavailable as error:  # runtime/entry.py gives all of its kinds this name
            raise TaskError("HubUnavailable", json.dumps({"errorMessage": str(error)})) from error
        except HubError as error:
            raise TaskError(type(error).__name__, json.dumps({"errorMessage": str(error)})) from error
        except Crash:
            if self.survives_functions:
                raise TaskError("States.Timeout") from None
            raise
        except Exception as error:
            raise TaskError("Unplanned", json.dumps({"errorMessage": type(error).__name__})) from error
        return json.loads(json.dumps(result))

    def _caught(self, state: Mapping[str, Any], run: Run, error: TaskError) -> None:
        run.token, run.reply = "", None
        for catch in state.get("Catch", ()):
            if _matches(catch, error):
                told = {"Error": error.name, "Cause": error.cause}
                run.data = self._value(catch["Output"], run, error=told) if "Output" in catch else told
                run.state = catch["Next"]
                return
        run.status, run.error, run.cause = FAILED, error.name, error.cause

    def _value(self, given: Any, run: Run, *, result: Any = None, error: Any = None) -> Any:
        match given:
            case dict():
                return {key: self._value(part, run, result=result, error=error) for key, part in given.items()}
            case list():
                return [self._value(part, run, result=result, error=error) for part in given]
            case str():
                text = self._substituted(given)
                if not (text.startswith("{%") and text.endswith("%}")):
                    return text
                return self._evaluated(text[2:-2].strip(), run, result, error)
        return given

    def _evaluated(self, text: str, run: Run, result: Any, error: Any) -> Any:
        expression = _parsed(text)
        frame = expression.create_frame()
        context = {
            "Execution": {"Input": run.given},
            "Task": {"Token": run.token},
        }
        states = {"input": run.data, "context": context, "result": result, "errorOutput": error}
        frame.bind("states", states)
        frame.bind("now_ms", self._clock())
        return expression.evaluate(None, frame)

    def _substituted(self, text: str) -> str:
        for name, value in self._substitutions.items():
            text = text.replace(f"${{{name}}}", value)
        return text


def _matches(rule: Mapping[str, Any], error: TaskError) -> bool:
    return error.name in rule["ErrorEquals"] or "States.ALL" in rule["ErrorEquals"]
