"""What is kept beside an order: verdicts, waybill versions, the phone window, message marks, the settlement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from orderhub.domain.rulepack import Evaluation, RuleKind
from orderhub.domain.settlement import SettlementSplit


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement, final: its full input, which version of each pack judged, what matched and why (R9, R27)."""

    input: Mapping[str, Any]  # as ``rules.schema`` publishes it
    evaluations: tuple[Evaluation, ...]
    outcome: str  # pass | hold
    reasons: tuple[str, ...]
    judged_at: int


@dataclass(frozen=True, slots=True)
class JudgedInput:
    """A verdict as a back-test reads it: its input as the JSON text it was stored as, and of every kind that was
    asked the rows that matched then, as (row id, what it says)."""

    order_id: str
    judged_at: int
    input: str
    said: Mapping[RuleKind, tuple[tuple[str, Mapping[str, Any]], ...]]


class WaybillStatus(StrEnum):
    """What is known of a waybill version at its carrier. Of one parcel at most one is anything but void or refused."""

    UNKNOWN = "unknown"  # asked for and not answered: it may live, or come alive
    REFUSED = "refused"
    LIVE = "live"
    VOIDING = "voiding"  # to be void, and not confirmed
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class WaybillVersion:
    """One version of a parcel's waybill (面单), of one of the two tracks (双轨面单).

    ``pushed``: what the carrier holds; its version is part of the reference. ``cached``: what the hub wants; its
    version is the order's ``content_version``. ``parts``: field → digest, ``content_digest``: of all of them, so that
    any two can be compared (``waybill_content.compare``) and none be read.
    """

    fulfillment: int
    version: int
    carrier: str
    reference: str
    number: str
    track: str  # pushed | cached
    status: WaybillStatus
    content_version: int
    routing: Mapping[str, str]
    issued_at: int
    content_digest: str = ""
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """One parcel from one warehouse (发货单)."""

    number: int
    warehouse: str
    line_ids: tuple[str, ...]
    status: str
    updated_at: int


class TransferStatus(StrEnum):
    """Where a stock transfer stands. The first two are open."""

    WANTED = "wanted"  # the stock is held for it; the WMS has not confirmed it
    UNDER_WAY = "under_way"
    RECEIVED = "received"
    DROPPED = "dropped"  # the order did not want it any more before it was confirmed
    ENDED = "ended"  # refused, cancelled at the WMS, or the order ended while the goods were on their way


@dataclass(frozen=True, slots=True)
class StockTransfer:
    """Goods moved between warehouses for one order (调拨). ``reference`` is ours and never used twice."""

    number: int
    order_id: str
    reference: str
    from_warehouse: str
    to_warehouse: str
    items: Mapping[str, int]  # SKU → pieces
    status: TransferStatus
    content_version: int
    requested_at: int
    due_at: int
    transfer_no: str = ""  # the WMS's own number

    @property
    def is_open(self) -> bool:
        return self.status in (TransferStatus.WANTED, TransferStatus.UNDER_WAY)


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """One order in a phone's rolling window; the phone itself is only a keyed digest."""

    digest: str
    placed_at: int


@dataclass(frozen=True, slots=True)
class WaybillReference:
    """From a carrier's number back to the order."""

    carrier: str
    number: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """The order's money, split, as booked."""

    bill_no: str
    split: SettlementSplit
    settled_at: int


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact with its place: event_id is ``<order_id>:<revision>:<n>``."""

    order_id: str
    revision: int
    number: int
    type: str
    data: Mapping[str, object]
    occurred_at: int
    recorded_at: int
    correlation_id: str
    causation_id: str
    hops: int

    @property
    def event_id(self) -> str:
        return f"{self.order_id}:{self.revision}:{self.number}"
