"""What packers did, put on record (R44, R53): each result once, however late, whatever its order became meanwhile."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.errors import Rejected, Stale
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.packing import Packed, gifts_in, pieces_of, problems_of
from orderhub.domain.parcel import parcel_of
from orderhub.domain.why import SHOWN_ZONE
from orderhub.ports.orders import AlreadySeen, Change, MessageMark, OrderStore
from orderhub.services.packing import Sees, everything
from orderhub.services.parcels import named
from orderhub.services.park import decision_for, made_fact, requested_fact
from orderhub.services.tasks import retried_when_stale

PARTNER = "packing"
"""Results are marked as seen beside the partners' messages, by their own ids."""

NOT_PACKED = frozenset({"wrong_items", "missed_gift"})
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,39}")
_PHONE = re.compile(r"(?:86)?1[3-9][0-9]{9}")


@dataclass(frozen=True, slots=True)
class PackingResult:
    """What a station says. ``result_id`` is made by it and never used twice. ``outcome``: packed, wrong_item, stopped;
    ``packed_at`` (ms UTC) by its own clock; ``code``: what was scanned when it stopped; ``reason``: why it did."""

    result_id: str
    order_id: str
    parcel: int
    packed: Packed
    packed_at: int
    outcome: str
    code: str = ""
    reason: str = ""


def record(
    results: Sequence[PackingResult], by: str, orders: OrderStore, now: int, sees: Sees = everything
) -> dict[str, Any]:
    """``{"recorded", "results": [{result_id, status, problems, why}]}``, in the order asked; ``by``: a staff id.

    Status: ``recorded``; ``repeated`` (it was before); ``differs`` (recorded, and ``problems`` are on a card
    ``packed_before_change``); ``refused`` (``why``: no_such_order, no_such_parcel, order_unknown); ``again`` (the order
    is busy: send it again). Nothing is counted twice: who is not sure that a batch arrived sends it again.
    """
    said = [_record(one, by, orders, now, sees) for one in results]
    return {"recorded": sum(row["status"] in ("recorded", "differs") for row in said), "results": said}


def _record(result: PackingResult, by: str, orders: OrderStore, now: int, sees: Sees) -> dict[str, Any]:
    try:
        status, problems = retried_when_stale(lambda: _once(result, by, orders, now, sees))
    except Rejected as refused:
        return {"result_id": result.result_id, "status": "refused", "problems": [], "why": refused.code}
    except Stale:
        return {"result_id": result.result_id, "status": "again", "problems": [], "why": "busy"}
    return {"result_id": result.result_id, "status": status, "problems": list(problems), "why": ""}


def _once(result: PackingResult, by: str, orders: OrderStore, now: int, sees: Sees) -> tuple[str, tuple[str, ...]]:
    mark = MessageMark(PARTNER, result.result_id)
    order, parcel = _meant(result, orders, sees)
    try:
        if result.outcome != "packed":
            orders.commit(Change(order, order, now, facts=(_stopped(result, by, now),), message=mark))
            return "recorded", ()
        return _packed(order, parcel, result, by, orders, now, mark)
    except AlreadySeen:
        return "repeated", ()


def _meant(result: PackingResult, orders: OrderStore, sees: Sees) -> tuple[Order, Parcel]:
    order = orders.load(result.order_id)
    if order is None or not sees(order.shop_id):
        raise Rejected("no_such_order", result.order_id)
    if order.snapshot is None:
        raise Rejected("order_unknown", f"the shop has not said yet what {order.order_id} is")
    try:
        return order, parcel_of(order, result.parcel)
    except KeyError:
        raise Rejected("no_such_parcel", f"{order.order_id} has no parcel {result.parcel}") from None


def _packed(
    order: Order, parcel: Parcel, result: PackingResult, by: str, orders: OrderStore, now: int, mark: MessageMark
) -> tuple[str, tuple[str, ...]]:
    """The fact, what the order keeps of it, and a card when it is not as it is wanted: one commit."""
    problems = problems_of(order, parcel, result.packed)
    after = order
    if not NOT_PACKED & set(problems) and not parcel.has(Milestone.SHIPPED):
        after = replace(order, packed={**order.packed, str(parcel.number): result.packed.version})
    fact = Fact(
        FactType.PARCEL_PACKED,
        {
            "fulfillment": parcel.number,
            "packed_by": by,
            "pieces": sum(result.packed.items.values()),
            "pieces_wanted": sum(pieces_of(order, parcel).values()),
            "gifts": result.packed.gifts,
            "gifts_wanted": gifts_in(order, parcel),
            "problems": problems,
            "waited_ms": max(0, now - result.packed_at),
        },
        _instant(order, result, now),
    )
    if not problems:
        over = [card.moot(now, "packed anew") for card in _answered(order, parcel, orders)]
        facts = (fact, *(made_fact(card, now) for card in over))
        orders.commit(Change(order, after, now, facts=facts, made=over, message=mark))
        return "recorded", ()
    cause, which = named(order, result.result_id, parcel)
    card = decision_for(order.order_id, DecisionClass.PACKED_BEFORE_CHANGE, cause, {}, now)
    card = replace(card, evidence=_evidence(result, problems, by) | which)  # ids, codes and instants only
    facts = (fact, requested_fact(card, now))
    orders.commit(Change(order, after, now, facts=facts, decisions=(card,), message=mark))
    return "differs", problems


def _answered(order: Order, parcel: Parcel, orders: OrderStore) -> list[Decision]:
    """Cards that ask for this parcel to be packed anew. Of one packed twice there is another box to be found."""
    _, which = named(order, "", parcel)
    return [
        card
        for card in orders.decisions_of(order.order_id)
        if card.decision_class is DecisionClass.PACKED_BEFORE_CHANGE
        and card.status is DecisionStatus.REQUESTED
        and which.items() <= card.evidence.items()
        and "twice" not in card.evidence["what"].split(",")
    ]


def _evidence(result: PackingResult, problems: Sequence[str], by: str) -> dict[str, str]:
    packed_on = datetime.fromtimestamp(result.packed_at / 1000, UTC) + SHOWN_ZONE
    return {
        "what": ",".join(problems),
        "waybill": safe_code(result.packed.waybill_number),
        "packed_by": by,
        "packed_on": f"{packed_on:%m-%d %H:%M:%S}",
    }


def _stopped(result: PackingResult, by: str, now: int) -> Fact:
    data: dict[str, str | int | bool] = {
        "fulfillment": result.parcel,
        "outcome": result.outcome,
        "reason": result.reason or result.outcome,
        "scanned": safe_code(result.code),
        "stopped_by": by,
        "waited_ms": max(0, now - result.packed_at),
    }
    return Fact(FactType.PACKING_STOPPED, data, min(result.packed_at, now))


def _instant(order: Order, result: PackingResult, now: int) -> int:
    """When it was packed: by the station's clock, within what can be true."""
    return max(order.when(Milestone.PAID) or 0, min(result.packed_at, now))


def safe_code(code: str) -> str:
    """A scanned code as facts may keep it for ever: nothing but a code, and no phone."""
    return code if _CODE.fullmatch(code) and not _PHONE.fullmatch(code) else "unreadable"


def results_from(rows: Sequence[Mapping[str, Any]]) -> list[PackingResult]:
    """Results from a batch's plain values (``contracts.api_packing.PackedParcel``); pieces of a code are summed up."""
    return [
        PackingResult(
            row["result_id"], row["order_id"], row["parcel"],
            Packed(row["version"], row["waybill_number"], _pieces(row["items"]), row["gifts"]),
            row["packed_at"], row["outcome"], row["code"], row["reason"],
        )
        for row in rows
    ]  # fmt: skip


def _pieces(items: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for item in items:
        pieces[item["code"]] = pieces.get(item["code"], 0) + item["quantity"]
    return pieces
