"""Choose who carries an order, by the carrier pack: the carrier, its surcharge, and who bears it (R31).

The pack is the versioned table of remote areas: its rows name provinces, cities, districts. The first row whose carrier
the hub has a contract with answers; when none does, the usual carrier goes without a surcharge.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orderhub.domain.errors import Interrupted
from orderhub.domain.freight import FreightEntry, FreightKind
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, Match, Pack, RuleKind
from orderhub.domain.waybill_content import DEFAULT_CARRIER, cached_versions
from orderhub.domain.waybill_track import REISSUE, wants_label
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.rules.engine import evaluate
from orderhub.rules.schema import BEARERS
from orderhub.services.freight_due import ask_who_pays, collected_before, has_surcharge
from orderhub.services.judge import input_of

THE_SURCHARGE = "place"


@dataclass(frozen=True, slots=True)
class CarrierChoice:
    """``rule``: the row that answered; empty when none did."""

    carrier: str
    surcharge_fen: int
    bearer: str
    rule: str
    evaluation: Evaluation


def choose_carrier(pack: Pack, given: Mapping[str, Any], contracted: Collection[str]) -> CarrierChoice:
    """The first usable row's answer, from the input that rules see. Pure. Raises ValueError for a row that matched and
    says nothing sensible."""
    evaluation = evaluate(pack, given)
    for match in evaluation.matches:
        choice = _read(match, evaluation)
        if choice.carrier in contracted:
            return choice
    return CarrierChoice(DEFAULT_CARRIER, 0, BEARERS[0], "", evaluation)


def _read(match: Match, evaluation: Evaluation) -> CarrierChoice:
    carrier, fen, bearer = (match.outputs.get(name) for name in ("carrier", "surcharge_fen", "bearer"))
    is_named = isinstance(carrier, str) and carrier and bearer in BEARERS
    if not is_named or not isinstance(fen, int) or isinstance(fen, bool) or fen < 0:
        raise ValueError(f"row {match.row_id} of the carrier pack says {carrier!r}, {fen!r}, {bearer!r}")
    return CarrierChoice(str(carrier), fen, str(bearer), match.row_id, evaluation)


def surcharge_entry(choice: CarrierChoice, now: int) -> FreightEntry:
    """The surcharge of this choice for the freight ledger, as the row says."""
    fen, bearer = choice.surcharge_fen, choice.bearer
    return FreightEntry(FreightKind.SURCHARGE, THE_SURCHARGE, choice.carrier, fen, bearer, choice.rule, now)


def with_carrier(
    order: Order, choice: CarrierChoice, orders: OrderStore, now: int
) -> tuple[Order, tuple[FreightEntry, ...]]:
    """The order carried as chosen, and its surcharge for the freight ledger with what was paid of it: also one of 0
    that takes another away."""
    wish = "" if choice.carrier == DEFAULT_CARRIER else choice.carrier
    after = replace(order, carrier_wish=wish)
    if not choice.surcharge_fen and not order.carrier_wish and not has_surcharge(order, orders):
        return after, ()
    return after, (collected_before(order, surcharge_entry(choice, now), orders),)


def ask_about_surcharge(order: Order, entries: tuple[FreightEntry, ...], orders: OrderStore, now: int) -> None:
    """Raises Interrupted when the buyer has to pay one of these first: a decision holds the order. Or Stale."""
    for entry in entries:
        if entry.due_fen:
            ask_who_pays(order, entry, orders, now)
            raise Interrupted(f"{order.order_id}: {entry.due_fen} fen are to be paid by the buyer")


def look_again_at_carrier(
    order: Order, orders: OrderStore, rules: RuleBook, contracted: Collection[str], now: int
) -> Order:
    """What an assessed order is worth, or where it goes, changed: its carrier is chosen again.

    Raises Interrupted when the buyer is to pay a surcharge for it first, Stale.

    Another carrier is another waybill: the old one is voided first, as whenever a label is made again.
    """
    if order.has(Milestone.SHIPPED) or order.is_finished:
        return order
    given = input_of(order)
    choice = choose_carrier(rules.live(RuleKind.CARRIER), given, contracted)
    after, entries = with_carrier(order, choice, orders, now)
    if not entries and after == order:
        return order
    if after.carrier_wish != order.carrier_wish and order.has(Milestone.DISPATCHED):
        after = wants_label(replace(after, content_version=order.content_version + 1), REISSUE)
    cached = cached_versions(after, now) if after.content_version != order.content_version else ()
    verdict = Verdict(given, (choice.evaluation,), "pass", (), now)
    stored = orders.commit(Change(order, after, now, records=(verdict, *entries, *cached)))
    ask_about_surcharge(stored, entries, orders, now)
    return stored
