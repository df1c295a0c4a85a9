"""The row of an order, folded from all facts of it (R40, R73).

Pure, and of the whole set at once: facts may come twice and in any order, the row is the same. What a fact does not say
is not guessed; where the journey (``journey.next_step``) knows more than facts tell, the row is a moment behind it.
"""

from collections.abc import Callable, Iterable, Mapping

from orderhub.domain.facts import FactType
from orderhub.domain.journey import CANCELLED_AFTER_SHIPPING
from orderhub.domain.order_agreement import compare, defects_of
from orderhub.domain.order_row import FINAL, GiftItem, Item, OpenCard, OrderRow, State
from orderhub.domain.order_state import is_presale, state_of, waits_for
from orderhub.domain.order_told import Data, Fold, Told
from orderhub.domain.records import StoredFact


def row_of(facts: Iterable[StoredFact]) -> OrderRow | None:
    """The order's row, or None when these are not facts of an order (of a rule pack, of an unreadable message)."""
    known = sorted({(f.revision, f.number): f for f in facts}.items())
    ordered = [fact for _, fact in known]
    if not ordered or not any(fact.type in _ABOUT_ORDERS for fact in ordered):
        return None
    fold, state, since = Fold(), State.RESERVE, 0
    for fact in ordered:
        handle = _HANDLERS.get(fact.type)
        if handle is None:
            continue
        handle(fold, fact.data, fact.occurred_at)
        now = state_of(fold)
        if now is not state or not since:
            state, since = now, fact.recorded_at
    return _row(fold, ordered, state, since)


# --- what each fact says -------------------------------------------------------------------------------------


def _content(fold: Fold, data: Data, at: int) -> None:
    before = fold.content.get("items")
    fold.content = dict(data)
    fold.first("placed", int(data.get("placed_at", at)))
    if before is not None and _goods(before) != _goods(data.get("items", ())) and not fold.parcel:
        fold.reserved = fold.judged = False


def _goods(items: Iterable[Data]) -> list[tuple[object, object, object]]:
    return [(item["line_id"], item["sku"], item["quantity"]) for item in items]


def _paid(fold: Fold, data: Data, at: int) -> None:
    fold.first("paid", at)
    fold.paid_fen = int(data["paid_fen"])
    if "ended" in fold.at and fold.reason == "expired":  # it lives again: everything after the payment is done anew
        fold.at = {name: when for name, when in fold.at.items() if name not in ("ended", "cancelled")}
        fold.reserved, fold.judged, fold.reason = False, False, ""


def _judged(fold: Fold, data: Data, at: int) -> None:
    fold.judged = True


def _cancelled(fold: Fold, data: Data, at: int) -> None:
    fold.first("cancelled", at)
    fold.reason = str(data.get("reason", ""))
    if fold.released and not fold.parcel:
        fold.first("ended", at)


def _settled(fold: Fold, data: Data, at: int) -> None:
    fold.first("settled", at)
    fold.settled_fen = int(data["received_fen"])
    fold.waiting_for = ""


def _reserved(fold: Fold, data: Data, at: int) -> None:
    fold.reserved, fold.released = True, False
    fold.parcels = int(data.get("parcels", 1))


def _released(fold: Fold, data: Data, at: int) -> None:
    """By the end of the order; of one of which a part has left, only what is still here is called off."""
    if any(told.left_at for told in fold.parcel.values()):
        for number in {*range(1, fold.parcels + 1), *fold.parcel}:
            told = fold.parcel.setdefault(number, Told())
            told.is_called_off = not told.left_at
        return
    fold.released = True
    fold.first("ended", at)
    if "cancelled" not in fold.at:
        fold.first("cancelled", at)


def _goods_move(fold: Fold, data: Data, at: int) -> None:
    fold.on_the_way, fold.released = True, False


def _goods_came(fold: Fold, data: Data, at: int) -> None:
    fold.on_the_way = False


def _gift(fold: Fold, data: Data, pieces: int) -> None:
    key = (str(data["code"]), str(data.get("rule_id", "")), str(data.get("line_id", "")))
    fold.gifts[key] = max(0, fold.gifts.get(key, 0) + pieces)


def _granted(fold: Fold, data: Data, at: int) -> None:
    _gift(fold, data, int(data["quantity"]))


def _removed(fold: Fold, data: Data, at: int) -> None:
    _gift(fold, data, -int(data["quantity"]))


def _dispatched(fold: Fold, data: Data, at: int) -> None:
    told = fold.told(data)
    told.dispatched_at = told.dispatched_at or at
    told.pushed_version, told.warehouse = int(data["content_version"]), str(data["warehouse"])
    fold.waiting_for = ""


def _labelled(fold: Fold, data: Data, at: int) -> None:
    told = fold.told(data)
    told.label, told.carrier = str(data["waybill_number"]), str(data["carrier"])
    told.label_version, told.is_label_live = int(data["content_version"]), True
    told.number = told.number if told.left_at else told.label
    fold.waiting_for = ""


def _voided(fold: Fold, data: Data, at: int) -> None:
    fold.told(data).is_label_live = False
    fold.waiting_for = ""


def _left(fold: Fold, data: Data, at: int) -> None:
    told = fold.told(data)
    told.left_at = told.left_at or at
    told.number, told.carrier = str(data["waybill_number"]), str(data["carrier"]) or told.carrier
    told.warehouse = str(data.get("warehouse", "")) or told.warehouse


def _without_number(fold: Fold, data: Data, at: int) -> None:
    told = fold.told(data)
    told.was_without_number = True
    if data.get("said_by") in ("warehouse", "person"):  # the carrier and the shop only say so
        told.left_at, told.number = told.left_at or at, ""


def _number_filled(fold: Fold, data: Data, at: int) -> None:
    told = fold.told(data)
    told.number, told.carrier = str(data["waybill_number"]), str(data["carrier"])
    told.is_label_live = True
    fold.waiting_for = ""  # the label that its carrier did not answer for is there


def _packed(fold: Fold, data: Data, at: int) -> None:
    fold.told(data).packed_amiss = tuple(map(str, data["problems"]))


def _delivered(fold: Fold, data: Data, at: int) -> None:
    told = fold.told(data)
    told.delivered_at = told.delivered_at or at


def _shop_knows(fold: Fold, data: Data, at: int) -> None:
    fold.told(data).shop_number = str(data["waybill_number"])


def _brought(fold: Fold, data: Data, at: int) -> None:
    for told in fold.parcel.values():
        told.pushed_version = max(told.pushed_version, told.label_version)


def _received(fold: Fold, data: Data, at: int) -> None:
    fold.first("received", at)


def _refunded(fold: Fold, data: Data, at: int) -> None:
    if "settled" not in fold.at:
        fold.refunds[str(data["refund_id"])] = int(data["refunded_fen"])


def _asked(fold: Fold, data: Data, at: int) -> None:
    decision_id, kind = str(data["decision_id"]), str(data["class"])
    known = fold.cards.get(decision_id)
    blocks = known.blocks if known else False
    fold.cards[decision_id] = OpenCard(decision_id, kind, int(data["due_at"]), blocks)
    fold.exceptions[kind] = None


def _held(fold: Fold, data: Data, at: int) -> None:
    decision_id, kind = str(data["decision_id"]), str(data["reason_code"])
    known = fold.cards.get(decision_id)
    fold.cards[decision_id] = OpenCard(decision_id, kind, known.due_at if known else 0, True)
    fold.exceptions[kind] = None


def _made(fold: Fold, data: Data, at: int) -> None:
    fold.cards.pop(str(data["decision_id"]), None)
    if data["class"] == CANCELLED_AFTER_SHIPPING:
        fold.let_be = True
        if data["option"] == "close":
            fold.first("ended", at)


def _reopened(fold: Fold, data: Data, at: int) -> None:
    _asked(fold, {**data, "due_at": 0}, at)


def _put_off(fold: Fold, data: Data, at: int) -> None:
    known = fold.cards.get(str(data["decision_id"]))
    if known:
        fold.cards[known.decision_id] = OpenCard(
            known.decision_id, known.decision_class, int(data["until"]), known.blocks
        )


def _degraded(fold: Fold, data: Data, at: int) -> None:
    fold.waiting_for, fold.waits_at = str(data["partner"]), str(data["step"])


_HANDLERS: Mapping[str, Callable[[Fold, Data, int], None]] = {
    FactType.ORDER_PLACED: _content,
    FactType.ORDER_CHANGED: _content,
    FactType.ORDER_PAID: _paid,
    FactType.ORDER_JUDGED: _judged,
    FactType.ORDER_HELD: _held,
    FactType.ORDER_CANCELLED: _cancelled,
    FactType.ORDER_SETTLED: _settled,
    FactType.ADDRESS_CHANGED: _brought,
    FactType.DECISION_REQUESTED: _asked,
    FactType.DECISION_MADE: _made,
    FactType.DECISION_DEFERRED: _put_off,
    FactType.DECISION_UNDONE: _reopened,
    FactType.STOCK_RESERVED: _reserved,
    FactType.STOCK_RELEASED: _released,
    FactType.STOCK_RESERVATION_EXPIRED: _released,
    FactType.TRANSFER_REQUESTED: _goods_move,
    FactType.TRANSFER_RECEIVED: _goods_came,
    FactType.GIFT_GRANTED: _granted,
    FactType.GIFT_REMOVED: _removed,
    FactType.FULFILLMENT_DISPATCHED: _dispatched,
    FactType.FULFILLMENT_SHIPPED: _left,
    FactType.FULFILLMENT_DELIVERED: _delivered,
    FactType.WAYBILL_ISSUED: _labelled,
    FactType.WAYBILL_OVERWRITTEN: _labelled,
    FactType.WAYBILL_VOIDED: _voided,
    FactType.WAYBILL_NUMBER_MISSING: _without_number,
    FactType.WAYBILL_NUMBER_FILLED: _number_filled,
    FactType.PARCEL_PACKED: _packed,
    FactType.PARTNER_DEGRADED: _degraded,
    FactType.SHIPMENT_CONFIRMED: _shop_knows,
    FactType.RECEIPT_CONFIRMED: _received,
    FactType.REFUND_PAID: _refunded,
}
_ABOUT_ORDERS = frozenset(FactType) - {FactType.RULE_PACK_CHANGED, *(t for t in FactType if t.context == "decision")}


def _row(fold: Fold, facts: list[StoredFact], state: State, since: int) -> OrderRow:
    order_id = facts[0].order_id
    channel, _, platform_id = order_id.partition("-")
    parcels = [fold.parcel[number] for number in sorted(fold.parcel)]
    going = [told for told in parcels if not told.is_called_off]
    has_left = bool(going) and len(parcels) >= fold.parcels and all(told.left_at for told in going)
    is_arrived = has_left and all(told.delivered_at for told in going)
    by_deadline = sorted(fold.cards.values(), key=lambda card: (card.due_at, card.decision_id))
    cards = () if state in FINAL else tuple(by_deadline)
    paid_at, left_at = fold.at.get("paid", 0), max((told.left_at for told in going), default=0) if has_left else 0
    open_classes = frozenset(card.decision_class for card in cards)
    gifts: dict[str, int] = {}
    for (code, _, _), pieces in fold.gifts.items():
        gifts[code] = gifts.get(code, 0) + pieces
    compared = compare(going, open_classes, "received" in fold.at, _books(fold)) if has_left else {}
    return OrderRow(
        order_id=order_id,
        channel=channel,
        platform_id=platform_id,
        shop_id=str(fold.content.get("shop_id", "")),
        state=state,
        since=since,
        stands_at=_stands_at(fold, state, since, cards),
        placed_at=fold.at.get("placed", 0),
        payment_due_at=int(fold.content.get("payment_due_at", 0)),
        paid_at=paid_at,
        shipped_at=left_at,
        delivered_at=max(told.delivered_at for told in going) if is_arrived else 0,
        received_at=fold.at.get("received", 0),
        settled_at=fold.at.get("settled", 0),
        cancelled_at=fold.at.get("cancelled", 0),
        ended_at=fold.at.get("settled", 0) or fold.at.get("ended", 0),
        payable_fen=int(fold.content.get("payable_fen", 0)),
        paid_fen=fold.paid_fen,
        refunded_fen=sum(fold.refunds.values()),
        items=tuple(
            Item(str(i["line_id"]), str(i["sku"]), int(i["quantity"]), int(i.get("payable_fen", 0)))
            for i in fold.content.get("items", ())
        ),
        gifts=tuple(GiftItem(code, pieces) for code, pieces in sorted(gifts.items()) if pieces),
        parcels=max(1, fold.parcels),
        warehouses=_names(told.warehouse for told in going),
        carriers=_names(told.carrier for told in going),
        waybills=_names(told.number for told in going if told.is_label_live or told.left_at),
        province=str(fold.content.get("province", "")),
        city=str(fold.content.get("city", "")),
        is_presale=is_presale(fold),
        waiting_for=waits_for(fold),
        open_cards=cards,
        exceptions=tuple(sorted(fold.exceptions)),
        agreement=compared,
        defects=defects_of(going, frozenset(fold.exceptions), paid_at, left_at, is_presale=is_presale(fold)),
        facts=len(facts),
        last_at=max(fact.recorded_at for fact in facts),
    )


def _books(fold: Fold) -> tuple[int, int] | None:
    """What was booked and what should have been; None before it was settled."""
    if fold.settled_fen is None:
        return None
    return fold.settled_fen, fold.paid_fen - sum(fold.refunds.values())


def _stands_at(fold: Fold, state: State, since: int, cards: tuple[OpenCard, ...]) -> int:
    due = [card.due_at for card in cards if card.blocks and card.due_at]
    if state is State.AWAIT_RELEASE and due:
        return min(due)
    if state is State.AWAIT_PAYMENT:
        return int(fold.content.get("payment_due_at", 0)) or since
    return since


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))
