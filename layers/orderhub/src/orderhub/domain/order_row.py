"""One order as lists and figures see it: a row of the read models, folded from the order's facts alone.

``order_fold.row_of`` makes it. Nothing personal is on it. Instants are epoch milliseconds UTC, 0: has not happened;
money is fen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from orderhub.domain.journey import Step

SHAPE = 2
"""Of the row and of the fold: raised with every change that makes other rows of the same facts (``hub rebuild``)."""

LATE_AFTER_MS = 48 * 3_600_000
"""The platforms' shipping promise after payment; a parcel that left later is late."""


class State(StrEnum):
    """Where an order is, named as the lifecycle's states are (statemachines/order_lifecycle.asl.yaml)."""

    RESERVE = "Reserve"
    AWAIT_PAYMENT = "AwaitPayment"
    ASSESS = "Assess"
    DISPATCH = "Dispatch"
    ISSUE_WAYBILL = "IssueWaybill"
    AWAIT_SHIPMENT = "AwaitShipment"
    AWAIT_DELIVERY = "AwaitDelivery"
    SETTLE = "Settle"
    COMPLETED = "OrderCompleted"
    AWAIT_RELEASE = "AwaitRelease"
    WITHDRAW = "Withdraw"
    CANCELLED = "OrderCancelled"


FINAL = frozenset({State.COMPLETED, State.CANCELLED})
OPEN_STATES = tuple(state for state in State if state not in FINAL)

STATE_OF: Mapping[Step, State] = {
    Step.RESERVE: State.RESERVE,
    Step.AWAIT_PAYMENT: State.AWAIT_PAYMENT,
    Step.ASSESS: State.ASSESS,
    Step.DISPATCH: State.DISPATCH,
    Step.ISSUE_WAYBILL: State.ISSUE_WAYBILL,
    Step.AWAIT_SHIPMENT: State.AWAIT_SHIPMENT,
    Step.AWAIT_DELIVERY: State.AWAIT_DELIVERY,
    Step.SETTLE: State.SETTLE,
    Step.COMPLETED: State.COMPLETED,
    Step.AWAIT_RELEASE: State.AWAIT_RELEASE,
    Step.WITHDRAW: State.WITHDRAW,
    Step.VOID_WAYBILL: State.WITHDRAW,
    Step.CLOSE: State.WITHDRAW,
    Step.CANCELLED: State.CANCELLED,
}


class Agreement(StrEnum):
    """How what one system holds of an order compares with what the hub holds."""

    AGREES = "agrees"
    UNKNOWN = "unknown"
    DIFFERS = "differs"


class Defect(StrEnum):
    """What went wrong with a parcel that left (R53)."""

    WRONG = "wrong"  # it left under another label than its own, or not with what it should hold
    MISSING = "missing"  # it left, and nobody knew under which number; or without a gift
    LATE = "late"  # it left later than promised


@dataclass(frozen=True, slots=True)
class Item:
    """A line as it is to be sent. ``payable_fen`` is of the whole line."""

    line_id: str
    sku: str
    quantity: int
    payable_fen: int = 0


@dataclass(frozen=True, slots=True)
class GiftItem:
    code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class OpenCard:
    """A decision somebody has to make. ``due_at``: its nearest deadline."""

    decision_id: str
    decision_class: str
    due_at: int = 0
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class OrderRow:
    """``stands_at`` orders the rows of a state: the next instant something is due (payment, decision), else ``since``,
    when the order came into the state. ``exceptions``: classes of every card there ever was. ``facts``: how many were
    folded; of two rows of an order the one with more is newer."""

    order_id: str
    channel: str
    platform_id: str
    shop_id: str = ""
    state: State = State.AWAIT_RELEASE
    since: int = 0
    stands_at: int = 0
    placed_at: int = 0
    payment_due_at: int = 0
    paid_at: int = 0
    shipped_at: int = 0
    delivered_at: int = 0
    received_at: int = 0
    settled_at: int = 0
    cancelled_at: int = 0
    ended_at: int = 0
    payable_fen: int = 0
    paid_fen: int = 0
    refunded_fen: int = 0
    items: tuple[Item, ...] = ()
    gifts: tuple[GiftItem, ...] = ()
    parcels: int = 1
    warehouses: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    waybills: tuple[str, ...] = ()
    province: str = ""
    city: str = ""
    is_presale: bool = False
    waiting_for: str = ""
    open_cards: tuple[OpenCard, ...] = ()
    exceptions: tuple[str, ...] = ()
    agreement: Mapping[str, Agreement] = field(default_factory=lambda: MappingProxyType({}))
    defects: tuple[Defect, ...] = ()
    facts: int = 0
    last_at: int = 0  # when the newest of its facts was recorded

    @property
    def pieces(self) -> int:
        return sum(item.quantity for item in self.items)

    @property
    def outbound_ms(self) -> int | None:
        """From payment to the last parcel having left; None until then."""
        return max(0, self.shipped_at - self.paid_at) if self.shipped_at and self.paid_at else None

    @property
    def agrees(self) -> Agreement | None:
        """The worst of what the systems say; None before there is anything to compare."""
        ranked = (Agreement.DIFFERS, Agreement.UNKNOWN, Agreement.AGREES)
        return next((each for each in ranked if each in self.agreement.values()), None)


@dataclass(frozen=True, slots=True)
class DayEntry:
    """What a day's figures need of one order; instants as in ``OrderRow``."""

    order_id: str
    state: State
    placed_at: int = 0
    paid_at: int = 0
    shipped_at: int = 0
    shop_id: str = ""
    exceptions: tuple[str, ...] = ()
    agrees: Agreement | None = None
    defects: tuple[Defect, ...] = ()
