"""The shop's own record of an order: plain data, kept as JSON on disk. Money fen, time epoch milliseconds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

WAIT_BUYER_PAY = "WAIT_BUYER_PAY"
TRADE_PAID = "TRADE_PAID"
WAIT_SELLER_SEND_GOODS = "WAIT_SELLER_SEND_GOODS"
WAIT_BUYER_CONFIRM_GOODS = "WAIT_BUYER_CONFIRM_GOODS"
TRADE_SUCCESS = "TRADE_SUCCESS"
TRADE_CLOSED = "TRADE_CLOSED"

STATUS_TEXTS = {
    WAIT_BUYER_PAY: "待付款",
    TRADE_PAID: "已付款",
    WAIT_SELLER_SEND_GOODS: "待发货",
    WAIT_BUYER_CONFIRM_GOODS: "已发货",
    TRADE_SUCCESS: "已完成",
    TRADE_CLOSED: "已关闭",
}


@dataclass
class Buyer:
    """Who receives, in plain text: the truth that the platform enciphers before it shows it."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    detail: str


@dataclass
class Line:
    """One order line (oid)."""

    oid: str
    sku: str
    title: str
    num: int
    price_fen: int
    total_fen: int
    payment_fen: int
    item_id: int
    sku_id: int
    is_gift: bool = False
    is_presale: bool = False
    barcode: str = ""
    shipped: bool = False
    refunded: bool = False


@dataclass
class Delivery:
    """One accepted shipping confirmation."""

    dist_id: str
    express_id: int
    express_no: str
    oids: list[str]
    at_ms: int
    delivered: bool = False


@dataclass
class Refund:
    """One refund; `version` is the lock that the refund APIs compare."""

    refund_id: str
    oids: list[str]
    fee_fen: int
    reason: str
    with_return: bool
    status: str
    version: int
    created_ms: int
    modified_ms: int
    success_ms: int | None = None
    by_seller: bool = False


@dataclass
class Order:
    """One order of one shop."""

    tid: str
    kdt_id: str
    created_ms: int
    updated_ms: int
    expires_ms: int
    status: str
    lines: list[Line]
    buyer: Buyer
    freight_fen: int
    discount_fen: int
    payable_fen: int
    paid_fen: int = 0
    pay_ms: int | None = None
    consign_ms: int | None = None
    success_ms: int | None = None
    receive_due_ms: int | None = None
    close_type: int = 0
    close_reason: str = ""
    buyer_message: str = ""
    memo: str = ""
    star: int = 0
    address_changes: int = 0
    confirms_asked: int = 0
    confirms_accepted: int = 0
    deliveries: list[Delivery] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    event_versions: dict[str, int] = field(default_factory=dict)

    @property
    def refunded_fen(self) -> int:
        """What went back to the buyer."""
        return sum(refund.fee_fen for refund in self.refunds if refund.status == "SUCCESS")

    @property
    def asked_back_fen(self) -> int:
        """What is, or may yet be, refunded."""
        dead = ("CLOSED", "SELLER_REFUSE_BUYER")
        return sum(refund.fee_fen for refund in self.refunds if refund.status not in dead)

    @property
    def refund_state(self) -> int:
        """0 none, 1 partly under way, 2 partly done, 11 whole under way, 12 whole done."""
        if any(refund.status not in ("SUCCESS", "CLOSED") for refund in self.refunds):
            pending = sum(r.fee_fen for r in self.refunds if r.status != "CLOSED")
            return 11 if pending >= self.paid_fen else 1
        if not self.refunded_fen:
            return 0
        return 12 if self.refunded_fen >= self.paid_fen else 2

    def to_json(self) -> dict[str, Any]:
        """For the disk and for the truth ledger."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Order:
        """The reverse of `to_json`."""
        fields = dict(data)
        fields["buyer"] = Buyer(**fields["buyer"])
        fields["lines"] = [Line(**line) for line in fields["lines"]]
        fields["deliveries"] = [Delivery(**delivery) for delivery in fields["deliveries"]]
        fields["refunds"] = [Refund(**refund) for refund in fields["refunds"]]
        return cls(**fields)
