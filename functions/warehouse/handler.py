"""warehouse: everything the hub says to and hears from Wangdiantong; the only function with its secret.

Trigger: the state machines (dispatch, withdraw, read_back), schedules (the tasks below), the queue of WaybillIssued and
WaybillNumberFilled (the number goes into the trade's memo). Input: {"task", …} or SQS records.
Output: {"seq", "due_at"}, counts, or batch failures. Errors: Superseded, Interrupted, Stale, PartnerUnavailable.
"""

from typing import Any

from orderhub.runtime import backfilling, wiring
from orderhub.runtime.entry import event_detail, run_task, run_whole_batch
from orderhub.services.address_change_run import ChangeCommand
from orderhub.services.after_shipping import write_numbers
from orderhub.services.dispatch import dispatch
from orderhub.services.drain import drain
from orderhub.services.read_back_address import read_back_address
from orderhub.services.shipments import find_missed_shipments, poll_shipments
from orderhub.services.tasks import TaskCommand
from orderhub.services.withdraw import withdraw

wiring.prepare(wiring.warehouse, wiring.executions)


def handler(event: dict[str, Any], context: object) -> Any:
    if "Records" in event:
        return run_whole_batch("warehouse", _write_numbers, event)
    return run_task("warehouse", TASKS, event)


def _write_numbers(records: list[dict[str, Any]]) -> list[str]:
    """The message ids of the records to deliver again."""
    of_record = {record["messageId"]: event_detail(record)["metadata"]["order_id"] for record in records}
    failed = write_numbers(sorted(set(of_record.values())), wiring.warehouse())
    return [message_id for message_id, order_id in of_record.items() if order_id in failed]


def _command(event: Any) -> TaskCommand:
    return TaskCommand(str(event["order_id"]), int(event["epoch"]))


def _change(event: Any) -> ChangeCommand:
    return ChangeCommand(str(event["order_id"]), int(event["change"]), int(event["epoch"]))


TASKS = {
    "dispatch": lambda event: dispatch(_command(event), wiring.warehouse()),
    "withdraw": lambda event: withdraw(_command(event), wiring.warehouse()),
    "read_back": lambda event: read_back_address(_change(event), wiring.warehouse()),
    "poll_shipments": lambda event: poll_shipments(
        wiring.wangdiantong(), wiring.orders(), wiring.executions(), wiring.now_ms()
    ),
    "find_missed_shipments": lambda event: find_missed_shipments(
        wiring.wangdiantong(), wiring.orders(), wiring.executions(), wiring.watermarks(), wiring.now_ms()
    ),
    "poll_stock": lambda event: wiring.correct_stock(),
    "follow_transfers": lambda event: wiring.follow_transfers(),
    "release_supplied": lambda event: wiring.release_supplied(),
    "backfill_numbers": lambda event: backfilling.ask_warehouse_for_numbers(),
    "drain": lambda event: drain("wangdiantong", *wiring.drain_with("wangdiantong")),
}
