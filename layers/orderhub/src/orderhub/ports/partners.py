"""Partners as the services see them. Adapters translate; unknown answers raise, never default.

Every call may raise PartnerUnavailable (``unclear=True`` when the work may have been done) and PartnerRejected.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from orderhub.domain.order import Gift, Order, OrderLine, Parcel, Receiver, Region
from orderhub.domain.parcel import gifts_of, lines_of, parcel_of, trade_id_of
from orderhub.domain.records import StockTransfer
from orderhub.domain.settlement import SettlementSplit

# --- warehouse (Wangdiantong) ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TradeInstruction:
    """What the warehouse is told about one parcel of an order. ``waybill_number`` empty: not issued yet.

    ``is_closed`` asks the warehouse to cancel: the same trade again with closed status (sheet §3.1, §6.5).
    """

    order: Order
    receiver: Receiver
    waybill_number: str = ""
    is_closed: bool = False
    parcel_number: int = 1

    @property
    def trade_id(self) -> str:
        """The trade's name at the warehouse (``tid``)."""
        return trade_id_of(self.order, self.parcel_number)

    @property
    def parcel(self) -> Parcel:
        return parcel_of(self.order, self.parcel_number)

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        return lines_of(self.order, self.parcel)

    @property
    def gifts(self) -> tuple[Gift, ...]:
        return gifts_of(self.order, self.parcel)


@dataclass(frozen=True, slots=True)
class WarehouseTrade:
    """One system trade read back. ``state``: raw | pending | audited | shipped | completed | cancelled."""

    trade_no: str
    platform_ids: tuple[str, ...]
    state: str
    state_code: int
    is_flagged: bool  # bad_reason ≠ 0: a clerk must look at it
    receiver_fingerprint: str
    logistics_no: str
    memo: str
    modified_at: int
    carrier: str = ""  # whose number it is, by the hub's name; empty: a name the hub does not know
    is_address_flagged: bool = False  # the clerk must look because of another address


@dataclass(frozen=True, slots=True)
class ShipmentNotice:
    """The warehouse says a parcel has left, perhaps without a number. ``rec_id`` is the key of the acknowledgement.

    ``platform_id`` is the trade's name: the order's own, or that of one of its parcels.
    """

    rec_id: str
    platform_id: str
    logistics_no: str
    logistics_name: str
    line_ids: tuple[str, ...]  # empty: the whole trade
    shipped_at: int
    carrier: str = ""  # as on a trade


@dataclass(frozen=True, slots=True)
class StockObservation:
    """What the warehouse has of one SKU. Sellable = physical − awaiting audit − awaiting shipment."""

    sku: str
    warehouse: str
    physical: int
    awaiting_audit: int
    awaiting_shipment: int
    modified_at: int

    @property
    def sellable(self) -> int:
        return self.physical - self.awaiting_audit - self.awaiting_shipment


@dataclass(frozen=True, slots=True)
class SeenTransfer:
    """A stock transfer as the warehouse shows it. ``state``: open | received | cancelled."""

    reference: str
    transfer_no: str
    state: str


class WarehousePartner(Protocol):
    def push_trades(self, trades: Sequence[TradeInstruction]) -> Mapping[str, str]:
        """Push 1…50 trades. Returns trade id → "" (accepted) or the partner's reason for refusing it.

        When the counts do not tell which trade was taken, each is read back before answering.
        """
        ...

    def find_trades(self, trade_id: str) -> tuple[WarehouseTrade, ...]:
        """Every system trade that carries this trade; empty when the warehouse does not know it."""
        ...

    def shows_receiver(self, trade: TradeInstruction) -> str:
        """Whether the warehouse would send this trade to its receiver: ``shown``, ``flagged`` (a clerk must look
        first) or ``other`` (also when it does not know the trade)."""
        ...

    def push_refund(self, trade: TradeInstruction, refund_no: str) -> None:
        """Tell the warehouse that this trade is refunded before shipment. Idempotent by ``refund_no``."""
        ...

    def shipments(self, limit: int = 100) -> tuple[ShipmentNotice, ...]:
        """Shipments not acknowledged yet; the same row comes back until ``acknowledge``."""
        ...

    def acknowledge(self, rec_ids: Sequence[str]) -> Mapping[str, str]:
        """Acknowledge shipments; returns the rows refused, with the reason (an unknown row is harmless)."""
        ...

    def stockouts(self, since: int, until: int) -> Iterator[ShipmentNotice]:
        """Parcels that left in the window (ms UTC, ≤ 30 days), also those whose notice was lost, and those without a
        number; no row key."""
        ...

    def stock(self, since: int, until: int) -> Iterator[StockObservation]:
        """Stock rows modified in the window (ms UTC, ≤ 30 days)."""
        ...

    def push_transfer(self, transfer: StockTransfer) -> str:
        """Have goods moved between two warehouses; the warehouse's number. A reference used before is looked up."""
        ...

    def transfers(self, since: int, until: int) -> Iterator[SeenTransfer]:
        """Stock transfers modified in the window (ms UTC; longer than 30 days is asked in parts)."""
        ...

    def stock_of(self, skus: Sequence[str]) -> Iterator[StockObservation]:
        """Stock rows of these SKUs."""
        ...


# --- carrier (SF) ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParcelInstruction:
    """What the carrier is told to carry. ``reference`` is ours: ``<order_id>-<fulfilment>-<version>``."""

    reference: str
    order: Order
    receiver: Receiver
    parcel_number: int = 1

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        return lines_of(self.order, parcel_of(self.order, self.parcel_number))


@dataclass(frozen=True, slots=True)
class IssuedWaybill:
    """A waybill the carrier gave for a reference. ``routing`` holds what the label prints."""

    reference: str
    number: str
    routing: Mapping[str, str]


type InterceptionKind = Literal["redirect", "return", "receiver"]


@dataclass(frozen=True, slots=True)
class Interception:
    """What a carrier is asked to do with a parcel that is on its way.

    ``redirect``: to another address (``receiver`` and ``region``). ``receiver``: same address, another name or phone
    (``receiver``). ``return``: back to the sender.
    """

    kind: InterceptionKind
    receiver: Receiver | None = None
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class RouteEvent:
    """One step of a parcel as its carrier, or a broker of routes, pushed it, or showed it when asked.

    ``kind``: announced | picked_up | moving | out_for_delivery | exception (a delivery that failed) | delivered |
    signature_void (the deliveries before it were scanned by mistake) | turned (forwarded or returned: carriers' codes
    do not say which) | unknown (a code the sheet does not explain).
    ``event_id`` is the carrier's own in a push and derived when asked: the same step may come under both.
    ``occurred_at``: the carrier's time, ms UTC. ``carrier``: whose parcel it is, where a broker says so; empty: of the
    one who tells.
    """

    event_id: str
    waybill_number: str
    reference: str
    kind: str
    code: str
    occurred_at: int
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class PickupNotice:
    """The carrier sends a courier for a parcel, who comes until ``due_at`` (0: not said). Who he is, is left out.

    Instants in ms UTC.
    """

    waybill_number: str
    occurred_at: int
    due_at: int = 0


class CarrierPartner(Protocol):
    """``unknown_reference``: the codes with which it says that it does not know a reference."""

    name: str
    unknown_reference: frozenset[str]

    def create(self, parcel: ParcelInstruction) -> IssuedWaybill:
        """Buy a label. The same reference again gives the same waybill. A burned reference is rejected."""
        ...

    def find(self, reference: str) -> IssuedWaybill | None:
        """The waybill of a reference, or None when the carrier does not know it."""
        ...

    def cancel(self, reference: str, number: str = "") -> None:
        """Cancel before pickup; already cancelled counts as done. PartnerRejected when it is too late.

        ``number``: of the waybill, where the caller knows it; not every carrier finds it by the reference.
        """
        ...

    def update_receiver(self, parcel: ParcelInstruction) -> None:
        """Change the consignee of a label in place, before pickup; the same again changes nothing.

        PartnerRejected with the carrier's code when it does not take the change: then the label still goes to the old
        receiver, or, after an attempt whose outcome was unclear, perhaps to the new one: cancel and buy again.
        """
        ...

    def intercept(self, number: str, wish: Interception) -> str:
        """Ask for a parcel to be turned, between pickup and delivery; returns the carrier's id of the request, or "".

        Only a request: the routes tell the outcome. Once for each waybill: the second is PartnerRejected, also when
        the first was unclear.
        """
        ...

    def routes(self, numbers: Sequence[str], phone_tails: Sequence[str] = ()) -> tuple[RouteEvent, ...]:
        """Every step of these parcels that the carrier shows now, for when pushes were lost; none is no error.

        ``phone_tails``: last four digits of either party's phone, for parcels that are not the account's own.
        """
        ...


# --- shop (Youzan) -----------------------------------------------------------------------------------------


class ShopPartner(Protocol):
    def read_order(self, shop_id: str, platform_id: str) -> bytes | None:
        """The whole order as the shop tells it now (JSON bytes of ``{"full_order_info": …}``), or None."""
        ...

    def updated_orders(self, shop_id: str, since: int, until: int) -> Iterator[bytes]:
        """Orders updated in the window (ms UTC), read from the last page to the first."""
        ...

    def confirm_shipment(
        self, shop_id: str, platform_id: str, line_ids: Sequence[str], carrier: str, waybill_number: str
    ) -> None:
        """Tell the shop that these lines left. Not idempotent at the shop: look with ``shipped_numbers`` first.

        Lines that the shop already holds as shipped with this number count as done.
        """
        ...

    def shipped_numbers(self, shop_id: str, platform_id: str) -> tuple[str, ...]:
        """The waybill numbers the shop already has for the order."""
        ...

    def pay_back(
        self,
        shop_id: str,
        platform_id: str,
        reference: str,
        amount_fen: int,
        line_shares: Mapping[str, int],
        reason: str,
    ) -> str:
        """Pay the buyer back, of their own will; returns the refund's id.

        Idempotent by ``reference``: the same one again pays nothing and answers as it did. ``line_shares`` (line id →
        fen) add up to the amount. The buyer may read ``reason``.
        """
        ...

    def change_address(self, shop_id: str, platform_id: str, receiver: Receiver, region: Region) -> None:
        """Give the shop the order's receiver. PartnerRejected when it takes none (any more)."""
        ...

    def decryption_keys(self, shop_id: str) -> Mapping[str, str]:
        """The shop's keys for personal data: version → base64 key."""
        ...


# --- ledger (Kingdee) --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receivable:
    """A receivable in the ledger. ``status``: Z draft | A created | B submitted | C audited | D re-audit."""

    bill_no: str
    status: str
    total_fen: int


class LedgerPartner(Protocol):
    def find(self, bill_no: str) -> Receivable | None: ...

    def save(self, bill_no: str, split: SettlementSplit, shop_id: str, settled_on: str) -> None:
        """Create the receivable. A bill number already used counts as created (look with ``find``)."""
        ...

    def submit(self, bill_no: str) -> None: ...

    def audit(self, bill_no: str) -> None: ...
