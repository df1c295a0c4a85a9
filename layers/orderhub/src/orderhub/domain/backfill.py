"""Look for the waybill number of a parcel that has left without one (R37): who is asked next, and when. Pure.

The label's issuer is asked first, by our reference, then the warehouse; each answer is kept. The number of the first
who knows it is taken. When all were asked and nobody knows in time, a person decides; they are asked on, less often.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import lines_of, parcels_of

PATIENCE_MS = 120_000
"""A number may come a little later by itself; a setting. Everything else is counted in it: five minutes are 2.5."""

NO_NUMBER, KNOWN, ENDED, FOUND, DROPPED = "", "known", "ended", "found", "dropped"
FOLLOW, NOT_FOLLOWED = "follow", "not_followed"
"""Found, of a carrier that does not tell the hub of its parcels: somebody must be asked to tell; nobody could."""

TELLS_ITSELF = frozenset({"sf", "ems"})
"""The carriers that the hub has a contract with: it hears or asks of their parcels without a broker."""


class Source(StrEnum):
    """Who told a number: the provenance that stands on the order."""

    ISSUER = "issuer"  # who sold the label: SF, EMS, a broker
    WAREHOUSE = "warehouse"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Found:
    """A number somebody knows for a parcel. ``reference`` and ``routing``: of a label, where its issuer told it."""

    number: str
    carrier: str
    source: Source
    reference: str = ""
    routing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source said, in a few words without personal data, e.g. ``sf: unknown``; what it knows."""

    words: str
    found: tuple[Found, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.number for each in self.found))


@dataclass(frozen=True, slots=True)
class NumberSearch:
    """The search for one parcel's number. Instants in ms UTC.

    ``said_by``: who told that it left (warehouse | carrier | shop). ``turn``: who is asked next, not before ``ask_at``.
    ``asked``: source → its last words. ``outcome``: empty while it is open.
    """

    order_id: str
    fulfillment: int
    left_at: int
    heard_at: int
    said_by: str
    turn: Source = Source.ISSUER
    ask_at: int = 0
    asked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    outcome: str = NO_NUMBER

    @property
    def is_open(self) -> bool:
        return self.outcome == NO_NUMBER

    @property
    def stands_with(self) -> str:
        """Whose work it is: who is asked next, ``follow``, or nobody's."""
        return self.turn.value if self.is_open else FOLLOW if self.outcome == FOLLOW else ""

    @property
    def stands_at(self) -> int:
        """Where it stands among the open ones: no earlier than this it may be due."""
        return self.ask_at or self.left_at


def has_left(order: Order, parcel: Parcel) -> bool:
    """Whether anybody says so: the warehouse, the carrier that took it, or the shop, of a parcel that the warehouse
    has (what was shipped before the hub sent it anywhere is none of the hub's)."""
    by_shop = order.has(Milestone.SHOP_SHIPPED) and parcel.has(Milestone.DISPATCHED)
    return parcel.has(Milestone.SHIPPED) or parcel.has(Milestone.PICKED_UP) or by_shop


def misses_number(order: Order, parcel: Parcel) -> bool:
    """Whether a parcel has left, is to travel with a carrier, and nobody has said under which number."""
    is_carried = order.snapshot is not None and order.snapshot.kind == "express" and bool(lines_of(order, parcel))
    over = order.is_finished or parcel.is_called_off
    return is_carried and not over and not parcel.waybill_number and has_left(order, parcel)


def begun(
    order: Order, known: Mapping[int, NumberSearch], said_by: str, left_at: int, now: int
) -> tuple[NumberSearch, ...]:
    """The searches to begin: one for each parcel that misses its number and is not searched for. ``known``: parcel →
    its search so far. What was found or given up by a person is not begun again.

    A clock that is ahead of ours cannot put a search off.
    """
    over = {number for number, search in known.items() if search.outcome not in (KNOWN, ENDED)}
    missing = [p for p in parcels_of(order) if p.number not in over and misses_number(order, p)]
    return tuple(NumberSearch(order.order_id, p.number, min(left_at, now), now, said_by) for p in missing)


def due_at(search: NumberSearch, patience_ms: int) -> int:
    """When its next source is to be asked."""
    return search.ask_at or max(search.left_at + patience_ms, search.heard_at)


def is_out_of_time(search: NumberSearch, now: int, patience_ms: int) -> bool:
    """Whether a person must be asked: everybody was, and one and a half times the patience is over since the parcel
    left, half of it since the hub heard of it. With schedules of a minute that is within five minutes of shipping."""
    everybody = {Source.ISSUER.value, Source.WAREHOUSE.value} <= set(search.asked)
    return everybody and now >= max(search.left_at + 3 * patience_ms // 2, search.heard_at + patience_ms // 2)


def answered(search: NumberSearch, words: str, now: int, patience_ms: int) -> NumberSearch:
    """The search after its turn said what does not help: after the issuer the warehouse at once, after the warehouse
    the issuer again in half the patience, or, when time is over, in five times as much."""
    asked = {**search.asked, search.turn.value: words}
    if search.turn is Source.ISSUER:
        return replace(search, asked=asked, turn=Source.WAREHOUSE, ask_at=now)
    late = is_out_of_time(replace(search, asked=asked), now, patience_ms)
    pause = 5 * patience_ms if late else patience_ms // 2
    return replace(search, asked=asked, turn=Source.ISSUER, ask_at=now + pause)


def over(search: NumberSearch, carrier: str) -> NumberSearch:
    """The search after a number of this carrier was found."""
    return replace(search, outcome=FOUND if carrier in TELLS_ITSELF else FOLLOW)


def asked_anew(search: NumberSearch, now: int) -> NumberSearch:
    """A person wants everybody asked again, as if the parcel had been heard of now."""
    return replace(search, turn=Source.ISSUER, ask_at=now, heard_at=now, asked={}, outcome=NO_NUMBER)
