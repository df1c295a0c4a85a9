"""The canonical order (订单): what the hub knows of one purchase, whoever said it.

What the shop says is a *snapshot* (replaced as a whole by a newer one); what happened is a *milestone*
(an instant, set once); what stops the order is a *hold* (one per open decision that blocks).
An order is never told where it is: its place follows from these (``journey.next_step``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

LIFECYCLE_VERSION = 1

_NOTHING: Mapping[str, int] = MappingProxyType({})


class Milestone(StrEnum):
    """An instant in an order's life, epoch milliseconds UTC."""

    # said by the shop
    PLACED = "placed"
    PAID = "paid"
    CANCELLED = "cancelled"  # closed by the shop, the buyer or a full refund
    SHOP_SHIPPED = "shop_shipped"
    RECEIVED = "received"  # the buyer confirmed (TradeSuccess)
    # done by the hub, its warehouse and its carrier
    RESERVED = "reserved"
    ASSESSED = "assessed"
    DISPATCHED = "dispatched"
    LABELLED = "labelled"
    SHIPPED = "shipped"
    CONFIRMED = "confirmed"  # the shop accepted the shipping confirmation
    # said by the carrier: what is kept of its scans (``parcel_zone``)
    PICKED_UP = "picked_up"
    MOVED = "moved"  # the last scan under way, or of a failed delivery
    OUT_FOR_DELIVERY = "out_for_delivery"  # the last one
    TURNED = "turned"  # forwarded or taken back: carriers' codes do not say which
    REDIRECT_ASKED = "redirect_asked"  # the hub asked for the former
    DELIVERED = "delivered"
    BACK_AT_SENDER = "back_at_sender"
    SIGNED_AGAIN = "signed_again"  # the last signature, when there were several
    SIGNATURE_VOID = "signature_void"  # the last time the carrier took one back: it was scanned by mistake
    # and the end
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"  # cancelled at the warehouse
    VOIDED = "voided"  # waybill cancelled at the carrier
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line (子订单). Amounts are of the whole line, in fen; gifts cost nothing but weigh something."""

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price_fen: int
    goods_fen: int  # unit price × quantity after promotions on the item itself
    payable_fen: int  # after its share of promotions on the order; without freight
    is_gift: bool = False
    is_presale: bool = False
    is_physical: bool = True
    item_id: str = ""
    barcode: str = ""  # what is printed on the product, where the shop says it; no part of what is wanted


@dataclass(frozen=True, slots=True)
class Amounts:
    """The order's money in fen: payable = Σ lines' payable + freight; paid is what the buyer has paid."""

    goods_fen: int
    freight_fen: int
    discount_fen: int
    payable_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class Region:
    """Where the parcel goes, down to the district (not personal data)."""

    province: str
    city: str
    district: str


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """What the address gate found where the plain address was at hand: a score from 0 to 100, whether the order may
    pass, the findings' codes. Not personal data: the address cannot be told from it."""

    score: int = 100
    passes: bool = True
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receiver:
    """Personal data of the receiver, in clear. Lives in memory only; stored sealed."""

    name: str
    phone: str
    detail: str  # street address without province, city, district
    note: str = ""  # what the buyer wrote

    def __repr__(self) -> str:
        return "Receiver(…)"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the shop says an order is, at ``taken_at`` (the shop's own update time, ms UTC)."""

    taken_at: int
    placed_at: int
    payment_due_at: int
    buyer_id: str
    lines: tuple[OrderLine, ...]
    amounts: Amounts
    region: Region
    sealed: str  # the Receiver, encrypted under the hub's own key
    receiver_digest: str  # keyed digest of the whole Receiver: tells a change without opening it
    phone_digest: str  # keyed digest of the receiver's phone
    masked_name: str  # 张*
    masked_phone: str  # 138****0001
    has_note: bool = False
    kind: str = "express"  # express | pickup | city | none
    rank: int = 0  # how far along the shop's own states; breaks ties of taken_at
    address: AddressCheck = AddressCheck()
    tail_digest: str = ""  # keyed digests by which people find an order: the phone's last four digits, the nick
    nick_digest: str = ""


@dataclass(frozen=True, slots=True)
class Sticker:
    """Where a gift's sticker goes on the label: a named corner, and its centre in mm from the label's top left."""

    position: str  # 面单右上角 …
    x_mm: int
    y_mm: int


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift the order is to get (赠品), derived by one row of the gift matrix; it needs no SKU at the warehouse.

    ``waybill_line`` is printed at the bottom of the label; the sticker is another artefact (R32).
    """

    rule_id: str
    pack_version: int
    code: str
    name: str
    quantity: int
    waybill_line: str
    sticker: Sticker
    line_id: str  # the main product's line: the gift travels in its parcel
    is_counted: bool = False  # it has its pieces of the row's quota


@dataclass(frozen=True, slots=True)
class Correction:
    """A receiver corrected by a person, in place of the shop's, for as long as the shop says what it said then."""

    base_digest: str  # the receiver_digest of the snapshot that was corrected
    region: Region
    sealed: str
    receiver_digest: str
    phone_digest: str
    masked_name: str
    masked_phone: str
    corrected_at: int
    address: AddressCheck = AddressCheck()
    tail_digest: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One of several parcels of an order (发货单): its lines, its warehouse, and how far it is by itself.

    ``at`` holds what differs from parcel to parcel (``parcel.PER_PARCEL``); what is true of all of them is the
    order's own. ``closed`` there means: it will not be sent, and its stock is free again.
    """

    number: int
    warehouse: str
    line_ids: tuple[str, ...]
    carrier: str = ""
    waybill_number: str = ""
    at: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    number_source: str = ""  # who told the number when it was missing (``backfill.Source``); empty: the usual way

    def has(self, *milestones: Milestone) -> bool:
        """Whether every one of these has happened to this parcel."""
        return all(m.value in self.at for m in milestones)

    def when(self, milestone: Milestone) -> int | None:
        """The instant of a milestone, ms UTC, or None."""
        return self.at.get(milestone.value)

    @property
    def is_called_off(self) -> bool:
        return self.has(Milestone.CLOSED)


@dataclass(frozen=True, slots=True)
class Driver:
    """The execution that drives the order. Only the run with this epoch may act."""

    execution: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Where the driver sleeps: a task token, the step it waits in, when it looks by itself (ms UTC)."""

    token: str
    step: str
    due_at: int


@dataclass(frozen=True, slots=True)
class Order:
    """One order. ``revision`` counts commits; ``content_version`` counts changes of what is wanted."""

    order_id: str
    channel: str
    shop_id: str
    platform_id: str
    revision: int = 0
    content_version: int = 0
    lifecycle_version: int = LIFECYCLE_VERSION
    snapshot: Snapshot | None = None
    at: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    versions: Mapping[str, int] = field(default_factory=lambda: _NOTHING)  # message type → newest version
    holds: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # decision id → class
    overrides: tuple[str, ...] = ()  # decided by people: codes the journey must not stop at again
    refunds: Mapping[str, int] = field(default_factory=lambda: _NOTHING)  # refund id → fen paid back
    refunds_due: tuple[str, ...] = ()  # decisions to pay money back that the shop has not answered
    waiting_for: str = ""  # a partner that is down
    close_reason: str = ""  # expired | cancelled | …, when CLOSED or CANCELLED
    waybill_number: str = ""
    number_source: str = ""  # as on a parcel
    carrier: str = ""
    warehouse: str = ""
    transfer: str = ""  # reference of the stock transfer whose goods it waits for
    parcels: tuple[Parcel, ...] = ()  # two or more; none: one parcel, whose state is the order's (``parcels_of``)
    gifts: tuple[Gift, ...] = ()
    judgement_due: bool = False  # its money changed after it was judged: rules may see something else now
    gifts_due: bool = False  # what gifts depend on changed after the assessment: they are derived again
    push_due: bool = False  # the warehouse has accepted something else than what is wanted now
    relabel: str = ""  # overwrite | reissue: labels show something else than what is wanted now (``wants_label``)
    carrier_wish: str = ""  # who is to carry it; empty: the usual carrier
    address_changes: int = 0  # how many there were
    change_open: int = 0  # the number of the one under way
    change_epoch: int = 0  # which run drives it
    change_wait: Wait | None = None  # where that run sleeps
    correction: Correction | None = None  # use ``region``, ``sealed_receiver`` …, never the snapshot's own
    judged_version: int = 0  # the content_version of the last verdict
    substitutions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # line id → SKU sent instead
    packed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # parcel → ``packing_version``
    driver: Driver | None = None
    wait: Wait | None = None
    wake_seq: int = 0
    check_at: int = 0

    def has(self, *milestones: Milestone) -> bool:
        """Whether every one of these has happened."""
        return all(m.value in self.at for m in milestones)

    def when(self, milestone: Milestone) -> int | None:
        """The instant of a milestone, ms UTC, or None."""
        return self.at.get(milestone.value)

    def reach(self, milestone: Milestone, instant: int) -> "Order":
        """The order with this milestone reached; an earlier record of it stands."""
        return self if milestone.value in self.at else replace(self, at={**self.at, milestone.value: instant})

    def forget(self, *milestones: Milestone) -> "Order":
        """The order without these milestones (a payment after expiry makes it live again)."""
        gone = {m.value for m in milestones}
        return replace(self, at={k: v for k, v in self.at.items() if k not in gone})

    @property
    def is_known(self) -> bool:
        """Whether the hub has seen the whole order, not only an event about it."""
        return self.snapshot is not None

    @property
    def is_finished(self) -> bool:
        return self.has(Milestone.SETTLED) or self.has(Milestone.CLOSED)

    @property
    def is_looked_at(self) -> bool:
        """Whether repair still looks at it: it is not finished, or money of it has still to go back."""
        return not self.is_finished or bool(self.refunds_due)

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        """The lines as they are to be sent: as the shop sold them, but for SKUs a person replaced."""
        if self.snapshot is None:
            return ()
        other = self.substitutions
        return tuple(
            replace(line, sku=other[line.line_id], barcode="") if line.line_id in other else line
            for line in self.snapshot.lines
        )

    @property
    def is_presale(self) -> bool:
        """Whether anything in it is sold before it is there (预售). Its balance is paid once the order is PAID."""
        return any(line.is_presale for line in self.physical_lines)

    @property
    def active_correction(self) -> Correction | None:
        """The correction, unless the shop has said another receiver since."""
        held = self.correction
        return held if held and self.snapshot and held.base_digest == self.snapshot.receiver_digest else None

    @property
    def receiver(self) -> Correction | Snapshot | None:
        """Who the parcel is to go to: as corrected, else as the shop says. None for an order that is not known yet."""
        return self.active_correction or self.snapshot

    @property
    def region(self) -> Region:
        """Where the parcel is to go. Raises ValueError for an order that is not known yet."""
        if self.receiver is None:
            raise ValueError(f"{self.order_id} is not known yet")
        return self.receiver.region

    @property
    def sealed_receiver(self) -> str:
        """The receiver the parcel is to go to, sealed. Empty for an order that is not known yet."""
        return self.receiver.sealed if self.receiver else ""

    @property
    def address(self) -> AddressCheck:
        """What the gate found about the address the parcel is to go to."""
        return self.receiver.address if self.receiver else AddressCheck()

    @property
    def receiver_digest(self) -> str:
        """Tells one receiver of the parcel from another. Empty for an order that is not known yet."""
        return self.receiver.receiver_digest if self.receiver else ""

    @property
    def phone_digest(self) -> str:
        """Of the phone of the parcel's receiver; empty where the shop gave none."""
        return self.receiver.phone_digest if self.receiver else ""

    @property
    def tail_digest(self) -> str:
        """Of the last four digits of that phone; empty where it is not known."""
        return self.receiver.tail_digest if self.receiver else ""

    @property
    def physical_lines(self) -> tuple[OrderLine, ...]:
        """The lines that need stock and a parcel."""
        return tuple(line for line in self.lines if line.is_physical)


def order_id_of(channel: str, platform_id: str) -> str:
    """``youzan-E2026…``: the id of an order everywhere in the hub, ≤ 40 of ``[A-Za-z0-9-]``.

    Raises ValueError when the platform's id does not fit (it would not be safe in references to partners).
    """
    order_id = f"{channel}-{platform_id}"
    if len(order_id) > 40 or not order_id.isascii() or not order_id.replace("-", "").isalnum():
        raise ValueError(f"platform id cannot be an order id: {platform_id[:60]!r}")
    return order_id
