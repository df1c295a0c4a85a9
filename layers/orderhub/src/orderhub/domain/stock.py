"""Stock (库存): what can be promised, what is promised, and the arithmetic that never loses a piece.

Of one SKU in one warehouse the hub keeps five numbers, always balanced:

    available + due + firm + sold = stocked

``due`` is reserved and unpaid, kept per minute of expiry; ``firm`` is paid; ``sold`` is handed to the WMS.
A reservation past its minute is free to everybody, without a sweeper: the next writer who is short takes the
whole minute back (*reclaims* it). Instants are epoch milliseconds UTC. Source: design §4 "Stock", R12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

MINUTE_MS = 60_000

_EMPTY: Mapping[int, int] = MappingProxyType({})


class ReservationStatus(StrEnum):
    """Where a reservation (库存锁定) stands."""

    RESERVED = "reserved"  # until its minute, for a buyer who has not paid
    FIRM = "firm"  # paid: never expires
    COMMITTED = "committed"  # the WMS has the order and deducts by itself
    TRANSFERRING = "transferring"  # on its way to another warehouse: in no stock item
    RELEASED = "released"  # given back, or lost by expiry


class MovementKind(StrEnum):
    """What a change of stock was. A movement is one revision of the stock item, one row of the ledger."""

    SEEDED = "seeded"
    ADJUSTED = "adjusted"  # the WMS counted differently; signed
    MOVED = "moved"  # between shards of the same SKU and warehouse; signed
    RESERVED = "reserved"
    RECLAIMED = "reclaimed"  # expired minutes taken back
    FIRMED = "firmed"
    COMMITTED = "committed"
    TRANSFERRED = "transferred"  # left for another warehouse (跨仓调拨)
    RECEIVED = "received"  # came from another warehouse, for the order that waits for it
    RELEASED_DUE = "released_due"
    RELEASED_FIRM = "released_firm"
    RELEASED_SOLD = "released_sold"


@dataclass(frozen=True, slots=True)
class Balance:
    """The five numbers of one stock item; also, as multipliers, what a movement of one piece does to them."""

    available: int = 0
    due: int = 0
    firm: int = 0
    sold: int = 0
    stocked: int = 0

    @property
    def is_sound(self) -> bool:
        """Balanced, and nothing below zero."""
        parts = (self.available, self.due, self.firm, self.sold)
        return sum(parts) == self.stocked and min(parts) >= 0

    def after(self, kind: MovementKind, quantity: int) -> "Balance":
        """The balance after a movement. Pure: it does not judge whether the movement was allowed."""
        effect = EFFECTS[kind]
        return Balance(
            self.available + effect.available * quantity,
            self.due + effect.due * quantity,
            self.firm + effect.firm * quantity,
            self.sold + effect.sold * quantity,
            self.stocked + effect.stocked * quantity,
        )


# Every row keeps available + due + firm + sold = stocked: that is why no sequence of movements can break it.
EFFECTS: Mapping[MovementKind, Balance] = MappingProxyType(
    {
        MovementKind.SEEDED: Balance(available=1, stocked=1),
        MovementKind.ADJUSTED: Balance(available=1, stocked=1),
        MovementKind.MOVED: Balance(available=1, stocked=1),
        MovementKind.RESERVED: Balance(available=-1, due=1),
        MovementKind.RECLAIMED: Balance(available=1, due=-1),
        MovementKind.FIRMED: Balance(due=-1, firm=1),
        MovementKind.COMMITTED: Balance(firm=-1, sold=1),
        MovementKind.TRANSFERRED: Balance(firm=-1, stocked=-1),
        MovementKind.RECEIVED: Balance(firm=1, stocked=1),
        MovementKind.RELEASED_DUE: Balance(available=1, due=-1),
        MovementKind.RELEASED_FIRM: Balance(available=1, firm=-1),
        MovementKind.RELEASED_SOLD: Balance(available=1, sold=-1),
    }
)


@dataclass(frozen=True, slots=True)
class StockKey:
    """Which stock: one SKU in one warehouse."""

    sku: str
    warehouse: str


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What there is of one SKU in one warehouse (or in one shard of it)."""

    sku: str
    warehouse: str
    available: int
    due: Mapping[int, int] = field(default_factory=lambda: _EMPTY)  # minute of expiry → quantity
    firm: int = 0
    sold: int = 0
    stocked: int = 0
    revision: int = 0
    shard: int = 0
    closed_through: int = 0  # minutes up to this one were reclaimed and are never used again
    suspected_difference: int = 0  # WMS minus hub, as the last poll saw it
    suspected_at: int = 0  # when this very difference was first seen

    @property
    def balance(self) -> Balance:
        return Balance(self.available, sum(self.due.values()), self.firm, self.sold, self.stocked)

    @property
    def unsold(self) -> int:
        """available + due + firm: what the WMS should call sellable."""
        return self.available + sum(self.due.values()) + self.firm

    def past(self, now: int) -> list[int]:
        """Minutes that are over, oldest first."""
        return sorted(minute for minute in self.due if minute * MINUTE_MS <= now)

    def free(self, now: int) -> int:
        """What a buyer can have now: available, and what expired whether or not anybody took it back."""
        return self.available + sum(self.due[minute] for minute in self.past(now))


@dataclass(frozen=True, slots=True)
class Reservation:
    """A line's hold on stock: the row on the order. ``lost`` when it expired and others took it."""

    order_id: str
    line_id: str
    sku: str
    warehouse: str
    shard: int
    quantity: int
    status: ReservationStatus
    minute: int
    expires_at: int
    revision: int
    updated_at: int
    lost: bool = False


@dataclass(frozen=True, slots=True)
class StockMovement:
    """One row of the ledger: what happened to one stock item at one revision, and what it left."""

    sku: str
    warehouse: str
    shard: int
    revision: int
    kind: MovementKind
    quantity: int
    at: int
    left: Balance
    order_id: str = ""
    line_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reserved:
    """The line holds its stock (also when it already did)."""

    reservation: Reservation


@dataclass(frozen=True, slots=True)
class Short:
    """Not enough, expired reservations included. Not ``is_known``: the hub never had this SKU there."""

    available: int
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Firmed:
    """The stock is the buyer's and no longer expires."""

    reservation: Reservation


@dataclass(frozen=True, slots=True)
class Lost:
    """The reservation is gone: it expired and was taken back, was released, or never was. Reserve again."""


@dataclass(frozen=True, slots=True)
class Committed:
    """The stock counts as sold; the WMS deducts it."""

    reservation: Reservation


@dataclass(frozen=True, slots=True)
class Released:
    """The line holds nothing. ``quantity`` is what this call gave back (0: nothing was left to give)."""

    quantity: int


@dataclass(frozen=True, slots=True)
class Adjusted:
    """``applied`` was booked of a difference; ``remaining`` (≤ 0) is promised to buyers, not in the WMS."""

    applied: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Nothing was booked: the stock changed since it was read."""


def movement_back(status: ReservationStatus) -> MovementKind:
    """The movement that gives a held reservation back. Raises KeyError for one that holds nothing."""
    return {
        ReservationStatus.RESERVED: MovementKind.RELEASED_DUE,
        ReservationStatus.FIRM: MovementKind.RELEASED_FIRM,
        ReservationStatus.COMMITTED: MovementKind.RELEASED_SOLD,
    }[status]


def minute_for(expires_at: int, now: int, closed_through: int = 0) -> int:
    """The minute under which a new reservation is kept: never over before it expires, never one already over.

    >>> minute_for(120_001, now=0), minute_for(120_000, now=0), minute_for(0, now=120_000)
    (3, 2, 3)
    """
    return max(-(-expires_at // MINUTE_MS), now // MINUTE_MS + 1, closed_through + 1)
