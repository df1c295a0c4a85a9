"""A change of address (改址): what is asked, how far it reaches, which way it goes, who knows by now (R15, R34-R36).

``requested`` → judged → ``applied`` (the order wants it, systems are brought along) or ``intercepting`` (the carrier
was asked to turn the parcel) or ``asked`` (a person decides) → ``brought`` (all that must know do know). Ends
otherwise: ``refused`` (by a person, too late, or the order ended) and ``superseded`` (a newer change took its place).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from orderhub.domain.order import Correction, Milestone, Order, Receiver, Region
from orderhub.domain.parcel import parcels_here
from orderhub.domain.waybill_track import wants_label

MINUTE_MS = 60_000
BROUGHT_WITHIN_MS = 15 * MINUTE_MS
"""What does not know of the change after this long is a decision."""


class Source(StrEnum):
    """Who asks for a change."""

    SHOP_EVENT = "shop_event"
    CUSTOMER_SERVICE = "customer_service"
    BUYER_PAGE = "buyer_page"


class Way(StrEnum):
    """What is done: answers of the rules (kind ``address_change``)."""

    NOTHING = "nothing"
    OVERWRITE = "overwrite"
    REISSUE = "reissue"
    INTERCEPT = "intercept"
    DECIDE = "decide"
    TOO_LATE = "too_late"


class System(StrEnum):
    """Who may hold the old address."""

    WMS = "wms"
    CARRIER = "carrier"
    SHOP = "shop"
    FINANCE = "finance"


class State(StrEnum):
    """What a system knows of the change."""

    WANTED = "wanted"  # it must be told, or has not shown yet that it knows
    DONE = "done"
    NOT_NEEDED = "not_needed"
    CANNOT = "cannot"


class ChangeStatus(StrEnum):
    REQUESTED = "requested"
    ASKED = "asked"
    APPLIED = "applied"
    INTERCEPTING = "intercepting"
    BROUGHT = "brought"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


ENDED = frozenset({ChangeStatus.BROUGHT, ChangeStatus.REFUSED, ChangeStatus.SUPERSEDED})

_FOLLOWS: Mapping[ChangeStatus, frozenset[ChangeStatus]] = MappingProxyType(
    {
        ChangeStatus.REQUESTED: frozenset(ChangeStatus) - {ChangeStatus.REQUESTED},
        ChangeStatus.ASKED: frozenset(
            {ChangeStatus.APPLIED, ChangeStatus.INTERCEPTING, ChangeStatus.REFUSED, ChangeStatus.SUPERSEDED}
        ),
        ChangeStatus.INTERCEPTING: frozenset(
            {ChangeStatus.APPLIED, ChangeStatus.BROUGHT, ChangeStatus.ASKED, ChangeStatus.REFUSED}
            | {ChangeStatus.SUPERSEDED}
        ),
        ChangeStatus.APPLIED: frozenset(
            {ChangeStatus.BROUGHT, ChangeStatus.INTERCEPTING, ChangeStatus.REFUSED, ChangeStatus.SUPERSEDED}
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ChangeOfAddress:
    """One change of an order's address. ``number`` counts from 1; ``key`` is the same for the same request.

    What was asked stands in ``sealed`` only; ``wanted`` is the whole receiver it makes, once judged. ``changed`` names
    what differs (name, phone, address), ``levels`` where the address does. Instants in ms UTC.
    """

    order_id: str
    number: int
    key: str
    source: Source
    by: str
    sealed: str
    occurred_at: int  # when the buyer or the seller changed it: the window is counted to here
    requested_at: int  # when the hub heard of it
    status: ChangeStatus = ChangeStatus.REQUESTED
    outcome: str = ""  # why it ended, or a person is asked: a code
    takes_over: int = 0  # the change in flight that it superseded
    scope: str = ""
    changed: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    zone: str = ""
    way: str = ""  # what is done
    approved_way: str = ""  # what would be done if a person approves
    reasons: tuple[str, ...] = ()
    wanted: Correction | None = None
    digest: str = ""  # of the whole receiver it makes: a shop that repeats it asks for nothing new
    systems: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)  # system → why, a code
    content_version: int = 0  # of the order, once it wants the change
    fulfillments: tuple[int, ...] = ()  # the parcels that were still here
    surcharge_fen: int = 0  # what it would cost the buyer: not without a person
    due_at: int = 0  # by when everybody knows
    ended_at: int = 0

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    def state_of(self, system: System) -> State:
        return State(self.systems.get(system.value, State.NOT_NEEDED))

    @property
    def waits_for(self) -> tuple[System, ...]:
        """The systems that must know and do not yet."""
        return tuple(system for system in System if self.state_of(system) is State.WANTED)

    @property
    def left_behind(self) -> tuple[System, ...]:
        """The systems that must know and cannot be brought along. The shop need not: it takes one change only."""
        return tuple(s for s in (System.WMS, System.CARRIER) if self.state_of(s) is State.CANNOT)

    @property
    def is_brought(self) -> bool:
        """Whether all that must know do know."""
        applied = self.status in (ChangeStatus.APPLIED, ChangeStatus.INTERCEPTING)
        return applied and not self.waits_for and not self.left_behind


def said(receiver: Receiver, region: Region) -> Receiver:
    """A receiver with the division, without the buyer's note, to be digested: what a change of address says whole."""
    where = "\x1f".join((region.province, region.city, region.district, receiver.detail))
    return Receiver(receiver.name, receiver.phone, where)


def moved(change: ChangeOfAddress, status: ChangeStatus, now: int, outcome: str = "") -> ChangeOfAddress:
    """The change in its next status. Raises ValueError for one that does not follow: an ended change stays ended."""
    if status not in _FOLLOWS.get(change.status, frozenset()):
        raise ValueError(f"{change.order_id} change {change.number}: {change.status} does not become {status}")
    ended_at = now if status in ENDED else 0
    return replace(change, status=status, outcome=outcome, ended_at=ended_at)


def noted(change: ChangeOfAddress, system: System, state: State, why: str = "") -> ChangeOfAddress:
    """The change with what this system knows now."""
    notes = {name: text for name, text in change.notes.items() if name != system.value}
    if why:
        notes[system.value] = why
    return replace(change, systems={**change.systems, system.value: state.value}, notes=notes)


def minutes_since_paid(paid_at: int | None, changed_at: int) -> int:
    """Minutes from payment to the change, rounded up, at least 0; 0 before the payment.

    >>> [minutes_since_paid(0, ms) for ms in (0, 1, 7_200_000, 7_200_001)]
    [0, 1, 120, 121]
    """
    if paid_at is None:
        return 0
    return max(0, -((paid_at - changed_at) // MINUTE_MS))


def planned(change: ChangeOfAddress, order: Order, way: Way, before: ChangeOfAddress | None) -> ChangeOfAddress:
    """Who must be told when the change goes this way. ``before``: the change in flight that it took over from; who
    was not brought along with that one is still to be told. A dispatched order may have a label at any moment."""
    is_here = bool(parcels_here(order))
    by_label = way in (Way.OVERWRITE, Way.REISSUE)
    is_outside = is_here and order.has(Milestone.DISPATCHED)
    wanted = {
        System.WMS: by_label and is_outside,
        System.CARRIER: way is Way.INTERCEPT or (by_label and is_outside),
        System.SHOP: change.source is not Source.SHOP_EVENT and (by_label or way is Way.INTERCEPT),
        System.FINANCE: False,  # the receivable names no address
    }
    left = [system for system in System if before and before.state_of(system) in (State.WANTED, State.CANNOT)]
    for system in left:
        if system is System.SHOP:
            wanted[system] |= change.source is not Source.SHOP_EVENT
        else:
            wanted[system] |= is_here
    states = {system.value: (State.WANTED if need else State.NOT_NEEDED).value for system, need in wanted.items()}
    return replace(change, systems=states, notes={})


def wants_receiver(order: Order, change: ChangeOfAddress, way: Way, now: int) -> Order:
    """The order as it is wanted after the change: another receiver, and what follows for the trade and the label.

    Raises ValueError for a change that was not judged.
    """
    if change.wanted is None or order.snapshot is None:
        raise ValueError(f"{order.order_id} change {change.number} was not judged")
    correction = replace(change.wanted, base_digest=order.snapshot.receiver_digest, corrected_at=now)
    moves = correction.region != order.region
    after = replace(order, correction=correction, content_version=order.content_version + 1)
    if order.has(Milestone.SHIPPED):
        return after
    if not order.has(Milestone.DISPATCHED):
        return after.forget(Milestone.ASSESSED)
    return wants_label(replace(after, gifts_due=order.gifts_due or moves), way.value)
