"""The clock hand of the laptop's hub: the template's schedules, every few seconds instead of minutes.

On AWS a schedule fires at its rate; the laptop's world moves faster (`hub up --speed`), so here a minute of a
schedule's rate lasts `tick` seconds: what is due every minute runs every tick, what is due every five minutes
every fifth. The emulator fires at the true rates besides. A schedule never overlaps itself: the next call waits
for the last one's answer.
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
    minutes: float = 1


def schedules(template: Template) -> list[Schedule]:
    """Every schedule of the template: functions' Schedule and ScheduleV2 events, and rules with a rate."""
    found = []
    for function, properties in resources(template, "AWS::Serverless::Function").items():
        for event in properties.get("Events", {}).values():
            if event["Type"] in ("Schedule", "ScheduleV2"):
                given = event["Properties"]
                rate = given.get("Schedule") or given.get("ScheduleExpression")
                found.append(Schedule(function, _text(given.get("Input")), minutes_of(rate)))
    for properties in resources(template, "AWS::Events::Rule").values():
        if "ScheduleExpression" in properties:
            for target in properties["Targets"]:
                function = target["Arn"]["Fn::GetAtt"][0]
                found.append(
                    Schedule(function, _text(target.get("Input")), minutes_of(properties["ScheduleExpression"]))
                )
    return found


def minutes_of(expression: str) -> float:
    """`rate(5 minutes)` → 5. Raises ValueError for what is no rate: the laptop cannot speed up a calendar."""
    value, _, unit = expression.removeprefix("rate(").removesuffix(")").partition(" ")
    lasts = {"minute": 1, "hour": 60, "day": 1440}.get(unit.removesuffix("s"))
    if lasts is None:
        raise ValueError(f"not a rate: {expression}")
    return float(value) * lasts


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
        while not self._stopping.wait(self._tick * schedule.minutes):
            self._call(functions, schedule)

    def _call(self, functions: Any, schedule: Schedule) -> None:
        """A failure is the function's to report (log, alarm): the next tick comes anyway, as on AWS."""
        try:
            functions.invoke(FunctionName=self._names[schedule.function], Payload=schedule.payload)
        except (BotoCoreError, ClientError) as error:
            print(f"tick {schedule.function}: {error}", flush=True)
