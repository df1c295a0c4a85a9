"""Until when an address may be changed without a person: what the live rules say, as an instant (R35)."""

import json
import re

from orderhub.domain.order import Milestone, Order
from orderhub.domain.rulepack import Pack

_FIELD = "change.minutes_since_paid"
_BOUND = re.compile(r"(<=|<)\s*(\d{1,6})")


def window_ends_at(order: Order, pack: Pack) -> int:
    """ms UTC; 0: not paid yet, or the rules know no window."""
    paid_at, minutes = order.when(Milestone.PAID), window_minutes(pack)
    return paid_at + minutes * 60_000 if paid_at is not None and minutes else 0


def window_minutes(pack: Pack) -> int:
    """The longest time after the payment that a row of the pack names (``<= 120``); 0 when none does."""
    graph = json.loads(json.dumps(pack.graph))
    bounds = [0]
    for node in graph.get("nodes", []):
        content = node.get("content") or {}
        if not isinstance(content, dict):
            continue
        columns = [column["id"] for column in content.get("inputs", []) if column.get("field") == _FIELD]
        cells = [str(row.get(column, "")) for row in content.get("rules", []) for column in columns]
        bounds += [int(n) - (sign == "<") for cell in cells for sign, n in _BOUND.findall(cell)]
    return max(bounds)
