"""What a buyer is to bear beside the freight paid with the order: told apart, and asked of a person (R31, R34).

No shop collects it by itself: its freight is not computed again. So the order waits until somebody says that it was
collected, or that the brand bears it.
"""

from dataclasses import replace

from orderhub.domain.carrier_capability import CAPABILITIES, Capability
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.freight import BUYER, FreightEntry, FreightKind, as_answered, entry_from, with_answer
from orderhub.domain.order import Order
from orderhub.domain.parcel import parcels_of
from orderhub.domain.rulepack import RuleKind
from orderhub.ports.orders import OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.services.bear import bearer_of
from orderhub.services.park import decision_for, request_decision

CHANGE = "change"


def collected_before(order: Order, entry: FreightEntry, orders: OrderStore) -> FreightEntry:
    """The surcharge with what the buyer has paid of it: with the order, where it was bought for this very place and
    its freight is enough; or for an earlier place, as the ledger says."""
    if entry.bearer != BUYER or not entry.amount_fen or order.snapshot is None:
        return as_answered(entry, order)
    is_as_bought = not order.address_changes and order.correction is None
    if is_as_bought and order.snapshot.amounts.freight_fen >= entry.amount_fen:
        return as_answered(entry, order, entry.amount_fen)
    rows = orders.records_of(order.order_id).get("freight", [])
    known = [one for one in map(entry_from, rows) if (one.kind, one.cause) == (entry.kind, entry.cause)]
    return as_answered(entry, order, max((one.collected_fen for one in known), default=0))


def has_surcharge(order: Order, orders: OrderStore) -> bool:
    """Whether the ledger has a surcharge that must fall away with its place. An order as it came has none yet."""
    if order.content_version <= 1:
        return False
    rows = map(entry_from, orders.records_of(order.order_id).get("freight", []))
    return any(one.kind is FreightKind.SURCHARGE and one.amount_fen for one in rows)


def interception_fees(order: Order, rules: RuleBook, now: int) -> tuple[FreightEntry, ...]:
    """What the carriers take for turning the order's parcels, by our contract; the bearer rules say who bears it."""
    pack = rules.live(RuleKind.SETTLEMENT_BEARER)
    fees: list[FreightEntry] = []
    for parcel in parcels_of(order):
        fen = CAPABILITIES.get(parcel.carrier, Capability()).intercept_fen
        if parcel.is_called_off or not parcel.waybill_number:
            continue
        bearer, row = bearer_of(order, FreightKind.INTERCEPT.value, fen, pack)
        entry = FreightEntry(FreightKind.INTERCEPT, parcel.waybill_number, parcel.carrier, fen, bearer, row, now)
        fees.append(as_answered(entry, order))
    return tuple(fees)


def card_of(order: Order, entry: FreightEntry, now: int) -> Decision:
    """The card about what the buyer is to pay."""
    evidence = {
        "charge": entry.kind.value,
        "entry": entry.cause,
        "carrier": entry.carrier,
        "surcharge_fen": str(entry.amount_fen),
        "due_fen": str(entry.due_fen),
        "rule": entry.rule,
        CHANGE: str(order.change_open) if order.change_open else "",
    }
    cause = f"{entry.kind.value}-{entry.cause}-{entry.amount_fen}"
    card = decision_for(order.order_id, DecisionClass.FREIGHT_DUE, cause, evidence, now)
    return replace(card, evidence={name: text for name, text in evidence.items() if text})  # a number is not personal


def surcharge_cards(order: Order, orders: OrderStore, now: int) -> tuple[Decision, ...]:
    """The open cards about the surcharge of the place that the order goes to no more, made moot."""
    if DecisionClass.FREIGHT_DUE.value not in order.holds.values():
        return ()
    return tuple(
        card.moot(now, "the order goes elsewhere")
        for card in orders.decisions_of(order.order_id)
        if card.decision_id in order.holds and card.evidence.get("charge") == FreightKind.SURCHARGE.value
    )


def ask_who_pays(order: Order, entry: FreightEntry, orders: OrderStore, now: int) -> Order:
    """The order waits until somebody has decided about this entry. Raises Stale."""
    return request_decision(orders, order, card_of(order, entry, now), now)


def decided(order: Order, card: Decision, who: str, now: int) -> tuple[Order, FreightEntry]:
    """The order and the entry as a person has decided: collected, or borne by the brand."""
    said = card.evidence
    kind, fen = FreightKind(said["charge"]), int(said["surcharge_fen"])
    after = with_answer(order, kind, who, fen)
    entry = FreightEntry(kind, said["entry"], said["carrier"], fen, BUYER, said.get("rule", ""), now)
    return after, as_answered(entry, after)
