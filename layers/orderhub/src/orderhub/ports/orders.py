"""The store of orders as the services see it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from orderhub.domain.address_change import ChangeOfAddress
from orderhub.domain.backfill import NumberSearch
from orderhub.domain.decision import Decision
from orderhub.domain.effect import Effect
from orderhub.domain.facts import Fact
from orderhub.domain.freight import FreightEntry
from orderhub.domain.gifts import QuotaMove
from orderhub.domain.order import Order
from orderhub.domain.records import (
    Fulfillment,
    PhoneEntry,
    Settlement,
    StockTransfer,
    StoredFact,
    Verdict,
    WaybillReference,
    WaybillVersion,
)
from orderhub.ports.decisions import DecisionStore

type Record = (
    Verdict
    | WaybillVersion
    | Fulfillment
    | PhoneEntry
    | Settlement
    | WaybillReference
    | StockTransfer
    | ChangeOfAddress
    | NumberSearch
    | FreightEntry
)


@dataclass(frozen=True, slots=True)
class MessageMark:
    """A message of a partner, by its own key: seen once, it is never applied again."""

    partner: str
    key: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What led to a change: for tracing, and ``hops`` ends loops (≤ 20)."""

    correlation_id: str = ""
    causation_id: str = ""
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One commit: the order before and after, and all that becomes durable with it, or nothing does."""

    before: Order | None
    after: Order
    now: int
    facts: Sequence[Fact] = ()
    records: Sequence[Record] = ()
    decisions: Sequence[Decision] = ()
    made: Sequence[Decision] = ()  # decisions that change from requested to made
    moved: Sequence[Decision] = ()  # open decisions that stay open with another deadline or mark
    reopened: Sequence[tuple[Decision, Decision]] = ()  # made decisions taken back: as they were made, as they are now
    quotas: Sequence[QuotaMove] = ()  # pieces of gift quotas taken or given back
    message: MessageMark | None = None
    wakes: bool = False  # what the order should do next changed: wake_seq goes up
    origin: Origin = field(default_factory=Origin)


class AlreadySeen(Exception):
    """The message of this change was applied before."""


class GiftQuotaUsed(Exception):
    """The change takes more of a gift's quota than is left. ``move``: what could not be taken."""

    def __init__(self, move: QuotaMove) -> None:
        super().__init__(f"{move.code} by {move.rule_id}: {move.pieces} more than {move.quota} allow")
        self.move = move


class OrderStore(DecisionStore, Protocol):
    def load(self, order_id: str) -> Order | None:
        """Consistent read."""
        ...

    def load_many(self, order_ids: Sequence[str]) -> Sequence[Order]:
        """Consistent reads of those there are, in this order."""
        ...

    def placed_with(self, phone_digest: str, since: int, until: int) -> Sequence[str]:
        """Ids of the orders with this phone placed from ``since`` to ``until`` (both inclusive), oldest first.

        Read consistently; also of orders that have another receiver by now.
        """
        ...

    def commit(self, change: Change) -> Order:
        """Write the change in one transaction and return the order as stored (revision + 1).

        Raises Stale when the order moved, or a decision of the change exists or was made meanwhile;
        AlreadySeen when the message mark exists; GiftQuotaUsed when that is all that keeps it from being written.
        """
        ...

    def facts_of(self, order_id: str) -> tuple[StoredFact, ...]: ...

    def effects_of(self, order_id: str) -> tuple[Effect, ...]: ...

    def waybills_of(self, order_id: str) -> tuple[WaybillVersion, ...]:
        """The waybill versions of the order's parcels, both tracks, read consistently."""
        ...

    def transfers_of(self, order_id: str) -> tuple[StockTransfer, ...]:
        """The order's stock transfers, oldest first, read consistently."""
        ...

    def address_changes_of(self, order_id: str) -> tuple[ChangeOfAddress, ...]:
        """The order's changes of address, oldest first, read consistently."""
        ...

    def address_change(self, order_id: str, number: int) -> ChangeOfAddress | None: ...

    def open_transfers(self) -> Iterator[StockTransfer]:
        """Every open stock transfer, oldest first."""
        ...

    def number_search(self, order_id: str, fulfillment: int) -> NumberSearch | None:
        """The search for this parcel's number, open or over; consistent read."""
        ...

    def open_searches(self, turn: str) -> Iterator[NumberSearch]:
        """Every search with which this source (``backfill.Source``) is asked next, or whose parcel is to be followed
        (``follow``); the longest waiting first."""
        ...

    def records_of(self, order_id: str) -> Mapping[str, list[Mapping[str, object]]]:
        """Every stored item of the order, by entity, as plain values (for the order page)."""
        ...

    def order_of_waybill(self, carrier: str, number: str) -> str | None: ...

    def due(self, before: int, limit: int = 100) -> Iterator[Order]:
        """Unfinished orders whose ``check_at`` is at or before this instant."""
        ...

    def look_again_at(self, order: Order, check_at: int) -> None:
        """Set when ``sweep`` looks at the order next; no revision, no fact."""
        ...

    def seen(self, message: MessageMark) -> bool: ...


@dataclass(frozen=True, slots=True)
class Intent:
    """What the store answers to "I intend this": the effect as it stands and whether an earlier attempt
    may have reached the partner (then look by reference first)."""

    effect: Effect
    look_first: bool
    tried_at: int = 0  # when that earlier attempt was last heard of, ms UTC


@dataclass(frozen=True, slots=True)
class EffectSpec:
    """An effect about to be tried. ``epoch`` 0: not by the order's driver."""

    order: Order
    verb: str
    reference: str
    request_hash: str
    epoch: int
    lease_ms: int
    undoes: bool = False  # compensation: allowed although the order is held or cancelled
    about: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # kept on the effect


class EffectStore(Protocol):
    def intend(self, spec: EffectSpec, now: int) -> Intent:
        """Write the intent with a lease, if the order still wants it.

        Raises Superseded (epoch), Interrupted (held, cancelled, content moved), PartnerUnavailable when
        another caller's lease is live. An effect done with the same request comes back as it is, without a lease;
        one done with another request is to be done again.
        """
        ...

    def finish(self, effect: Effect, outcome: Mapping[str, str], now: int, duration_ms: int) -> Effect:
        """The partner did it. Unconditional on the order: an outcome is never lost to a conflict."""
        ...

    def refuse(self, effect: Effect, code: str, message: str, now: int) -> Effect: ...

    def step_back(self, effect: Effect, *, unclear: bool, now: int) -> None:
        """The attempt ended without an answer; the lease ends. Not unclear: the attempt does not count."""
        ...

    def load(self, order_id: str, verb: str, reference: str) -> Effect | None: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits for a partner, in the order of placing."""

    partner: str
    order_id: str
    placed_at: int
    verb: str
    reference: str
    until: int  # a live caller waits until then for somebody's batch; 0: parked until the partner is back


class WaitingRoom(Protocol):
    def enter(self, waiting: Waiting) -> None: ...

    def leave(self, waiting: Waiting) -> None: ...

    def line(self, partner: str, limit: int) -> Sequence[Waiting]:
        """Who waits, oldest order first."""
        ...
