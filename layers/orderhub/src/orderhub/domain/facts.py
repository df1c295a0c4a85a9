"""Facts: what has become true about an order, named in the past tense.

A fact is written in the same transaction as what made it true (outbox), and published afterwards on the bus
as `source` = `orderhub.<context>`, `detail-type` = its type. The shape of `data` per type is the catalogue,
`events/<context>/<Fact>.v1.schema.json`: ids, codes, counts and amounts in fen, never a name, phone, address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

type FactScalar = str | int | bool
type FactValue = FactScalar | tuple[FactScalar | Mapping[str, FactScalar], ...]

SOURCE_PREFIX = "orderhub."

MAX_HOPS = 20
"""A fact that more facts than this led to is going round in circles: it is parked, not published."""


class FactType(StrEnum):
    """Every fact of the hub, by the name it is published under."""

    ORDER_PLACED = "OrderPlaced"
    ORDER_CHANGED = "OrderChanged"
    ORDER_PAID = "OrderPaid"
    ORDER_JUDGED = "OrderJudged"
    ORDER_HELD = "OrderHeld"
    ORDER_CANCELLED = "OrderCancelled"
    ORDER_SETTLED = "OrderSettled"

    ADDRESS_CHANGE_REQUESTED = "AddressChangeRequested"
    ADDRESS_CHANGE_JUDGED = "AddressChangeJudged"
    ADDRESS_CHANGED = "AddressChanged"
    ADDRESS_CHANGE_ENDED = "AddressChangeEnded"
    PERSONAL_DATA_REVEALED = "PersonalDataRevealed"
    BUYER_LINK_MADE = "BuyerLinkMade"

    DECISION_REQUESTED = "DecisionRequested"
    DECISION_MADE = "DecisionMade"
    DECISION_DEFERRED = "DecisionDeferred"
    DECISION_UNDONE = "DecisionUndone"
    DECISION_EXPIRED = "DecisionExpired"

    STOCK_RESERVED = "StockReserved"
    STOCK_RESERVATION_EXPIRED = "StockReservationExpired"
    STOCK_RELEASED = "StockReleased"
    TRANSFER_REQUESTED = "TransferRequested"
    TRANSFER_RECEIVED = "TransferReceived"

    GIFT_GRANTED = "GiftGranted"
    GIFT_REMOVED = "GiftRemoved"

    FULFILLMENT_DISPATCHED = "FulfillmentDispatched"
    FULFILLMENT_SHIPPED = "FulfillmentShipped"
    FULFILLMENT_DELIVERED = "FulfillmentDelivered"
    FULFILLMENT_ZONE_CHANGED = "FulfillmentZoneChanged"
    FULFILLMENT_TURNED = "FulfillmentTurned"
    FULFILLMENT_BACK_AT_SENDER = "FulfillmentBackAtSender"
    PICKUP_SCHEDULED = "PickupScheduled"
    WAYBILL_ISSUED = "WaybillIssued"
    WAYBILL_OVERWRITTEN = "WaybillOverwritten"
    WAYBILL_VOIDED = "WaybillVoided"
    WAYBILL_NUMBER_MISSING = "WaybillNumberMissing"
    WAYBILL_NUMBER_FILLED = "WaybillNumberFilled"
    LABEL_RENDERED = "LabelRendered"
    PICKUP_REQUESTED = "PickupRequested"
    PARCEL_PACKED = "ParcelPacked"
    PACKING_STOPPED = "PackingStopped"

    ALERT_RAISED = "AlertRaised"
    ALERT_ACKNOWLEDGED = "AlertAcknowledged"

    PARTNER_DEGRADED = "PartnerDegraded"

    RULE_PACK_CHANGED = "RulePackChanged"

    RECEIPT_CONFIRMED = "ReceiptConfirmed"
    SHIPMENT_CONFIRMED = "ShipmentConfirmed"
    REFUND_REQUESTED = "RefundRequested"
    REFUND_PAID = "RefundPaid"
    PLATFORM_EVENT_KEPT = "PlatformEventKept"

    @property
    def context(self) -> str:
        """The part of the business that speaks this fact, e.g. `stock`; its folder in the catalogue."""
        return _CONTEXT_OF[self]

    @property
    def source(self) -> str:
        """The event source it is published under, e.g. `orderhub.stock`."""
        return SOURCE_PREFIX + self.context

    @property
    def wakes_driver(self) -> bool:
        """True when it changes what the order should do next and may come from outside the running task.

        What the driver itself has just done (reserved, dispatched, issued, settled) wakes nobody.
        """
        return self in _WAKING


_FACTS_OF_CONTEXT: Mapping[str, frozenset[FactType]] = {
    "order": frozenset(
        {
            FactType.ORDER_PLACED,
            FactType.ORDER_CHANGED,
            FactType.ORDER_PAID,
            FactType.ORDER_JUDGED,
            FactType.ORDER_HELD,
            FactType.ORDER_CANCELLED,
            FactType.ORDER_SETTLED,
            FactType.ADDRESS_CHANGE_REQUESTED,
            FactType.ADDRESS_CHANGE_JUDGED,
            FactType.ADDRESS_CHANGED,
            FactType.ADDRESS_CHANGE_ENDED,
            FactType.PERSONAL_DATA_REVEALED,
            FactType.BUYER_LINK_MADE,
        }
    ),
    "decision": frozenset(
        {
            FactType.DECISION_REQUESTED,
            FactType.DECISION_MADE,
            FactType.DECISION_DEFERRED,
            FactType.DECISION_UNDONE,
            FactType.DECISION_EXPIRED,
        }
    ),
    "stock": frozenset(
        {
            FactType.STOCK_RESERVED,
            FactType.STOCK_RESERVATION_EXPIRED,
            FactType.STOCK_RELEASED,
            FactType.TRANSFER_REQUESTED,
            FactType.TRANSFER_RECEIVED,
        }
    ),
    "gift": frozenset({FactType.GIFT_GRANTED, FactType.GIFT_REMOVED}),
    "fulfillment": frozenset(
        {
            FactType.FULFILLMENT_DISPATCHED,
            FactType.FULFILLMENT_SHIPPED,
            FactType.FULFILLMENT_DELIVERED,
            FactType.FULFILLMENT_ZONE_CHANGED,
            FactType.FULFILLMENT_TURNED,
            FactType.FULFILLMENT_BACK_AT_SENDER,
            FactType.PICKUP_SCHEDULED,
            FactType.WAYBILL_ISSUED,
            FactType.WAYBILL_OVERWRITTEN,
            FactType.WAYBILL_VOIDED,
            FactType.WAYBILL_NUMBER_MISSING,
            FactType.WAYBILL_NUMBER_FILLED,
            FactType.LABEL_RENDERED,
            FactType.PICKUP_REQUESTED,
            FactType.PARCEL_PACKED,
            FactType.PACKING_STOPPED,
        }
    ),
    "alert": frozenset({FactType.ALERT_RAISED, FactType.ALERT_ACKNOWLEDGED}),
    "partner": frozenset({FactType.PARTNER_DEGRADED}),
    "rules": frozenset({FactType.RULE_PACK_CHANGED}),
    "shop": frozenset(
        {
            FactType.RECEIPT_CONFIRMED,
            FactType.SHIPMENT_CONFIRMED,
            FactType.REFUND_REQUESTED,
            FactType.REFUND_PAID,
            FactType.PLATFORM_EVENT_KEPT,
        }
    ),
}
_CONTEXT_OF = {fact: context for context, facts in _FACTS_OF_CONTEXT.items() for fact in facts}

_WAKING = frozenset(
    {
        FactType.ORDER_PLACED,
        FactType.ORDER_PAID,
        FactType.ORDER_HELD,
        FactType.ORDER_CANCELLED,
        FactType.ADDRESS_CHANGE_REQUESTED,
        FactType.ADDRESS_CHANGE_JUDGED,
        FactType.DECISION_MADE,
        FactType.TRANSFER_RECEIVED,
        FactType.FULFILLMENT_SHIPPED,
        FactType.FULFILLMENT_TURNED,
        FactType.FULFILLMENT_DELIVERED,
        FactType.WAYBILL_NUMBER_MISSING,
        FactType.WAYBILL_NUMBER_FILLED,
        FactType.RECEIPT_CONFIRMED,
        FactType.REFUND_PAID,
    }
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that became true, before it has an id: storing it adds order id, revision and number.

    `occurred_at` is epoch milliseconds UTC: the partner's own time where the partner says it, else the hub's.
    """

    type: FactType
    data: Mapping[str, FactValue]
    occurred_at: int
