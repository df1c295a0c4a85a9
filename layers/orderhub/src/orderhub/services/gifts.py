"""Give an order its gifts (赠品, R30): derived again on every change until the parcel has left.

Not every parcel goes over the packing station, so an order counts as packed when the warehouse has said that it left.
Until then a gift comes and goes with what the order is worth; afterwards it stays, and a person is asked whether to
get it back.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Interrupted
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.gifts import QuotaMove, as_decided, change_gifts, choose, main_products
from orderhub.domain.order import Gift, Milestone, Order
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, Pack, RuleKind
from orderhub.domain.waybill_content import cached_versions
from orderhub.ports.orders import Change, GiftQuotaUsed, OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.rules.gift_matrix import MAINS, ask_matrix, row_of
from orderhub.services.judge import input_of
from orderhub.services.park import decision_for, request_decision

LEFT = "the parcel had left"


@dataclass(frozen=True, slots=True)
class Derived:
    """The order with the gifts it is to have, and what becomes durable with them."""

    order: Order
    given: Mapping[str, Any]
    evaluation: Evaluation
    facts: tuple[Fact, ...]
    moves: tuple[QuotaMove, ...]
    removed: tuple[Gift, ...]

    @property
    def has_changed(self) -> bool:
        return bool(self.facts)


def derive_gifts(order: Order, pack: Pack, given: Mapping[str, Any], now: int) -> Derived:
    """The gifts of the order by this pack, from the input that rules see. Pure.

    ``content_version`` goes up when gifts change that the warehouse may have been told of. Raises ValueError for a
    row that matched and says nothing sensible.
    """
    mains = main_products(order, int(given["amounts"]["paid_goods_fen"]))
    asked = {**given, MAINS: [asdict(main) for main in mains]}
    evaluation, rows = ask_matrix(pack, asked)
    giving = as_decided(order, choose(rows), lambda row_id, line_id: row_of(pack, row_id, line_id))
    change = change_gifts(order.gifts, giving)
    facts = tuple(
        Fact(kind, {**_told(gift), **more}, now)
        for kind, gifts, more in (
            (FactType.GIFT_REMOVED, change.removed, {"reason": "not_matched"}),
            (FactType.GIFT_GRANTED, change.granted, {}),
        )
        for gift in gifts
    )
    after = replace(order, gifts=change.gifts, gifts_due=False)
    if facts and (order.gifts or order.has(Milestone.DISPATCHED)):
        was_judged = (
            order.judged_version == order.content_version
        )  # and still is: the parcel and its receiver are the same
        after = replace(after, content_version=order.content_version + 1)
        after = replace(after, judged_version=after.content_version) if was_judged else after
    return Derived(after, asked, evaluation, facts, change.moves, change.removed)


def commit_with_gifts(change: Change, verdict: Verdict, orders: OrderStore, rules: RuleBook) -> Order:
    """The commit of an order that passes its assessment, with its gifts; its verdict (one of the change's records)
    names both packs.

    Raises Interrupted when a gift's quota is used up (then a decision holds the order), Stale.
    """
    derived = derive_gifts(change.after, rules.live(RuleKind.GIFTS), verdict.input, change.now)
    judged = replace(verdict, input=derived.given, evaluations=(*verdict.evaluations, derived.evaluation))
    records = tuple(judged if record is verdict else record for record in change.records)
    return _commit(replace(change, records=records), derived.order, derived, orders)


def look_again_at_gifts(order: Order, orders: OrderStore, rules: RuleBook, now: int) -> Order:
    """The money or the goods of an assessed order changed: its gifts are derived again.

    Gifts that changed after the trade was dispatched are pushed again. Once the parcel has left nothing changes;
    what the order would not get now is a card ``recover_gift``. Raises Interrupted, Stale.
    """
    pack = rules.live(RuleKind.GIFTS)
    derived = derive_gifts(order, pack, input_of(order), now)
    verdict = Verdict(derived.given, (derived.evaluation,), "pass", (), now)
    if order.has(Milestone.SHIPPED):
        return _after_packing(order, derived, verdict, orders, now)
    is_known_outside = derived.has_changed and order.has(Milestone.DISPATCHED)
    after = replace(derived.order, push_due=order.push_due or is_known_outside)
    cached = cached_versions(after, now) if is_known_outside else ()
    return _commit(Change(order, order, now, records=(verdict, *cached)), after, derived, orders)


def _commit(change: Change, after: Order, derived: Derived, orders: OrderStore) -> Order:
    """The change with its gifts; when a quota is used up, the verdict without them and a card."""
    order, now = change.before or change.after, change.now
    facts = (*change.facts, *derived.facts)
    try:
        return orders.commit(replace(change, after=after, facts=facts, quotas=derived.moves))
    except GiftQuotaUsed as used:
        said = tuple(fact for fact in change.facts if fact.type is FactType.ORDER_JUDGED)
        judged = orders.commit(Change(order, order, now, said, change.records))
        move = used.move
        evidence = {"gift": move.code, "rule": move.rule_id, "quota": str(move.quota), "pieces": str(move.pieces)}
        cause = f"{move.rule_id}-{move.code}"
        decision = decision_for(order.order_id, DecisionClass.GIFT_QUOTA_USED, cause, evidence, now)
        request_decision(orders, judged, replace(decision, evidence=evidence), now)
        raise Interrupted(f"{order.order_id}: the quota of {move.code} is used up") from used


def _after_packing(order: Order, derived: Derived, verdict: Verdict, orders: OrderStore, now: int) -> Order:
    after = replace(order, gifts_due=False, push_due=False)
    stored = orders.commit(Change(order, after, now, records=(verdict,)))
    for gift in derived.removed:
        stored = ask_to_recover(stored, gift.code, LEFT, orders, now)
    return ask_about_removed(stored, LEFT, orders, now) if order.push_due else stored


def ask_to_recover(order: Order, code: str, why: str, orders: OrderStore, now: int) -> Order:
    """A card for a gift that is in a parcel though the order is not worth it any more; asked once for each gift."""
    evidence = {"gift": code, "order": order.order_id, "refunds": ",".join(order.refunds), "why": why}
    decision = decision_for(order.order_id, DecisionClass.RECOVER_GIFT, code, evidence, now)
    if orders.decision(order.order_id, decision.decision_id) is not None:
        return order
    return request_decision(orders, order, replace(decision, evidence=evidence), now)


def ask_about_removed(order: Order, why: str, orders: OrderStore, now: int) -> Order:
    """Cards for the gifts that were taken from the order when its parcel may have been packed with them."""
    told = [fact for fact in orders.facts_of(order.order_id) if fact.type == FactType.GIFT_REMOVED]
    for code in sorted({str(fact.data["code"]) for fact in told} - {gift.code for gift in order.gifts}):
        order = ask_to_recover(order, code, why, orders, now)
    return order


def let_gifts_go(order: Order, now: int) -> tuple[Order, tuple[Fact, ...], tuple[QuotaMove, ...]]:
    """The order without its gifts, because it ended before its parcel left: facts, and the quota given back."""
    change = change_gifts(order.gifts, ())
    facts = tuple(Fact(FactType.GIFT_REMOVED, {**_told(g), "reason": "cancelled"}, now) for g in change.removed)
    return replace(order, gifts=(), gifts_due=False, push_due=False), facts, change.moves


def _told(gift: Gift) -> dict[str, str | int | bool]:
    return {
        "code": gift.code,
        "quantity": gift.quantity,
        "rule_id": gift.rule_id,
        "pack_version": gift.pack_version,
        "line_id": gift.line_id,
    }
