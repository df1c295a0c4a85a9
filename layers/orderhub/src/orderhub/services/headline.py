"""An order in one sentence: what it does or waits for, why, and what frees it (R25, R42)."""

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.domain.code_words import END_REASONS, PARTNERS
from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.effect import Effect
from orderhub.domain.errors import Rejected
from orderhub.domain.journey import Step, next_step
from orderhub.domain.order import Order
from orderhub.domain.parcel import parcels_of
from orderhub.domain.parcel_zone import Zone, zone_of
from orderhub.ports.orders import OrderStore
from orderhub.services.explain import explain

WAITING, MOVING, DECISION, HELD, DONE = "waiting", "moving", "decision", "held", "done"

type Said = tuple[str, str, str, str, str]
"""mood, the sentence in Chinese and English, what comes next in both."""

_BY_ITSELF = ("自动进行, 不用处理", "goes on by itself")
_STEPS: Mapping[Step, Said] = {
    Step.RESERVE: (MOVING, "正在锁定库存", "Its stock is being reserved", *_BY_ITSELF),
    Step.AWAIT_PAYMENT: (
        WAITING, "等待买家付款", "Waiting for the buyer's payment",
        "到期未付自动关闭并释放库存", "unpaid at its deadline it closes and frees its stock",
    ),
    Step.ASSESS: (MOVING, "正在按规则评估", "The rules are judging it", *_BY_ITSELF),
    Step.DISPATCH: (MOVING, "正在下发仓库", "It is being given to the warehouse", *_BY_ITSELF),
    Step.ISSUE_WAYBILL: (MOVING, "正在取面单", "Its waybill is being made", *_BY_ITSELF),
    Step.AWAIT_SHIPMENT: (
        WAITING, "仓库备货, 等待出库", "At the warehouse, to be shipped",
        "出库后自动回传店铺", "the shop is told by itself once it left",
    ),
    Step.AWAIT_DELIVERY: (
        MOVING, "包裹在路上", "The parcel is on its way", "确认收货后自动结算", "settled once it is received",
    ),
    Step.SETTLE: (MOVING, "正在结算入账", "It is being settled", *_BY_ITSELF),
    Step.AWAIT_RELEASE: (WAITING, "等待放行", "Waiting to be released", *_BY_ITSELF),
    Step.WITHDRAW: (MOVING, "正在撤回仓库单", "It is being withdrawn at the warehouse", *_BY_ITSELF),
    Step.VOID_WAYBILL: (MOVING, "正在作废面单", "Its waybill is being voided", *_BY_ITSELF),
    Step.CLOSE: (MOVING, "正在关闭", "It is being closed", *_BY_ITSELF),
    Step.COMPLETED: (DONE, "已完成并入账", "Completed and booked", "没有要做的", "nothing is left to do"),
    Step.CANCELLED: (DONE, "已关闭", "Closed", "没有要做的", "nothing is left to do"),
}  # fmt: skip

_ZONES: Mapping[Zone, tuple[str, str]] = {
    Zone.NOT_PICKED_UP: ("已出库, 等待承运商揽收", "It left the warehouse and is to be picked up"),
    Zone.DELIVERING: ("包裹正在派送", "The parcel is out for delivery"),
    Zone.DELIVERED: ("已签收, 等待买家确认收货", "Delivered; the buyer has still to confirm"),
    Zone.RETURNING: ("包裹正在退回", "The parcel is going back"),
}


def headline(order_id: str, orders: OrderStore, now: int) -> dict[str, Any]:
    """``headline_of`` of a stored order. Raises Rejected (``no_such_order``)."""
    order = _stored(order_id, orders)
    return {**headline_of(order, orders.decisions_of(order_id), now), "shop_id": order.shop_id}


def news(order_id: str, seen: str, orders: OrderStore, now: int) -> dict[str, Any]:
    """``headline`` with the order's ``version``; no ``mood`` and no sentence where somebody has seen this version: what
    is unchanged costs the order and its effects, two reads. Raises Rejected (``no_such_order``)."""
    order = _stored(order_id, orders)
    version = version_of(order, orders.effects_of(order_id), now)
    told = {"shop_id": order.shop_id, "version": version}
    return told if version == seen else headline_of(order, orders.decisions_of(order_id), now) | told


def version_of(order: Order, effects: Sequence[Effect], now: int) -> str:
    """Another text whenever the order's page shows something else: facts, cards and records come with a revision, calls
    to partners are counted by their attempts, and a deadline that went by makes another step."""
    tried = sum(effect.attempts for effect in effects)
    latest = max((effect.updated_at for effect in effects), default=0)
    return f"{order.revision}.{next_step(order, now).value}.{tried}.{latest}"


def _stored(order_id: str, orders: OrderStore) -> Order:
    order = orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    return order


def headline_of(order: Order, decisions: Sequence[Decision], now: int) -> dict[str, Any]:
    """``{mood, zh, en, then, cards, due_at, step, is_finished}``: mood is waiting, moving, decision, held or done;
    ``cards`` the open decisions, those that hold it first; ``due_at`` (ms UTC) the next deadline, 0 for none."""
    still_open = [card for card in decisions if card.status is DecisionStatus.REQUESTED]
    still_open.sort(key=lambda card: (card.decision_id not in order.holds, card.nearest_at))
    step = next_step(order, now)
    mood, zh, en, then_zh, then_en = _sentence(order, step)
    due_at = order.snapshot.payment_due_at if step is Step.AWAIT_PAYMENT and order.snapshot else 0
    if still_open:
        card = still_open[0]
        why = explain(card)
        zh, en = why.zh, why.en
        then_zh, then_en = why.smallest_change.zh, why.smallest_change.en
        mood = HELD if card.decision_id in order.holds else DECISION
        due_at = card.nearest_at
    elif order.waiting_for and not order.is_finished:
        zh, en = PARTNERS.get(order.waiting_for, (order.waiting_for,) * 2)
        mood, zh, en = WAITING, f"等待{zh}恢复", f"Waiting for {en} to come back"
        then_zh, then_en = "恢复后按顺序自动继续", "it goes on by itself, in its turn"
    return {
        "mood": mood,
        "zh": zh,
        "en": en,
        "then": {"zh": then_zh, "en": then_en},
        "cards": [_card(card, order) for card in still_open],
        "due_at": due_at,
        "step": step.value,
        "is_finished": order.is_finished,
    }


def _sentence(order: Order, step: Step) -> Said:
    mood, zh, en, then_zh, then_en = _STEPS[step]
    if step is Step.AWAIT_DELIVERY:
        zones = {zone_of(order, parcel) for parcel in parcels_of(order) if not parcel.is_called_off}
        if len(zones) == 1:
            zh, en = _ZONES.get(next(iter(zones)), (zh, en))
    if step is Step.CANCELLED and order.close_reason:
        reason = END_REASONS.get(order.close_reason, END_REASONS["closed"])
        zh, en = f"{zh}: {reason[0]}", f"{en}: {reason[1]}"
    return mood, zh, en, then_zh, then_en


def _card(card: Decision, order: Order) -> dict[str, Any]:
    kind, why = card.kind, explain(card)
    return {
        "decision_id": card.decision_id,
        "class": card.decision_class.value,
        "name": {"zh": kind.name_zh, "en": kind.name_en},
        "why": {"zh": why.zh, "en": why.en},
        "smallest_change": {"zh": why.smallest_change.zh, "en": why.smallest_change.en},
        "holds": card.decision_id in order.holds,
        "nearest_at": card.nearest_at,
        "owner": kind.owner,
    }
