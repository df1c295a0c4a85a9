"""What a cell of the comparison of systems is, what it is made of, and how values are written in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from orderhub.domain.address_change import ChangeOfAddress, ChangeStatus
from orderhub.domain.effect import Effect
from orderhub.domain.order import Correction, Milestone, Order, OrderLine, Parcel, Region, Snapshot
from orderhub.domain.records import WaybillVersion

type Words = tuple[str, str]
"""The same in Chinese and in English."""

SHOP, HUB, WMS, CARRIER, LEDGER = "shop", "hub", "wms", "carrier", "ledger"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one system has. ``value`` None: ``unknown`` says why. ``at``, ``since``: ms UTC, 0 where nobody said."""

    value: Words | None = None
    at: int = 0
    is_owner: bool = False
    differs: Words | None = None
    since: int = 0
    unknown: Words | None = None

    def owning(self) -> "Cell":
        """The same, of the system whose value counts."""
        return replace(self, is_owner=True)

    def differing(self, why: Words, since: int) -> "Cell":
        """The same, marked as different from the one that counts."""
        return replace(self, differs=why, since=since)


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one order and the systems around it. ``settlement``: the stored item, as plain values."""

    order: Order
    effects: tuple[Effect, ...] = ()
    waybills: tuple[WaybillVersion, ...] = ()
    changes: tuple[ChangeOfAddress, ...] = ()
    settlement: Mapping[str, object] | None = None

    @property
    def said(self) -> Snapshot:
        """What the shop says. Raises ValueError for an order that is not known yet."""
        if self.order.snapshot is None:
            raise ValueError(f"{self.order.order_id} is not known yet")
        return self.order.snapshot

    @property
    def change(self) -> ChangeOfAddress | None:
        """The last change of address that counts: one that was replaced by another does not."""
        counting = [one for one in self.changes if one.status is not ChangeStatus.SUPERSEDED]
        return counting[-1] if counting else None

    def effect(self, verb: str, reference: str) -> Effect | None:
        return next((one for one in self.effects if (one.verb, one.reference) == (verb, reference)), None)

    def pushed(self, parcel: Parcel) -> WaybillVersion | None:
        """The newest version of the parcel's waybill that the carrier was asked for."""
        own = [one for one in self.waybills if one.track == "pushed" and one.fulfillment == parcel.number]
        return max(own, key=lambda one: one.version, default=None)

    def wanted_at(self, parcel: Parcel, content_version: int) -> WaybillVersion | None:
        """What the parcel's label was to show at this version of the content, while that is still kept."""
        own = (one for one in self.waybills if one.track == "cached" and one.fulfillment == parcel.number)
        return next((one for one in own if one.version == content_version), None)


def alike(value: Words, at: int) -> Cell:
    """A known value that differs from nothing."""
    return Cell(value, at)


def unknown(why: Words, at: int = 0) -> Cell:
    """Nothing is known here, and why."""
    return Cell(unknown=why, at=at)


def receiver_text(shown: Snapshot | Correction, region: Region) -> Words:
    """浙江省 杭州市 西湖区 *** · 张* 138****0001: the region, the rest masked."""
    place = " ".join(filter(None, (region.province, region.city, region.district)))
    text = f"{place} *** · {shown.masked_name} {shown.masked_phone}".strip()
    return text, text


def goods_text(lines: Iterable[OrderLine]) -> str:
    """ZP-2026-01 ×1, FP-001 ×2"""
    return ", ".join(f"{line.sku} ×{line.quantity}" for line in lines)


def yuan(fen: int) -> str:
    """¥1,299.00"""
    return f"{'-' if fen < 0 else ''}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


_OWN: tuple[tuple[Milestone, Words], ...] = (
    (Milestone.SETTLED, ("已完成", "completed")),
    (Milestone.CLOSED, ("已关闭", "closed")),
    (Milestone.CANCELLED, ("取消中", "being cancelled")),
    (Milestone.DELIVERED, ("已签收", "delivered")),
    (Milestone.SHIPPED, ("已出库", "shipped")),
    (Milestone.LABELLED, ("已出面单", "labelled")),
    (Milestone.DISPATCHED, ("已下发仓库", "dispatched")),
    (Milestone.ASSESSED, ("已评估", "assessed")),
    (Milestone.PAID, ("已付款", "paid")),
    (Milestone.RESERVED, ("已锁定库存", "reserved")),
    (Milestone.PLACED, ("已下单", "placed")),
)


def hub_state(known: Known) -> Cell:
    """How far the hub has the order; a held one says so."""
    order = known.order
    milestone, words = next(((m, w) for m, w in _OWN if order.has(m)), (Milestone.PLACED, ("刚收到", "just heard of")))
    at = order.when(milestone) or 0
    if order.holds and not order.is_finished:
        words = f"冻结 · {words[0]}", f"held · {words[1]}"
    return alike(words, at)
