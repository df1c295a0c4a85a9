"""What every task of the lifecycle does before and after its own work.

A task gets ids, reads the order, acts, writes with conditions, and tells the state machine only where the
order stood when it finished: ``{"seq": wake_seq, "due_at": ms}``. Whatever else the order may want is found
out by ``find_next_step``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from orderhub.domain.errors import Interrupted, Stale, Superseded
from orderhub.domain.journey import EXPIRY_GRACE_MS, SUCCESSOR, Step, next_step
from orderhub.domain.order import Order
from orderhub.ports.orders import OrderStore

STALE_ATTEMPTS = 5

SHIPMENT_DUE_MS = 48 * 3_600_000  # the platforms' shipping promise
RECEIPT_DUE_MS = 10 * 86_400_000  # Youzan confirms by itself 7 days after shipping
RELEASE_DUE_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class TaskCommand:
    """Which order, and by which run of its driver."""

    order_id: str
    epoch: int


type TaskResult = dict[str, int | str]


def load_for(orders: OrderStore, command: TaskCommand) -> Order:
    """The order as it is now. Raises Superseded when a newer run drives it, KeyError when there is none."""
    order = orders.load(command.order_id)
    if order is None:
        raise KeyError(command.order_id)
    if order.driver is None or order.driver.epoch != command.epoch:
        raise Superseded(command.order_id)
    return order


class ReadOnce:
    """The order for an attempt: first as it was read before the partner's answer, then read again each time.

    What is written from an order that moved since is refused by its revision (Stale), so reading twice in the usual
    case would only cost.
    """

    def __init__(self, orders: OrderStore, command: TaskCommand, known: Order | None) -> None:
        self._orders, self._command, self._known = orders, command, known

    def __call__(self) -> Order:
        known, self._known = self._known, None
        return known or load_for(self._orders, self._command)


def expect(order: Order, step: Step, now: int) -> None:
    """Raises Interrupted when the order wants another step than this one."""
    wanted = next_step(order, now)
    if wanted is not step:
        raise Interrupted(f"{order.order_id} wants {wanted.value}, not {step.value}")


def proceed(order: Order, step: Step, now: int) -> TaskResult:
    """The result of a finished step. Raises Interrupted when the order does not want the usual next one."""
    following = SUCCESSOR[step]
    expect(order, following, now)
    return {"seq": order.wake_seq, "due_at": due_at(order, following, now)}


def due_at(order: Order, step: Step, now: int) -> int:
    """When a wait in this step looks by itself, ms UTC."""
    match step:
        case Step.AWAIT_PAYMENT:
            deadline = order.snapshot.payment_due_at if order.snapshot else now
            return max(now, deadline + EXPIRY_GRACE_MS) + 1
        case Step.AWAIT_SHIPMENT:
            return now + SHIPMENT_DUE_MS
        case Step.AWAIT_DELIVERY:
            return now + RECEIPT_DUE_MS
    return now + RELEASE_DUE_MS


def retried_when_stale[T](attempt_once: Callable[[], T]) -> T:
    """Run again, from a fresh read, while the order moves under us; at most 5 times, then Stale."""
    for attempt in range(STALE_ATTEMPTS):
        try:
            return attempt_once()
        except Stale:
            if attempt == STALE_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")
