"""The pending-decision queue (待决策队列): listed by nearest deadline, filtered, page by page."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.domain.decision import REGISTRY, Decision, DecisionClass, DecisionStatus
from orderhub.domain.errors import Rejected
from orderhub.ports.orders import OrderStore
from orderhub.services.decision_card import cards

MOST = 200
_READ_AT_ONCE = 100
_READS = 10
_POSITION = re.compile(r"\d{13}[#!][A-Za-z0-9_.,~-]{1,200}")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cards: each field narrows, empty means any. ``cause`` is the one that cards show."""

    decision_class: str = ""
    owner: str = ""
    order_id: str = ""
    cause: str = ""
    limit: int = 100
    cursor: str = ""

    def allows(self, decision: Decision) -> bool:
        return (
            self.decision_class in ("", decision.decision_class.value)
            and self.owner in ("", decision.kind.owner)
            and self.order_id in ("", decision.order_id)
            and self.cause in ("", decision.group[1])
        )


def listed(wanted: Filter, orders: OrderStore) -> dict[str, Any]:
    """``{"decisions": [card …], "cursor": …}``, nearest deadline first; the cursor is empty at the end.

    A rare cause may need more than one page although the limit is not reached: go on while there is a cursor.
    Raises Rejected (``bad_filter``) naming the field.
    """
    classes = _classes(wanted)
    if not 1 <= wanted.limit <= MOST:
        raise Rejected("bad_filter", f"limit must be from 1 to {MOST}")
    after = _position(wanted.cursor)
    if wanted.order_id:
        own = [found for found in orders.decisions_of(wanted.order_id) if found.status is DecisionStatus.REQUESTED]
        own.sort(key=lambda found: (found.nearest_at, found.decision_id))
        return {"decisions": cards([d for d in own if wanted.allows(d)][: wanted.limit], orders), "cursor": ""}
    found: list[Decision] = []
    for _ in range(_READS):
        size = max(wanted.limit, _READ_AT_ONCE) if wanted.cause else wanted.limit - len(found)
        page = orders.open_page(classes, after, size)
        for position, decision in page.cards:
            after = position
            if wanted.allows(decision):
                found.append(decision)
            if len(found) == wanted.limit:
                return _page(found, after, orders)
        if page.is_last:
            return _page(found, "", orders)
        if not page.cards:
            break
    return _page(found, after, orders)


def _page(found: list[Decision], after: str, orders: OrderStore) -> dict[str, Any]:
    return {"decisions": cards(found, orders), "cursor": base64.urlsafe_b64encode(after.encode()).decode()}


def one(decision_id: str, orders: OrderStore) -> Mapping[str, Any]:
    """One card, open or made. Raises Rejected (``no_such_decision``)."""
    decision = orders.decision(decision_id.partition(".")[0], decision_id)
    if decision is None:
        raise Rejected("no_such_decision", decision_id)
    return cards([decision], orders)[0]


def _classes(wanted: Filter) -> tuple[DecisionClass, ...]:
    if wanted.decision_class and wanted.decision_class not in set(DecisionClass):
        raise Rejected("bad_filter", f"class must be one of: {', '.join(DecisionClass)}")
    owners = {kind.owner for kind in REGISTRY.values()}
    if wanted.owner and wanted.owner not in owners:
        raise Rejected("bad_filter", f"owner must be one of: {', '.join(sorted(owners))}")
    return tuple(
        decision_class
        for decision_class, kind in REGISTRY.items()
        if wanted.decision_class in ("", decision_class.value) and wanted.owner in ("", kind.owner)
    )


def _position(cursor: str) -> str:
    if not cursor:
        return ""
    try:
        position = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        raise Rejected("bad_filter", "cursor is none that the hub gave") from None
    if not _POSITION.fullmatch(position):
        raise Rejected("bad_filter", "cursor is none that the hub gave")
    return position
