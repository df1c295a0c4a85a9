"""What people and tools see of an order: state, timeline, executions, external ids, money. Nothing personal."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.journey import next_step
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import PER_PARCEL, SCANS, parcels_of
from orderhub.domain.parcel_zone import zone_of
from orderhub.domain.rulepack import RuleKind
from orderhub.ports.orders import OrderStore
from orderhub.services.decision_card import cards
from orderhub.services.explain import explain_order
from orderhub.services.headline import headline_of, version_of
from orderhub.services.order_actions import actions_of
from orderhub.services.show_address_changes import corrections, decided, shown
from orderhub.services.show_freight import freight, freight_borne

FAR = 9_999_999_999_999


def order(order_id: str, orders: OrderStore, now: int) -> dict[str, Any]:
    """One order, whole. Raises Rejected (``no_such_order``)."""
    found = orders.load(order_id)
    if found is None:
        raise Rejected("no_such_order", order_id)
    effects, records = orders.effects_of(order_id), orders.records_of(order_id)
    known, facts = orders.decisions_of(order_id), orders.facts_of(order_id)
    return {
        **_head(found, now),
        "version": version_of(found, effects, now),
        "headline": headline_of(found, known, now),
        "actions": actions_of(found),
        "why": explain_order(found, known),
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "payable_fen": line.payable_fen,
                "is_gift": line.is_gift,
            }
            for line in found.lines
        ],
        "gifts": [
            {
                **asdict(gift),
                "pack": f"{RuleKind.GIFTS.value} v{gift.pack_version}",
                "main_sku": next((line.sku for line in found.lines if line.line_id == gift.line_id), ""),
            }
            for gift in found.gifts
        ],
        "receiver": _masked(found),
        "holds": dict(found.holds),
        "timeline": [
            {"at": fact.occurred_at, "recorded_at": fact.recorded_at, "type": fact.type, "data": fact.data}
            for fact in sorted(facts, key=lambda f: (f.revision, f.number))
        ],
        "executions": {
            "current": found.driver.execution if found.driver else "",
            "epoch": found.driver.epoch if found.driver else 0,
            "waits_in": found.wait.step if found.wait else "",
        },
        "effects": [
            {
                "verb": effect.verb,
                "reference": effect.reference,
                "status": effect.status.value,
                "attempts": effect.attempts,
                "first_at": effect.first_at,
                "updated_at": effect.updated_at,
                "code": effect.outcome.get("code", ""),
                "duration_ms": effect.duration_ms,
            }
            for effect in effects
        ],
        "waybills": [_plain(row) for row in records.get("waybill", [])],
        "address_changes": [
            {**shown(change), "decided": decided(change, known)} for change in orders.address_changes_of(order_id)
        ]
        if found.address_changes
        else [],
        "address_corrections": corrections(found, known, facts),
        "freight": freight(records.get("freight", [])),
        "freight_borne": freight_borne(records.get("freight", [])),
        "transfers": [_plain(row) for row in records.get("transfer", [])],
        "reservations": [_plain(row) for row in records.get("reservation", [])],
        "verdicts": [_verdict(row) for row in records.get("verdict", [])],
        "settlement": next((_plain(row) for row in records.get("settlement", [])), None),
        "decisions": cards(known, orders),
    }


def unfinished(orders: OrderStore, now: int) -> dict[str, Any]:
    """Every order that has not ended, the next to be looked at first."""
    rows = sorted(orders.due(FAR, 1000), key=lambda found: found.check_at)
    return {"orders": [{"order_id": row.order_id, "waits_in": row.wait.step if row.wait else ""} for row in rows]}


def _head(found: Order, now: int) -> dict[str, Any]:
    snapshot = found.snapshot
    return {
        "order_id": found.order_id,
        "channel": found.channel,
        "shop_id": found.shop_id,
        "platform_id": found.platform_id,
        "revision": found.revision,
        "step": next_step(found, now).value,
        "is_finished": found.is_finished,
        "outcome": _outcome(found),
        "at": dict(found.at),
        "close_reason": found.close_reason,
        "waiting_for": found.waiting_for,
        "warehouse": found.warehouse,
        "carrier": found.carrier,
        "waybill_number": found.waybill_number,
        "number_source": found.number_source,
        "parcels": [_parcel(found, parcel) for parcel in parcels_of(found)],
        "amounts": {
            "goods_fen": snapshot.amounts.goods_fen,
            "freight_fen": snapshot.amounts.freight_fen,
            "discount_fen": snapshot.amounts.discount_fen,
            "payable_fen": snapshot.amounts.payable_fen,
            "paid_fen": snapshot.amounts.paid_fen,
            "refunded_fen": sum(found.refunds.values()),
        }
        if snapshot
        else None,
    }


def _parcel(order: Order, parcel: Parcel) -> dict[str, Any]:
    return {
        "number": parcel.number,
        "warehouse": parcel.warehouse,
        "line_ids": list(parcel.line_ids),
        "carrier": parcel.carrier,
        "waybill_number": parcel.waybill_number,
        "number_source": parcel.number_source,
        "zone": zone_of(order, parcel).value,
        "at": {m.value: parcel.at[m.value] for m in (*PER_PARCEL, *SCANS) if m.value in parcel.at},
    }


def _outcome(found: Order) -> str:
    if found.has(Milestone.SETTLED):
        return "completed"
    return "cancelled" if found.has(Milestone.CLOSED) else "open"


def _masked(found: Order) -> dict[str, Any]:
    shown = found.receiver
    if shown is None:
        return {}
    return {
        "name": shown.masked_name,
        "phone": shown.masked_phone,
        "province": shown.region.province,
        "city": shown.region.city,
        "district": shown.region.district,
    }


_HIDDEN = frozenset({"pk", "sk", "gsi1pk", "gsi1sk", "entity", "schema_version"})


def _verdict(row: Mapping[str, object]) -> dict[str, object]:
    """With the input it was judged by, as an object."""
    return {**_plain(row), "input": json.loads(str(row["input"]))}


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if key not in _HIDDEN}
