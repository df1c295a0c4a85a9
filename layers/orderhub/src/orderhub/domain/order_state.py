"""Where an order is, from what facts have told: as ``journey`` derives it from the order itself."""

from collections.abc import Mapping

from orderhub.domain.journey import Step, is_about_ending
from orderhub.domain.order_row import State
from orderhub.domain.order_told import Fold, Told

_KEPT_BY: Mapping[str, frozenset[State]] = {
    Step.DISPATCH.value: frozenset({State.DISPATCH}),
    Step.ISSUE_WAYBILL.value: frozenset({State.ISSUE_WAYBILL, State.AWAIT_SHIPMENT}),
    Step.WITHDRAW.value: frozenset({State.WITHDRAW}),
    Step.VOID_WAYBILL.value: frozenset({State.WITHDRAW}),
    Step.SETTLE.value: frozenset({State.SETTLE}),
}
"""A step that a partner does not answer for → the states that it keeps an order from: a label may be made anew."""


def state_of(fold: Fold) -> State:
    """The state that ``journey.next_step`` would name, as far as facts tell."""
    return State.AWAIT_RELEASE if waits_for(fold) else _wanted(fold)


def waits_for(fold: Fold) -> str:
    """The partner that keeps the order in ``AwaitRelease``; empty when none does."""
    is_kept = bool(fold.waiting_for) and _wanted(fold) in _KEPT_BY.get(fold.waits_at, frozenset())
    return fold.waiting_for if is_kept else ""


def _wanted(fold: Fold) -> State:
    going = [fold.parcel.get(number) or Told() for number in range(1, max([fold.parcels, *fold.parcel]) + 1)]
    going = [told for told in going if not told.is_called_off]
    has_left = bool(going) and all(told.left_at for told in going)
    if "settled" in fold.at:
        return State.COMPLETED
    if not fold.content:
        return State.AWAIT_RELEASE
    if "ended" in fold.at:
        return State.CANCELLED
    is_held = any(card.blocks for card in fold.cards.values())
    if "cancelled" in fold.at and not has_left:
        held = [card for card in fold.cards.values() if card.blocks]
        is_kept = any(is_about_ending(card.decision_id, card.decision_class) for card in held)
        return State.AWAIT_RELEASE if is_kept else State.WITHDRAW
    if is_held or (has_left and "cancelled" in fold.at and not fold.let_be):
        return State.AWAIT_RELEASE
    if has_left:
        return State.SETTLE if "received" in fold.at else State.AWAIT_DELIVERY
    return _before_leaving(fold, going)


def _before_leaving(fold: Fold, going: list[Told]) -> State:
    is_paid = "paid" in fold.at
    items = fold.content.get("items", ())
    needs_stock = any(item.get("is_physical", True) for item in items) or not items
    if needs_stock and not fold.reserved:
        if fold.on_the_way:
            return State.AWAIT_RELEASE
        return State.AWAIT_PAYMENT if is_presale(fold) and not is_paid else State.RESERVE
    if not is_paid:
        return State.AWAIT_PAYMENT
    if not fold.judged:
        return State.ASSESS
    if not all(told.dispatched_at for told in going):
        return State.DISPATCH
    if not all(told.is_label_live or told.left_at for told in going):
        return State.ISSUE_WAYBILL
    return State.AWAIT_SHIPMENT


def is_presale(fold: Fold) -> bool:
    return any(item.get("is_presale") and item.get("is_physical", True) for item in fold.content.get("items", ()))
