"""The clock hand of the laptop's hub: the template's schedules, every few seconds instead of minutes.

On AWS a schedule fires at its rate (1 or 5 minutes); the laptop's world moves faster (`hub up --speed`), so
here every schedule's target is invoked with its constant input every `tick` seconds, besides its own rate
at the emulator. A schedule never overlaps itself: the next call waits for the last one's answer.
"""

import json
import threading
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.aws import client
from local.cloud.template import Template, resources


@dataclass(frozen=True)
class Schedule:
    """One scheduled call: the function's logical id and the JSON text it gets."""

    function: str
    payload: str


def schedules(template: Template) -> list[Schedule]:
    """Every schedule of the template: functions' Schedule and ScheduleV2 events, and rules with a rate."""
    found = []
    for function, properties in resources(template, "AWS::Serverless::Function").items():
        for event in properties.get("Events", {}).values():
            if event["Type"] in ("Schedule", "ScheduleV2"):
                found.append(Schedule(function, _text(event["Properties"].get("Input"))))
    for properties in resources(template, "AWS::Events::Rule").values():
        if "ScheduleExpression" in properties:
            for target in properties["Targets"]:
                function = target["Arn"]["Fn::GetAtt"][0]
                found.append(Schedule(function, _text(target.get("Input"))))
    return found


def _text(payload: Any) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload or {})


class Ticker:
    """One thread per schedule. `once()` runs each schedule once and waits: the first look at the world."""

    def __init__(self, endpoint: str, wanted: list[Schedule], names: dict[str, str], tick: float) -> None:
        self._endpoint, self._wanted, self._names, self._tick = endpoint, wanted, names, tick
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(schedule,), daemon=True, name=f"tick-{schedule.function}")
            for schedule in wanted
        ]

    def once(self) -> None:
        """Every schedule once, in the order of the template."""
        functions = client("lambda", self._endpoint)
        for schedule in self._wanted:
            self._call(functions, schedule)

    def start(self) -> None:
        """Begin to tick."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let running calls end, begin none."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(10)

    def _run(self, schedule: Schedule) -> None:
        functions = client("lambda", self._endpoint)
        while not self._stopping.wait(self._tick):
            self._call(functions, schedule)

    def _call(self, functions: Any, schedule: Schedule) -> None:
        """A failure is the function's to report (log, alarm): the next tick comes anyway, as on AWS."""
        try:
            functions.invoke(FunctionName=self._names[schedule.function], Payload=schedule.payload)
        except (BotoCoreError, ClientError) as error:
            print(f"tick {schedule.function}: {error}", flush=True)
