"""carrier: buys and voids waybills, looks for missing numbers; the only function with the carriers' secrets.

Trigger: the state machines (issue_waybill, void_waybill, judge, intercept), schedules (backfill_numbers, drain).
Input: {"task", …}.
Output: {"seq", "due_at"} or counts. Errors: Superseded, Interrupted, Stale, PartnerUnavailable.
"""

from typing import Any

from orderhub.runtime import backfilling, wiring
from orderhub.runtime.entry import run_task
from orderhub.services.address_change_run import ChangeCommand
from orderhub.services.drain import drain
from orderhub.services.tasks import TaskCommand
from orderhub.services.waybill import issue_waybill, void_waybill

wiring.prepare(wiring.carriage)


def handler(event: dict[str, Any], context: object) -> Any:
    return run_task("carrier", TASKS, event)


def _command(event: Any) -> TaskCommand:
    return TaskCommand(str(event["order_id"]), int(event["epoch"]))


def _judge(event: Any) -> Any:
    from orderhub.services.judge_address_change import judge_address_change  # the address data only where it is needed

    return judge_address_change(_change(event), wiring.judging())


def _intercept(event: Any) -> Any:
    from orderhub.services.intercept_parcel import intercept_parcel

    return intercept_parcel(_change(event), wiring.carriage())


def _change(event: Any) -> ChangeCommand:
    return ChangeCommand(str(event["order_id"]), int(event["change"]), int(event["epoch"]))


def _drained(carrier: str) -> Any:
    return drain(carrier, *wiring.drain_with(carrier))


TASKS = {
    "judge": _judge,
    "intercept": _intercept,
    "issue_waybill": lambda event: issue_waybill(_command(event), wiring.carriage()),
    "void_waybill": lambda event: void_waybill(_command(event), wiring.carriage()),
    "backfill_numbers": lambda event: backfilling.ask_issuers_for_numbers(),
    "drain": lambda event: _drained(str(event.get("carrier", "sf"))),
}
