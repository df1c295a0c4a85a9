"""Take in that somebody wants another address (R15): one change per order is under way, the newest.

Nothing is judged here and nothing personal is opened: what was asked is sealed already. ``judge_address_change`` opens
it where that is allowed, started by the fact.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from orderhub.domain.absorb import SHOWN, AddressWish
from orderhub.domain.address_change import ChangeOfAddress, ChangeStatus, Source, moved
from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.decision_kinds import DecisionClass
from orderhub.domain.decision_options import CHANGE_ADDRESS, read_parameters
from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone, Order, Receiver
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Digest, Seal
from orderhub.services.park import decision_facts, decision_for, made_fact
from orderhub.services.tasks import retried_when_stale

__all__ = ["Source", "ask_for_change", "must_be_open", "read_wish", "request_address_change", "taken"]

ABOUT_CHANGES = frozenset({DecisionClass.ADDRESS_CHANGE, DecisionClass.ADDRESS_NOT_BROUGHT})
"""Cards that a newer change answers."""

CHANGE = "change"
"""The evidence of such a card that names the change's number."""


WINDOW_OVER = "window_over"
"""The reason of a change that was made too long after the payment to be taken without a person."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a request in makes durable."""

    order: Order
    change: ChangeOfAddress
    records: tuple[ChangeOfAddress, ...]
    facts: tuple[Fact, ...]
    made: tuple[Decision, ...] = ()
    asked: tuple[Decision, ...] = ()


def taken(order: Order, wish: AddressWish, orders: OrderStore, now: int) -> Taken | None:
    """The order with the change under way. None: the same request is there already.

    A change in flight is superseded, its open card is answered; what was not brought along with it the new one takes
    over. One for which a carrier is turning the parcel stays: a carrier does that once, so a person hears of the new
    wish. Of two events of the shop the later one by the shop's own time wins, in any order of arrival. An event that
    tells when what the order showed was changed, and it was in time, has it judged again.
    """
    known = orders.address_changes_of(order.order_id) if order.address_changes else ()
    if any(change.key == wish.key or _is_shown_by(wish, change) for change in known):
        return None
    same = _same_as(wish, known)
    if same is not None and not _was_earlier(wish, same):
        return None  # the shop only repeats what it was told, or what its order showed before
    change = ChangeOfAddress(
        order.order_id,
        order.address_changes + 1,
        wish.key,
        wish.source,
        wish.by,
        wish.sealed,
        wish.occurred_at,
        now,
        digest=wish.digest,
    )
    data: dict[str, str | int | bool] = {"change": change.number, "source": change.source.value}
    requested = Fact(FactType.ADDRESS_CHANGE_REQUESTED, data, wish.occurred_at)
    if _is_older(change, [one for one in known if one is not same]):
        ended = moved(change, ChangeStatus.SUPERSEDED, now, "older_than_known")
        after = replace(order, address_changes=change.number)
        return Taken(after, ended, (ended,), (requested, ended_fact(ended, now)))
    before = next((one for one in known if one.number == order.change_open and not one.is_ended), None)
    after = replace(order, address_changes=change.number, change_open=change.number, change_epoch=1)
    if before is None:
        return Taken(after, change, (change,), (requested,))
    if before.status is ChangeStatus.INTERCEPTING:
        return _after_the_carrier(order, change, requested, now)
    change = replace(change, takes_over=before.number)
    gone = moved(before, ChangeStatus.SUPERSEDED, now, f"change_{change.number}")
    made = _answered(order, before.number, orders, now)
    holds = {key: value for key, value in after.holds.items() if key not in {card.decision_id for card in made}}
    facts = (requested, ended_fact(gone, now), *(made_fact(card, now) for card in made))
    return Taken(replace(after, holds=holds), change, (change, gone), facts, made)


def _after_the_carrier(order: Order, change: ChangeOfAddress, requested: Fact, now: int) -> Taken:
    """The carrier has been asked to turn the parcel, which it does once: another wish cannot be had."""
    refused = moved(change, ChangeStatus.REFUSED, now, "intercept_under_way")
    evidence = {CHANGE: str(change.number), "reasons": refused.outcome, "zone": "in_transit"}
    cause = f"change-{change.number}"
    card = decision_for(order.order_id, DecisionClass.ADDRESS_TOO_LATE, cause, evidence, now)
    facts = (requested, ended_fact(refused, now), *decision_facts(card, now))
    return Taken(replace(order, address_changes=change.number), refused, (refused,), facts, asked=(card,))


def ask_for_change(
    order_id: str,
    given: Mapping[str, object],
    by: str,
    request_id: str,
    orders: OrderStore,
    seal: Seal,
    digest: Digest,
    now: int,
    source: Source = Source.CUSTOMER_SERVICE,
) -> dict[str, str | int]:
    """``request_address_change`` with what came from outside, read. Raises Rejected ``bad_parameter`` too: nothing
    that changes, a part of an address, or a form that cannot be."""
    return request_address_change(order_id, read_wish(given), by, request_id, orders, seal, digest, now, source)


def read_wish(given: Mapping[str, object]) -> dict[str, str]:
    """What is asked, of what came from outside. Raises Rejected (``bad_parameter``) as ``ask_for_change`` does."""
    read = read_parameters(CHANGE_ADDRESS, given)
    asked = {name: str(value) for name, value in read.items()}
    if not asked:
        raise Rejected("bad_parameter", "nothing is to be changed", {"parameter": "detail", "why": "is missing"})
    missing = [name for name in ADDRESS if name not in asked]
    if missing and len(missing) < len(ADDRESS):
        evidence: dict[str, str | int] = {"parameter": missing[0], "why": "is missing"}
        raise Rejected("bad_parameter", f"{missing[0]} is missing: an address is given whole", evidence)
    return asked


ADDRESS = ("province", "city", "district", "detail")


def request_address_change(
    order_id: str,
    asked: Mapping[str, str],
    by: str,
    request_id: str,
    orders: OrderStore,
    seal: Seal,
    digest: Digest,
    now: int,
    source: Source = Source.CUSTOMER_SERVICE,
) -> dict[str, str | int]:
    """A person asks for a change: ``asked`` names name, phone, province, city, district, detail, each only if changed.

    The same request again (its id, or the same content while it is under way) answers as the first one. Raises
    Rejected: ``no_such_order``, ``order_not_known``, ``order_ended``, ``order_cancelled``, ``already_delivered``.
    """
    address = "\x1f".join(asked.get(name, "") for name in ADDRESS)
    same = digest.of_receiver(Receiver(asked.get("name", ""), asked.get("phone", ""), address))

    def once() -> ChangeOfAddress:
        order = orders.load(order_id)
        if order is None:
            raise Rejected("no_such_order", order_id)
        under_way = orders.address_change(order_id, order.change_open) if order.change_open else None
        if not request_id and under_way and not under_way.is_ended and under_way.key.startswith(f"{source}-{same}"):
            return under_way
        key = f"request-{request_id}" if request_id else f"{source}-{same}-{order.address_changes + 1}"
        for known in orders.address_changes_of(order_id) if request_id else ():
            if known.key == key:
                return known
        must_be_open(order)
        text = json.dumps(dict(asked), ensure_ascii=False, sort_keys=True)
        wish = AddressWish(key, seal.seal(text), source, now, by)
        found = taken(order, wish, orders, now)
        if found is None:
            raise AssertionError("a new key is not known")
        orders.commit(
            Change(order, found.order, now, found.facts, found.records, decisions=found.asked, made=found.made)
        )
        return found.change

    change = retried_when_stale(once)
    return {"order_id": order_id, "change": change.number, "status": change.status.value, "source": change.source.value}


def must_be_open(order: Order) -> None:
    """Raises Rejected as ``request_address_change`` does, for an order whose address nobody may change any more."""
    if order.snapshot is None:
        raise Rejected("order_not_known", "the shop has not said yet what this order is")
    if order.is_finished:
        raise Rejected("order_ended", f"{order.order_id} has ended")
    if order.has(Milestone.CANCELLED):
        raise Rejected("order_cancelled", f"{order.order_id} was cancelled: {order.close_reason}")
    if order.has(Milestone.DELIVERED):
        raise Rejected("already_delivered", "the parcel was delivered")


def ended_fact(change: ChangeOfAddress, now: int) -> Fact:
    """A change that ended without being brought everywhere."""
    data: dict[str, str | int | bool] = {
        "change": change.number,
        "status": change.status.value,
        "outcome": change.outcome,
    }
    return Fact(FactType.ADDRESS_CHANGE_ENDED, data, now)


def _is_shown_by(wish: AddressWish, change: ChangeOfAddress) -> bool:
    """Whether the shop's order only shows the receiver of a change that was judged already."""
    return bool(change.wanted and wish.key.startswith(f"{SHOWN}{change.wanted.receiver_digest}"))


def _same_as(wish: AddressWish, known: Sequence[ChangeOfAddress]) -> ChangeOfAddress | None:
    """The last change that counts, if it makes the very receiver that the wish says."""
    last = next((one for one in reversed(known) if one.status is not ChangeStatus.SUPERSEDED), None)
    return last if last and wish.digest and last.digest == wish.digest else None


def _was_earlier(wish: AddressWish, same: ChangeOfAddress) -> bool:
    """Whether a person is asked only because nobody knew how early the change was made: the shop's order shows the
    time of its last update, not that of the change."""
    is_asked = same.status is ChangeStatus.ASKED and WINDOW_OVER in same.reasons
    return is_asked and same.key.startswith(SHOWN) and wish.occurred_at < same.occurred_at


def _is_older(change: ChangeOfAddress, known: Sequence[ChangeOfAddress]) -> bool:
    """Whether the shop has said a later change already."""
    if change.source is not Source.SHOP_EVENT:
        return False
    return any(one.source is Source.SHOP_EVENT and one.occurred_at > change.occurred_at for one in known)


def _answered(order: Order, number: int, orders: OrderStore, now: int) -> tuple[Decision, ...]:
    """The open cards about a change that a newer one replaces: nobody has to decide them any more."""
    return tuple(
        card.moot(now, "a newer change of address took its place")
        for card in orders.decisions_of(order.order_id)
        if card.status is DecisionStatus.REQUESTED
        and card.decision_class in ABOUT_CHANGES
        and card.evidence.get(CHANGE) == str(number)
    )
