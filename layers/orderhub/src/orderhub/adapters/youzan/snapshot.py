"""`full_order_info` of Youzan (sheet §6) as the hub's snapshot and what it says has happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from orderhub.adapters.youzan.crypto import mask_mobile
from orderhub.adapters.youzan.fields import (
    Node,
    flag,
    identifier,
    instant,
    needed_identifier,
    node,
    nodes,
    text,
    whole,
)
from orderhub.adapters.youzan.money import read_amounts, read_lines
from orderhub.domain.address_check import Gate, check_structure
from orderhub.domain.errors import UnreadableMessage
from orderhub.domain.order import Milestone, Receiver, Region, Snapshot
from orderhub.ports.world import Digest, Seal

type OpenText = Callable[[str, str], str]
"""(shop id, text) → plain text; plain text comes back as it is. ValueError: no key at hand opens it."""

UNPAID, PAID_NOT_SHIPPABLE = "WAIT_BUYER_PAY", ("TRADE_PAID", "WAIT_CONFIRM")
SUCCESS, CLOSED = "TRADE_SUCCESS", "TRADE_CLOSED"
SHIPPABLE_OR_LATER = ("WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", SUCCESS)
STATUSES = (UNPAID, *PAID_NOT_SHIPPABLE, *SHIPPABLE_OR_LATER, CLOSED)
"""In the order of an order's way; the position is the snapshot's rank."""

KINDS = {0: "express", 1: "pickup", 2: "city", 9: "none"}
PAYMENT_WINDOW_MS = 3_600_000
FORMING_WINDOW_MS = 86_400_000
"""How long a paid order may wait for its group or for acceptance before nobody expects it any more."""

EXPIRED, CANCELLED, REFUNDED, OTHERWISE_CLOSED = "expired", "cancelled", "refunded", "closed"
_CLOSE_TYPES = {1: EXPIRED, 2: REFUNDED, 3: CANCELLED, 4: CANCELLED, 5: CANCELLED, 6: REFUNDED, 20: EXPIRED}
_CLOSE_TEXTS = (("refund", REFUNDED), ("expired", EXPIRED), ("canceled", CANCELLED), ("cancelled", CANCELLED))


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """One order as the shop showed it. `node_shop` is the branch it belongs to, when the order says so."""

    platform_id: str
    node_shop: str
    snapshot: Snapshot
    milestones: Mapping[Milestone, int]
    close_reason: str


def read_order(
    info: Node, shop_id: str, open_text: OpenText, seal: Seal, digest: Digest, gate: Gate = check_structure
) -> ShopOrder:
    """Read a `full_order_info`. Amounts in fen, instants in ms UTC; personal data leaves sealed or digested.

    `TRADE_PAID` and `WAIT_CONFIRM` are not paid for the hub: nothing may be shipped yet (sheet §5.4).
    Raises UnreadableMessage for anything that is not as the sheet says, unknown codes included.
    """
    head = node(info, "order_info")
    status = text(head, "status")
    if status not in STATUSES:
        raise UnreadableMessage("status_unknown" if status else "status_missing")
    created = instant(head, "created")
    if created is None:
        raise UnreadableMessage("created_missing")
    taken_at = _taken_at(head, created)
    kind = KINDS.get(whole(head, "express_type", 0))
    if kind is None:
        raise UnreadableMessage("express_type_unknown")
    pay = node(info, "pay_info")
    is_paid = status in SHIPPABLE_OR_LATER
    _refuse_half_paid_presale(head, pay, is_paid)
    amounts = read_amounts(pay, is_paid)
    address = node(info, "address_info")
    receiver = _receiver(info, address, shop_id, open_text)
    region = Region(
        text(address, "delivery_province"),
        text(address, "delivery_city"),
        text(address, "delivery_district"),
    )
    snapshot = Snapshot(
        taken_at=taken_at,
        placed_at=created,
        payment_due_at=_payment_due_at(head, pay, status, created, taken_at),
        buyer_id=text(node(info, "buyer_info"), "yz_open_id"),
        lines=read_lines(nodes(info, "orders"), amounts),
        amounts=amounts,
        region=region,
        sealed=seal.seal(json.dumps(asdict(receiver), ensure_ascii=False, sort_keys=True)),
        receiver_digest=digest.of_receiver(receiver),
        phone_digest=digest.of_phone(receiver.phone),
        masked_name=receiver.name[:1] + "*" * bool(receiver.name),
        masked_phone=mask_mobile(receiver.phone),
        has_note=bool(receiver.note),
        kind=kind,
        rank=STATUSES.index(status),
        address=gate(region, receiver.detail),
        tail_digest=digest.of_tail(receiver.phone),
        nick_digest=digest.of_nick(_nick(info, shop_id, open_text)),
    )
    milestones = _milestones(head, status, created, taken_at)
    reason = close_reason(head) if status == CLOSED else ""
    tid = needed_identifier(head, "tid")
    return ShopOrder(tid, identifier(head, "node_kdt_id"), snapshot, milestones, reason)


def close_reason(said: Node) -> str:
    """Why the shop closed an order: expired | cancelled | refunded | closed, from its text, else its code."""
    words = text(said, "close_reason") or text(said, "close_reson")
    for word, reason in _CLOSE_TEXTS:
        if word in words:
            return reason
    code = said.get("close_type")
    if isinstance(code, str) and code.isascii() and code.isdigit():
        code = int(code[:9])
    return _CLOSE_TYPES.get(code, OTHERWISE_CLOSED) if isinstance(code, int) else OTHERWISE_CLOSED


def _taken_at(head: Node, created: int) -> int:
    """The shop's update time; where it is left out, the latest thing the order says has happened."""
    updated = instant(head, "update_time")
    if updated is not None:
        return updated
    happened = (instant(head, name) for name in ("pay_time", "consign_time", "success_time"))
    return max([created, *(moment for moment in happened if moment is not None)])


def _milestones(head: Node, status: str, created: int, taken_at: int) -> dict[Milestone, int]:
    reached = {Milestone.PLACED: created}
    if status in SHIPPABLE_OR_LATER:
        reached[Milestone.PAID] = instant(head, "pay_time") or taken_at
    shipped = instant(head, "consign_time")
    if shipped is not None:
        reached[Milestone.SHOP_SHIPPED] = shipped
    if status == SUCCESS:
        reached[Milestone.RECEIVED] = instant(head, "success_time") or taken_at
    if status == CLOSED:
        reached[Milestone.CANCELLED] = taken_at
    return reached


def _payment_due_at(head: Node, pay: Node, status: str, created: int, taken_at: int) -> int:
    """Until when the shop takes the money; once a deposit is paid, the end of the balance window."""
    due = instant(head, "expired_time") or created + PAYMENT_WINDOW_MS
    if status in PAID_NOT_SHIPPABLE:
        return max(due, (instant(head, "pay_time") or taken_at) + FORMING_WINDOW_MS)
    phases = nodes(pay, "phase_payments")
    if any(instant(phase, "pay_time") for phase in phases):
        due = max([due, *(instant(phase, "pay_end_time") or 0 for phase in phases)])
    return due


def _refuse_half_paid_presale(head: Node, pay: Node, is_paid: bool) -> None:
    """A deposit presale is paid when every phase is; a status that says otherwise contradicts (R18)."""
    unpaid = any(instant(phase, "pay_time") is None for phase in nodes(pay, "phase_payments"))
    if is_paid and unpaid and flag(node(head, "order_tags"), "is_down_payment_pre"):
        raise UnreadableMessage("presale_phase_unpaid")


def _nick(info: Node, shop_id: str, open_text: OpenText) -> str:
    """What the buyer calls himself: ``fans_nickname`` is deprecated and often left out (sheet §6); it may be sealed
    like the other names. A nick that nothing opens is no reason to refuse an order: it is not found by it."""
    try:
        return open_text(shop_id, text(node(info, "buyer_info"), "fans_nickname"))
    except ValueError:
        return ""


def _receiver(info: Node, address: Node, shop_id: str, open_text: OpenText) -> Receiver:
    try:
        return Receiver(
            name=open_text(shop_id, text(address, "receiver_name")).strip(),
            phone=open_text(shop_id, text(address, "receiver_tel")).strip(),
            detail=open_text(shop_id, text(address, "delivery_address")).strip(),
            note=text(node(info, "remark_info"), "buyer_message").strip(),
        )
    except ValueError:
        raise UnreadableMessage("receiver_undecipherable") from None
