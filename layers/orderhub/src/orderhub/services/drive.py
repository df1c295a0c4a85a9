"""Start, wake and recover the run that drives an order, without polling and without hanging (design §1)."""

from dataclasses import replace

from orderhub.domain.errors import Stale
from orderhub.domain.journey import SUCCESSOR, Step, needs_decision, next_step
from orderhub.domain.order import Driver, Milestone, Order
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Executions

RUNNING_CHECK_MS = 60_000
UNKNOWN_CHECK_MS = 10 * 60_000
ANSWER_ATTEMPTS = 3


def first_driver(executions: Executions, order_id: str, epoch: int = 1) -> Driver:
    """The driver an order gets in the transaction that makes it known; ``advance`` starts it afterwards."""
    return Driver(executions.execution_name(order_id, epoch), epoch)


def advance(order_id: str, orders: OrderStore, executions: Executions, now: int) -> str:
    """After a commit: start the order's driver, or wake it where it waits. Returns what was done (for the log).

    Safe to repeat and to race: a run is started by name once, a wait is answered by its token once.
    """
    order = orders.load(order_id)
    if order is None or order.driver is None:
        return "nothing_to_drive"
    if order.wait is None:
        started = executions.start(order.order_id, order.driver.epoch)
        return "started" if started else "runs_already"
    return wake(order, orders, executions, now)


def advance_from(stored: Order, orders: OrderStore, executions: Executions, now: int) -> str:
    """``advance`` right after a commit, from what it stored: the usual cases need no read.

    ``stored.wait`` is as read before the commit. If it was answered since, answering it again fails and ``wake``
    reads; a wait written since saw the older ``wake_seq``, or the commit came first and its condition fails.
    """
    if stored.wait is not None:
        return wake(stored, orders, executions, now)
    never_ran = stored.driver is not None and not stored.has(Milestone.RESERVED)
    if stored.driver and never_ran and executions.start(stored.order_id, stored.driver.epoch):
        return "started"
    return advance(stored.order_id, orders, executions, now)


def wake(order: Order, orders: OrderStore, executions: Executions, now: int) -> str:
    """Answer the order's wait if what it waits for has come, or interrupt it if something else has.

    A run that waits for one decision is woken too when the order needs another: it is the run that asks for it.
    An answer that nobody waits for any more: read again; either the run went on, or it waits on a newer token.
    """
    for _ in range(ANSWER_ATTEMPTS):
        if order.wait is None or order.driver is None:
            return "not_waiting"
        waits_in = Step(order.wait.step)
        wanted = next_step(order, now)
        if wanted is waits_in and needs_decision(order) in (None, *order.holds.values()):
            return "still_waiting"
        if waits_in is Step.AWAIT_RELEASE or wanted is SUCCESSOR.get(waits_in):
            reached = executions.answer(order.wait.token, {"seq": order.wake_seq, "step": wanted.value})
        else:
            reached = executions.interrupt(order.wait.token, wanted.value)
        if reached:
            return "woken"
        again = orders.load(order.order_id)
        if again is None or again.wait == order.wait:
            return "gone_on"
        order = again
    return "gone_on"


def recover(order: Order, orders: OrderStore, executions: Executions, now: int) -> str:
    """See that an unfinished order is driven: nothing for one whose run is alive, a new epoch for any other.

    ``ExecutionAlreadyExists`` proves nothing and neither does a free name (names are free again after 90 days):
    the recorded run must really be running.
    """
    if order.is_finished:
        orders.look_again_at(order, now + UNKNOWN_CHECK_MS)  # one whose money has still to go back
        return "finished"
    if order.driver is None:
        orders.look_again_at(order, now + UNKNOWN_CHECK_MS)  # or it would stand before all others for ever
        return "not_known"
    if executions.is_running(order.driver.execution):
        orders.look_again_at(order, now + RUNNING_CHECK_MS)
        return wake(order, orders, executions, now) if order.wait else "running"
    epoch = order.driver.epoch + 1
    driver = Driver(executions.execution_name(order.order_id, epoch), epoch)
    executions.stop(order.driver.execution, "superseded by recovery")
    try:
        renewed = orders.commit(Change(order, replace(order, driver=driver), now, wakes=True))
    except Stale:
        return "moved"
    executions.start(renewed.order_id, epoch)
    return "recovered"
