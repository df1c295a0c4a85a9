"""What stands on a parcel's label (面单, R31, R39): computed from the order, its gifts and its waybill, never kept.

The line at the bottom and the sticker are two artefacts of one gift (R32): the line is printed, the sticker's place is
drawn. A label whose parcel must not leave shows why and carries no code that a scanner could read.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from orderhub.domain.gifts import LABEL_HEIGHT_MM, LABEL_WIDTH_MM
from orderhub.domain.label_text import clean, foreign, is_cut, phone
from orderhub.domain.order import Gift, Milestone, Order, OrderLine, Parcel, Receiver, Region
from orderhub.domain.parcel import gifts_of, lines_of, parcel_of, parcels_of
from orderhub.domain.sender import Sender

CARRIER_NAMES: Mapping[str, str] = {"sf": "顺丰速运", "ems": "中国邮政EMS", "kuaidiniao": "快递鸟"}

LONGEST_NAME, LONGEST_REGION, LONGEST_DETAIL, LONGEST_NOTE = 40, 40, 120, 60
LONGEST_GOODS, LONGEST_GIFT_LINE = 40, 60

_ROUTES = ("destRouteLabel", "MarkDestination", "routeCode")
"""Where carriers say the big code for sorting: SF (sheet §4.1), 快递鸟 (大头笔), EMS (§4, 020003)."""
_PORTS = ("codingMapping", "SortingCode")
_PRODUCTS = ("proCode", "limitTypeCode")

_NUMBER = re.compile(r"[0-9A-Za-z]{8,28}")  # as Code 128 in bars of two dots or more
_TWO_DIMENSION = re.compile(r"[\x20-\x7e]{1,300}")


class LabelState(StrEnum):
    """Whether a parcel may leave with this label, and if not, why."""

    LIVE = "live"
    NOT_ISSUED = "not_issued"  # no waybill yet: a preview
    UNSETTLED = "unsettled"  # the carrier has not confirmed what it was asked
    OUTDATED = "outdated"  # the carrier holds something else than what is wanted now
    VOIDED = "voided"
    HELD = "held"  # a decision stops the order
    CANCELLED = "cancelled"
    MASKED = "masked"  # the receiver is hidden: to be looked at, for no parcel


@dataclass(frozen=True, slots=True)
class LabelWaybill:
    """A waybill version as the label needs it; ``routing`` in the carrier's words (SF sheet §4.1 routeLabelData).
    ``is_current``: the carrier holds what is wanted now."""

    number: str
    version: int
    carrier: str
    status: str
    routing: Mapping[str, str]
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class LabelParty:
    """Sender or receiver as printed. Personal data, in clear."""

    name: str
    phone: str
    region: str
    detail: str

    def __repr__(self) -> str:
        return "LabelParty(…)"


@dataclass(frozen=True, slots=True)
class LabelGoods:
    name: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LabelSticker:
    """A sticker to be put on: its centre in mm from the top left of a 100 × 150 label."""

    caption: str
    x_mm: int
    y_mm: int


@dataclass(frozen=True, slots=True)
class LabelMarks:
    """What the carrier allotted. Empty texts on a label that is not live; ``scanned`` is what the QR holds."""

    number: str = ""
    version: int = 0
    route: str = ""
    port: str = ""
    product: str = ""
    scanned: str = ""


@dataclass(frozen=True, slots=True)
class LabelContent:
    """A whole label, every text harmless and of bounded length. ``cut``: the fields that lost their ends."""

    order_id: str
    parcel: int
    parcels: int
    state: LabelState
    carrier: str
    carrier_name: str
    receiver: LabelParty
    sender: LabelParty
    goods: tuple[LabelGoods, ...]
    note: str
    gifts: tuple[str, ...]
    stickers: tuple[LabelSticker, ...]
    marks: LabelMarks
    cut: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether a parcel may leave with it."""
        return self.state is LabelState.LIVE

    @property
    def pieces(self) -> int:
        return sum(line.quantity for line in self.goods)


def label_of(
    order: Order, parcel_number: int, receiver: Receiver, sender: Sender, waybill: LabelWaybill | None
) -> LabelContent:
    """The label of a parcel as it is to be now; ``waybill`` is its newest version, None before there is one.

    Raises KeyError for a parcel the order has not, ValueError for an unknown order and for a live waybill whose
    number no scanner could read back.
    """
    parcel = parcel_of(order, parcel_number)
    state = state_of(order, parcel, waybill)
    to, by = _receiver(receiver, order.region), _sender(sender)
    gifts = gifts_of(order, parcel)
    carrier = waybill.carrier if waybill else parcel.carrier
    lines = tuple(_goods(line) for line in lines_of(order, parcel))
    note = foreign(receiver.note, LONGEST_NOTE)
    shown = {"receiver.name": to.name, "receiver.detail": to.detail, "note": note, "sender.detail": by.detail}
    return LabelContent(
        order_id=order.order_id,
        parcel=parcel_number,
        parcels=len(parcels_of(order)),
        state=state,
        carrier=carrier,
        carrier_name=_carrier_name(carrier, waybill.routing if waybill else {}),
        receiver=to,
        sender=by,
        goods=lines,
        note=note,
        gifts=tuple(clean(gift.waybill_line, LONGEST_GIFT_LINE) for gift in gifts),
        stickers=tuple(_sticker(gift) for gift in gifts if gift.sticker.position),
        marks=_marks(waybill) if waybill and state is LabelState.LIVE else LabelMarks(),
        cut=tuple(name for name, text in shown.items() if is_cut(text)),
    )


def for_looking(content: LabelContent) -> LabelContent:
    """A label of a masked receiver: never live, so it carries nothing that a scanner could read."""
    state = LabelState.MASKED if content.is_live else content.state
    return replace(content, state=state, marks=LabelMarks())


def state_of(order: Order, parcel: Parcel, waybill: LabelWaybill | None) -> LabelState:
    """Whether this parcel may leave. Of one that has left, only its waybill counts: its label is history."""
    if not parcel.has(Milestone.SHIPPED):
        if order.has(Milestone.CANCELLED) or order.has(Milestone.CLOSED) or parcel.is_called_off:
            return LabelState.CANCELLED
        if order.holds:
            return LabelState.HELD
    if waybill is None:
        return LabelState.NOT_ISSUED
    if waybill.status == "voided":
        return LabelState.VOIDED
    if waybill.status != "live" or not waybill.number:
        return LabelState.UNSETTLED
    is_behind = order.relabel or not waybill.is_current
    return LabelState.OUTDATED if is_behind and not parcel.has(Milestone.SHIPPED) else LabelState.LIVE


def label_digest(content: LabelContent) -> str:
    """SHA-256 (hex) over what the hub wants on the label: all but the carrier's marks and the state.

    Two labels with the same digest differ at most in number, version and routing. It is made of personal data without
    a key, so it may be shown to whoever sees the label, and stands in no fact, event or log.
    """
    wanted = {k: v for k, v in asdict(content).items() if k not in ("marks", "state", "cut")}
    canonical = json.dumps(wanted, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"label/1\n{canonical}".encode()).hexdigest()


def _carrier_name(carrier: str, routing: Mapping[str, str]) -> str:
    """Who drives the van: of a label bought through 快递鸟 the carrier behind it (``ShipperCode``)."""
    code = routing.get("ShipperCode", carrier).lower()
    return CARRIER_NAMES.get(code) or clean(code.upper(), 12) or "承运商待定"


def _first(routing: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((routing[name] for name in names if routing.get(name)), "")


def _receiver(receiver: Receiver, region: Region) -> LabelParty:
    place = foreign(f"{region.province} {region.city} {region.district}", LONGEST_REGION)
    name, detail = foreign(receiver.name, LONGEST_NAME), foreign(receiver.detail, LONGEST_DETAIL)
    return LabelParty(name, phone(receiver.phone), place, detail)


def _sender(sender: Sender) -> LabelParty:
    place = clean(f"{sender.province} {sender.city} {sender.district}", LONGEST_REGION)
    name = clean(f"{sender.company} {sender.name}", LONGEST_NAME)
    return LabelParty(name, phone(sender.phone), place, clean(sender.detail, LONGEST_DETAIL))


def _goods(line: OrderLine) -> LabelGoods:
    return LabelGoods(foreign(line.name or line.sku, LONGEST_GOODS), foreign(line.sku, 32), line.quantity)


def _sticker(gift: Gift) -> LabelSticker:
    x, y = gift.sticker.x_mm, gift.sticker.y_mm
    return LabelSticker(clean(gift.code, 12), max(0, min(LABEL_WIDTH_MM, x)), max(0, min(LABEL_HEIGHT_MM, y)))


def _marks(waybill: LabelWaybill) -> LabelMarks:
    """A two-dimensional code that does not speak of this very number is not printed: the number is."""
    if not _NUMBER.fullmatch(waybill.number):
        raise ValueError("a waybill number of unknown form cannot be printed as a code")
    routing = waybill.routing
    code = routing.get("twoDimensionCode", "")
    is_ours = bool(_TWO_DIMENSION.fullmatch(code)) and waybill.number in code
    return LabelMarks(
        number=waybill.number,
        version=waybill.version,
        route=clean(_first(routing, _ROUTES), 24),
        port=clean(_first(routing, _PORTS), 12),
        product=clean(_first(routing, _PRODUCTS), 8),
        scanned=code if is_ours else waybill.number,
    )
