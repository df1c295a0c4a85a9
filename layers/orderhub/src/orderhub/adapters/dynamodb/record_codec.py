"""The items beside an order: facts, decisions, verdicts, waybills, settlement … as plain values."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.address_change_codec import change_values
from orderhub.domain.address_change import ChangeOfAddress
from orderhub.domain.address_measures import COUNTED
from orderhub.domain.backfill import NumberSearch, Source
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.freight import FreightEntry
from orderhub.domain.order import Order
from orderhub.domain.records import (
    Fulfillment,
    PhoneEntry,
    Settlement,
    StockTransfer,
    StoredFact,
    TransferStatus,
    Verdict,
    WaybillReference,
    WaybillStatus,
    WaybillVersion,
)
from orderhub.domain.waybill_content import CACHED_KEPT
from orderhub.ports.orders import Origin, Record

PHONE_TTL_DAYS = 8


def fact_values(order: Order, fact: Fact, number: int, origin: Origin, now: int) -> dict[str, object]:
    """A fact as an item below its order."""
    return {
        "pk": keys.order_pk(order.order_id),
        "sk": keys.fact_sk(order.revision, number),
        "entity": "fact",
        "schema_version": 1,
        "order_id": order.order_id,
        "revision": order.revision,
        "number": number,
        "type": fact.type.value,
        "data": dict(fact.data),
        "occurred_at": fact.occurred_at,
        "updated_at": now,
        "correlation_id": origin.correlation_id or None,
        "causation_id": origin.causation_id or None,
        "hops": origin.hops or None,
        **_found_by(order.order_id, fact.type, now),
    }


def _found_by(order_id: str, fact: FactType, now: int) -> dict[str, object]:
    """The place in the index of a fact that is counted (``counted_facts``); the others stand in none."""
    if fact is FactType.ORDER_PLACED:
        partition = keys.placed_pk(keys.day_of(now), keys.placed_shard_of(order_id))
    elif fact in COUNTED:
        partition = keys.counted_pk(keys.day_of(now))
    else:
        return {}
    return {"gsi1pk": partition, "gsi1sk": keys.recorded_sk(now, order_id)}


def fact_from(values: Mapping[str, Any]) -> StoredFact:
    return StoredFact(
        order_id=values["order_id"],
        revision=values["revision"],
        number=values["number"],
        type=values["type"],
        data=values["data"],
        occurred_at=values["occurred_at"],
        recorded_at=values["updated_at"],
        correlation_id=values.get("correlation_id", ""),
        causation_id=values.get("causation_id", ""),
        hops=values.get("hops", 0),
    )


def record_values(order: Order, record: Record, number: int, now: int) -> dict[str, object]:
    """Any record beside the order, with its key. ``number`` tells several of one kind in one commit apart."""
    base: dict[str, object] = {
        "pk": keys.order_pk(order.order_id),
        "schema_version": 1,
        "revision": order.revision,
        "updated_at": now,
    }
    match record:
        case Verdict():
            day, at = keys.judged_index(record.judged_at, order.order_id)
            key = {"sk": keys.verdict_sk(order.revision, number), "entity": "verdict", "gsi1pk": day, "gsi1sk": at}
            return base | key | _verdict_values(record)
        case WaybillVersion():
            return base | _waybill_values(record)
        case FreightEntry():
            key = {"sk": keys.freight_sk(record.kind.value, record.cause), "entity": "freight"}
            return base | asdict(record) | key | {"kind": record.kind.value}
        case Fulfillment():
            key = {"sk": keys.fulfillment_sk(record.number), "entity": "fulfillment"}
            return base | asdict(record) | key | {"updated_at": now}
        case ChangeOfAddress():
            return base | change_values(record)
        case StockTransfer():
            return base | _transfer_values(record)
        case NumberSearch():
            return base | _search_values(record)
        case Settlement():
            key = {"sk": keys.settlement_sk(), "entity": "settlement"}
            return base | key | _settlement_values(record)
        case PhoneEntry():
            expires = record.placed_at // 1000 + PHONE_TTL_DAYS * 86_400
            return base | {
                "pk": keys.phone_pk(record.digest),
                "sk": keys.phone_sk(record.placed_at, order.order_id),
                "entity": "phone",
                "order_id": order.order_id,
                "placed_at": record.placed_at,
                "expires_on": expires,
            }
        case WaybillReference():
            return base | {
                "pk": keys.waybill_ref_pk(record.carrier, record.number),
                "sk": keys.REF_SK,
                "entity": "ref",
                "order_id": order.order_id,
            }


def _waybill_values(waybill: WaybillVersion) -> dict[str, object]:
    """Every pushed version is kept; of the cached ones the latest, each in the place of one that is too old."""
    sk = keys.waybill_sk(waybill.fulfillment, waybill.version)
    if waybill.track == "cached":
        sk = keys.cached_waybill_sk(waybill.fulfillment, waybill.version % CACHED_KEPT)
    values = {name: getattr(waybill, name) for name in _WAYBILL_FIELDS}
    return values | {
        "sk": sk,
        "entity": "waybill",
        "status": waybill.status.value,
        "routing": dict(waybill.routing),
        "parts": dict(waybill.parts),
    }


_WAYBILL_FIELDS = (
    "fulfillment", "version", "carrier", "reference", "number", "track", "content_version", "issued_at",
    "content_digest",
)  # fmt: skip


def waybill_from(values: Mapping[str, Any]) -> WaybillVersion:
    return WaybillVersion(
        **{name: values.get(name, "") for name in _WAYBILL_FIELDS},
        status=WaybillStatus(values["status"]),
        routing=values.get("routing", {}),
        parts=values.get("parts", {}),
    )


def _verdict_values(verdict: Verdict) -> dict[str, object]:
    """The input is kept as one JSON text: it is read back whole, by explanations and back-tests."""
    return {
        "input": json.dumps(verdict.input, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        "evaluations": [asdict(one) | {"kind": one.kind.value} for one in verdict.evaluations],
        "outcome": verdict.outcome,
        "reasons": verdict.reasons,
        "judged_at": verdict.judged_at,
    }


def _transfer_values(transfer: StockTransfer) -> dict[str, object]:
    """Only an open one stands in the index that ``follow_transfers`` reads."""
    index = keys.transfer_index_sk(transfer.requested_at, transfer.reference)
    return asdict(transfer) | {
        "sk": keys.transfer_sk(transfer.number),
        "entity": "transfer",
        "gsi1pk": keys.TRANSFERS_PK if transfer.is_open else None,
        "gsi1sk": index if transfer.is_open else None,
        "status": transfer.status.value,
        "transfer_no": transfer.transfer_no or None,
    }


def transfer_from(values: Mapping[str, Any]) -> StockTransfer:
    return StockTransfer(
        number=values["number"],
        order_id=values["order_id"],
        reference=values["reference"],
        from_warehouse=values["from_warehouse"],
        to_warehouse=values["to_warehouse"],
        items=values["items"],
        status=TransferStatus(values["status"]),
        content_version=values["content_version"],
        requested_at=values["requested_at"],
        due_at=values["due_at"],
        transfer_no=values.get("transfer_no", ""),
    )


def _search_values(search: NumberSearch) -> dict[str, object]:
    """Only one with which something is to be done stands in the index, with whoever does it."""
    turn, place = keys.search_index(search.stands_with, search.stands_at, search.order_id, search.fulfillment)
    return {
        "order_id": search.order_id,
        "fulfillment": search.fulfillment,
        "left_at": search.left_at,
        "heard_at": search.heard_at,
        "said_by": search.said_by,
        "ask_at": search.ask_at,
        "outcome": search.outcome,
        "sk": keys.search_sk(search.fulfillment),
        "entity": "number_search",
        "gsi1pk": turn if search.stands_with else None,
        "gsi1sk": place if search.stands_with else None,
        "turn": search.turn.value,
        "asked": dict(search.asked),
    }


def search_from(values: Mapping[str, Any]) -> NumberSearch:
    return NumberSearch(
        order_id=values["order_id"],
        fulfillment=values["fulfillment"],
        left_at=values["left_at"],
        heard_at=values["heard_at"],
        said_by=values["said_by"],
        turn=Source(values["turn"]),
        ask_at=values["ask_at"],
        asked=values["asked"],
        outcome=values["outcome"],
    )


def _settlement_values(settlement: Settlement) -> dict[str, object]:
    return {
        "bill_no": settlement.bill_no,
        "paid_fen": settlement.split.paid_fen,
        "refunded_fen": settlement.split.refunded_fen,
        "receivable_fen": settlement.split.receivable_fen,
        "settled_at": settlement.settled_at,
        "entries": [asdict(entry) | {"kind": entry.kind.value} for entry in settlement.split.entries],
    }
