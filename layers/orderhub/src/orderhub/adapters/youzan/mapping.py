"""Youzan's messages about orders in the hub's words (sheet §5.4, §6). Pure: no clock, no network.

An event either shows the whole order, or says one thing about it, or is kept for a person to look at.
"""

from __future__ import annotations

import hashlib
import json
import re

from orderhub.adapters.youzan.envelope import NOT_AN_ORDER_EVENT, PROBE, Envelope, Ignored, read_envelope
from orderhub.adapters.youzan.fields import (
    Node,
    fen,
    identifier,
    instant,
    json_object,
    needed_identifier,
    node,
    text,
)
from orderhub.adapters.youzan.snapshot import OpenText, close_reason, read_order
from orderhub.domain.absorb import PARTLY_SHIPPED, AddressWish, Observation, Unhandled, refund_cause
from orderhub.domain.address_change import Source
from orderhub.domain.address_change import said as whole_of
from orderhub.domain.address_check import Gate, check_structure
from orderhub.domain.errors import UnreadableMessage
from orderhub.domain.order import Milestone, Receiver, Region, order_id_of
from orderhub.ports.world import Digest, Seal

__all__ = [
    "CHANNEL",
    "DETAIL",
    "NOT_AN_ORDER_EVENT",
    "PROBE",
    "Ignored",
    "OpenText",
    "read_detail",
    "read_push",
]

CHANNEL = "youzan"
DETAIL = "detail"

WHOLE_ORDER = frozenset({"trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay"})
ONE_MILESTONE = {
    "trade_TradeSuccess": Milestone.RECEIVED,
    "trade_TradeSellerShip": Milestone.SHOP_SHIPPED,
    "trade_TradeClose": Milestone.CANCELLED,
}
KEPT = {  # event → (cause, does the order stop until a person has looked)
    "trade_TradePartlySellerShip": (PARTLY_SHIPPED, True),
    "trade_TradeMemoModified": ("memo", False),
}
ADDRESS_CHANGED = {
    "trade_MessagesTheChangeAddresses": "seller",
    "youzan_trade_MessagesTheChangeAddressesByBuyer": "buyer",
}
REFUND_FAMILIES = ("trade_refund_", "youzan_trade_Refund")
REFUND_PAID = frozenset({"trade_refund_RefundSuccess", "youzan_trade_RefundSuccess"})
REFUND_ONLY_PAID = "trade_refund_RefundSellerAgree"
REFUND_OVER = frozenset({
    "trade_refund_RefundClosed",
    "trade_refund_RefundSellerRefuse",
    "trade_refund_RefundSellerRefuseBuyerReturnGoods",
    "youzan_trade_RefundClosed",
})  # fmt: skip
WITH_RETURN = ("REFUND_AND_RETURN", "EXCHANGE_GOODS_FLOW")

_EVIDENCE = re.compile(r"[A-Za-z0-9_,.-]{1,200}")


def read_push(
    body: bytes, received_at: int, open_text: OpenText, seal: Seal, digest: Digest, gate: Gate = check_structure
) -> Observation | Ignored:
    """What one verified push says about its order; Ignored for probes and for what is not about orders.

    `received_at` (ms UTC) stands in for a time the event does not name. Raises UnreadableMessage whose
    text is a short code, never a part of the message; what `open_text` raises besides ValueError passes on.
    """
    push = read_envelope(body)
    if isinstance(push, Ignored):
        return push
    info = node(push.msg, "full_order_info")
    if push.event_type in WHOLE_ORDER and not info:
        raise UnreadableMessage("full_order_info_missing")
    shown = read_order(info, push.shop_id, open_text, seal, digest, gate) if info else None
    platform_id = shown.platform_id if shown else needed_identifier(push.msg, "tid")
    _refuse_other_order(push, platform_id)
    when = instant(push.msg, "update_time") or (shown.snapshot.taken_at if shown else 0)
    when = when or push.version or received_at
    milestones = dict(shown.milestones) if shown else {}
    if push.event_type in ONE_MILESTONE:
        milestones.setdefault(ONE_MILESTONE[push.event_type], when)
    reason = shown.close_reason if shown else ""
    if push.event_type == "trade_TradeClose":
        reason = reason or close_reason(push.msg)
    refund_id, refunded_fen = _paid_refund(push)
    wish = _address_wish(push, when, open_text, seal, digest)
    return Observation(
        channel=CHANNEL,
        shop_id=push.shop_id,
        platform_id=platform_id,
        event_type=push.event_type,
        message_key=push.message_key,
        version=push.version,
        occurred_at=when,
        snapshot=shown.snapshot if shown else None,
        milestones=milestones,
        close_reason=reason,
        refund_id=refund_id,
        refunded_fen=refunded_fen,
        refund_lines=tuple(filter(None, (text(push.msg, "oids") or "").split(","))),
        returns_goods=text(push.msg, "refund_type") in WITH_RETURN,
        unhandled=None if refund_id or wish else _unhandled(push, when, seal),
        address=wish,
    )


def read_detail(
    body: bytes,
    received_at: int,
    open_text: OpenText,
    seal: Seal,
    digest: Digest,
    *,
    shop_id: str = "",
    found_late: bool = True,
    gate: Gate = check_structure,
) -> Observation:
    """What an order read from the shop says: `{"kdt_id": …, "full_order_info": {…}}` as the client wrote it.

    Without `kdt_id` the shop is `shop_id`, else the branch the order names. `found_late`: its webhook never
    came. Raises UnreadableMessage.
    """
    outer = json_object(body, "body")
    info = node(outer, "full_order_info")
    if not info:
        raise UnreadableMessage("full_order_info_missing")
    shop = identifier(outer, "kdt_id") or shop_id or identifier(node(info, "order_info"), "node_kdt_id")
    if not shop:
        raise UnreadableMessage("kdt_id_missing")
    shown = read_order(info, shop, open_text, seal, digest, gate)
    _refuse_unsuitable(shown.platform_id)
    taken_at = shown.snapshot.taken_at
    return Observation(
        channel=CHANNEL,
        shop_id=shop,
        platform_id=shown.platform_id,
        event_type=DETAIL,
        message_key=f"{DETAIL}:{shown.platform_id}:{taken_at}:{hashlib.sha256(body).hexdigest()[:12]}",
        version=taken_at,
        occurred_at=taken_at or received_at,
        snapshot=shown.snapshot,
        milestones=shown.milestones,
        close_reason=shown.close_reason,
        found_late=found_late,
    )


def _refuse_other_order(push: Envelope, platform_id: str) -> None:
    _refuse_unsuitable(platform_id)
    if push.event_type.startswith("trade_Trade") and push.subject != platform_id:
        raise UnreadableMessage("id_differs_from_tid")


def _refuse_unsuitable(platform_id: str) -> None:
    try:
        order_id_of(CHANNEL, platform_id)
    except ValueError:
        raise UnreadableMessage("tid_unsuitable") from None


def _address_wish(push: Envelope, when: int, open_text: OpenText, seal: Seal, digest: Digest) -> AddressWish | None:
    """The change of address an event tells of, sealed (sheet §5.4; of the buyer's event the same fields are assumed).

    None for one that says no address: a person looks at it. Raises UnreadableMessage where nothing opens a ciphertext.
    """
    by = ADDRESS_CHANGED.get(push.event_type)
    if by is None:
        return None
    said = {name: text(push.msg, name).strip() for name in ("province", "city", "district")}
    try:
        for name, field in (("name", "user_name"), ("phone", "tel"), ("detail", "detail"), ("whole", "address")):
            said[name] = open_text(push.shop_id, text(push.msg, field)).strip()
    except ValueError:
        raise UnreadableMessage("receiver_undecipherable") from None
    whole = said.pop("whole")
    if not said["detail"]:
        said["detail"] = whole.removeprefix("".join(said[name] for name in ("province", "city", "district"))).strip()
    if not (said["detail"] and said["province"] and said["city"]):
        return None
    told = {name: value for name, value in said.items() if value}
    sealed = seal.seal(json.dumps(told, ensure_ascii=False, sort_keys=True))
    receiver = Receiver(said["name"], said["phone"], said["detail"])
    region = Region(said["province"], said["city"], said["district"])
    shown = digest.of_receiver(whole_of(receiver, region))
    return AddressWish(push.message_key, sealed, Source.SHOP_EVENT, when, by, shown)


def _paid_refund(push: Envelope) -> tuple[str, int]:
    """(refund id, fen) when the event says that money went back for good (sheet §5.4, final events)."""
    is_refund_only = push.event_type == REFUND_ONLY_PAID and text(push.msg, "refund_type") not in WITH_RETURN
    if push.event_type not in REFUND_PAID and not is_refund_only:
        return "", 0
    amount = fen(push.msg, "refunded_fee")
    if amount is None:
        raise UnreadableMessage("refunded_fee_missing")
    return needed_identifier(push.msg, "refund_id"), amount


def _unhandled(push: Envelope, when: int, seal: Seal) -> Unhandled | None:
    if push.event_type in WHOLE_ORDER or push.event_type in ONE_MILESTONE:
        return None
    number = push.version or when
    if push.event_type.startswith(REFUND_FAMILIES):
        fen(push.msg, "refunded_fee")  # a refund whose amount is not money is unreadable, paid or not
        cause, blocks = (
            refund_cause(needed_identifier(push.msg, "refund_id")),
            push.event_type not in REFUND_OVER,
        )
    elif push.event_type in ADDRESS_CHANGED:  # it does not say which address
        cause, blocks = f"address-{ADDRESS_CHANGED[push.event_type]}-{number}", True
    elif push.event_type in KEPT:
        kept, blocks = KEPT[push.event_type]
        cause = f"{kept}-{number}"
    else:
        cause, blocks = f"{push.event_type}-{number}", False
    return Unhandled(cause, blocks, seal.seal(push.msg_text), _evidence(push.msg))


def _evidence(msg: Node) -> dict[str, str]:
    """What a card may show of an event: ids, amounts and codes, no words people wrote."""
    names = ("refund_id", "refunded_fee", "refund_type", "oids", "express_no", "update_time")
    said = {name: value for name in names if isinstance(value := msg.get(name), str)}
    return {
        name: value for name, value in said.items() if _EVIDENCE.fullmatch(value.replace(" ", "-").replace(":", "-"))
    }
