"""orders: the lifecycle's tasks that touch nothing but the hub's own tables.

Trigger: the state machines. Input: {"task", "order_id", "epoch"}; find_next_step also takes {"step", "error", "cause"},
follow_address_change {"change", "done", "error"}. Output: {"seq", "due_at"}; find_next_step also {"next", "function"};
follow_address_change {"move", "revision"}. Errors: Superseded, Interrupted, Stale; else a bug: the order parks.
"""

from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import run_task
from orderhub.services.address_change_run import ChangeCommand
from orderhub.services.assess import assess
from orderhub.services.close import close
from orderhub.services.find_next_step import Trouble, find_next_step
from orderhub.services.follow_address_change import follow_address_change
from orderhub.services.reserve import reserve
from orderhub.services.tasks import TaskCommand

wiring.prepare(wiring.stock)


def handler(event: dict[str, Any], context: object) -> Any:
    return run_task("orders", TASKS, event)


def _reserve(event: Any) -> Any:
    return reserve(_command(event), wiring.orders(), wiring.sources(), wiring.now_ms())


def _assess(event: Any) -> Any:
    return assess(_command(event), wiring.orders(), wiring.stock(), wiring.rules(), wiring.now_ms(), wiring.carriers())


def _find_next_step(event: Any) -> Any:
    trouble = Trouble(event.get("step", ""), event.get("error", ""), event.get("cause", ""))
    return find_next_step(_command(event), trouble, wiring.orders(), wiring.waiting_room(), wiring.now_ms())


def _close(event: Any) -> Any:
    return close(_command(event), wiring.orders(), wiring.stock(), wiring.rules(), wiring.now_ms())


def _command(event: Any) -> TaskCommand:
    return TaskCommand(str(event["order_id"]), int(event["epoch"]))


def _follow(event: Any) -> Any:
    command = ChangeCommand(str(event["order_id"]), int(event["change"]), int(event["epoch"]))
    done, error = str(event.get("done", "")), str(event.get("error", ""))
    return follow_address_change(command, done, error, wiring.orders(), wiring.rules(), wiring.now_ms())


TASKS = {
    "follow_address_change": _follow,
    "reserve": _reserve,
    "assess": _assess,
    "find_next_step": _find_next_step,
    "close": _close,
}
