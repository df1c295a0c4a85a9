"""Start, wake and recover the run that brings a change of address along (state machine ``change_address``)."""

from dataclasses import dataclass, replace

from orderhub.domain.address_change import ChangeOfAddress
from orderhub.domain.errors import Stale, Superseded
from orderhub.domain.order import Order
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import ChangeRuns


@dataclass(frozen=True, slots=True)
class ChangeCommand:
    """Which change of which order, and by which run."""

    order_id: str
    number: int
    epoch: int


def load_change(orders: OrderStore, command: ChangeCommand) -> tuple[Order, ChangeOfAddress]:
    """The order and the change as they are now. Raises Superseded when the change is not the one under way, or
    another run drives it; KeyError when there is none."""
    order = orders.load(command.order_id)
    change = orders.address_change(command.order_id, command.number) if order else None
    if order is None or change is None:
        raise KeyError(f"{command.order_id} change {command.number}")
    if (order.change_open, order.change_epoch) != (command.number, command.epoch):
        raise Superseded(f"{command.order_id} change {command.number}")
    return order, change


def advance_change(order_id: str, orders: OrderStore, runs: ChangeRuns) -> str:
    """Start the run of the change under way, or wake it where it waits; safe to repeat and to race.

    A token answered twice, or too late, reaches nobody: the run looks by itself soon.
    """
    order = orders.load(order_id)
    if order is None or not order.change_open:
        return "no_change"
    # The token may be that of a superseded change's run, which ends by it: the new one is started all the same.
    woken = order.change_wait is not None and runs.answer(order.change_wait.token, {"revision": order.revision})
    started = runs.start(order.order_id, order.change_open, order.change_epoch)
    return "started" if started else "woken" if woken else "runs_already"


def recover_change(order: Order, orders: OrderStore, runs: ChangeRuns, now: int) -> str:
    """See that the change under way is driven; a run that is lost is followed by the next one."""
    if not order.change_open:
        return "no_change"
    if runs.is_running(order.order_id, order.change_open, order.change_epoch):
        return "change_running"
    try:
        renewed = orders.commit(Change(order, replace(order, change_epoch=order.change_epoch + 1), now))
    except Stale:
        return "moved"
    runs.start(renewed.order_id, renewed.change_open, renewed.change_epoch)
    return "change_recovered"
