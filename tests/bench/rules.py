"""What rules cost: a back-test of 100,000 stored verdicts, and judging one order by every kind when warm.

    {"backtest_seconds", "backtest_cpu_seconds", "backtest_orders", "rules_cpu_us", "rules_kinds", "rules_orders"}

The verdicts are in memory as DynamoDB answers them, unread: reading them from an item, trying a pack of the shipped
rows and one more, counting and conflicts are measured, the way over the network is not. Judging is the shipped pack
of every kind, with its trace, as at assessment.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from orderhub.adapters.dynamodb.items import item_of
from orderhub.adapters.dynamodb.keys import DAY_MS
from orderhub.adapters.dynamodb.record_codec import record_values
from orderhub.adapters.dynamodb.verdicts import judged_from
from orderhub.domain.order import Order
from orderhub.domain.records import JudgedInput, Verdict
from orderhub.domain.rulepack import Evaluation, Match, Pack, RuleKind
from orderhub.rules import defaults
from orderhub.rules.defaults import default_pack
from orderhub.rules.engine import evaluate
from orderhub.services.backtest import back_test

ORDERS, JUDGED, WARM_UP = 100_000, 2_000, 200
START = 1_795_325_400_000
KINDS = [kind for kind in RuleKind if files(defaults).joinpath(f"{kind.value}.json").is_file()]


def measure() -> dict[str, Any]:
    """The document above. Raises RuntimeError when the back-test does not find what was put there."""
    items = [_item(number) for number in range(ORDERS)]
    wall, cpu = time.perf_counter(), time.process_time()
    found = back_test(_tried(), START, START + DAY_MS, _Kept(items))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if (found["orders"], found["changed"]["newly_matched"]["orders"]) != (ORDERS, ORDERS // 100):
        raise RuntimeError(f"the back-test found {found['orders']} orders, {found['changed']}")
    return {
        "backtest_seconds": round(wall, 2),
        "backtest_cpu_seconds": round(cpu, 2),
        "backtest_orders": ORDERS,
        "rules_cpu_us": round(_judging() * 1_000_000, 1),
        "rules_kinds": len(KINDS),
        "rules_orders": JUDGED,
    }


def _judging() -> float:
    """CPU seconds of one order through every kind."""
    packs = [default_pack(kind) for kind in KINDS]
    inputs = [_input(number) for number in range(JUDGED)]
    for given in inputs[:WARM_UP]:
        for pack in packs:
            evaluate(pack, given)
    started = time.process_time()
    for given in inputs:
        for pack in packs:
            evaluate(pack, given)
    return (time.process_time() - started) / JUDGED


class _Kept:
    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def judged(self, since: int, until: int) -> Iterator[JudgedInput]:
        return map(judged_from, self._items)


def _tried() -> Pack:
    """The shipped interception rows and one more: 1 order in 100 is newly held by it."""
    graph = json.loads(json.dumps(default_pack(RuleKind.INTERCEPTION).graph))
    table = next(node for node in graph["nodes"] if node["type"] == "decisionTableNode")["content"]
    table["inputs"].append({"id": "tried", "field": "amounts.paid_fen", "name": "tried"})
    said = {column["field"]: column["id"] for column in table["outputs"]}
    row = {"_id": "tried", "tried": "> 1000000", said["class"]: '"assessment_held"', said["reason"]: '"tried"'}
    table["rules"].append(row)
    return Pack(RuleKind.INTERCEPTION, 1, graph)


def _item(number: int) -> dict[str, Any]:
    """A verdict as the table holds it; one in fifty held its order."""
    held = (Match("has_lines", 1, (), {"class": "assessment_held", "reason": "has_lines"}),) if number % 50 == 7 else ()
    given = _input(number)
    if held:
        given["lines"] |= {"count": 0}
    evaluation = Evaluation(RuleKind.INTERCEPTION, 0, held)
    verdict = Verdict(given, (evaluation,), "hold" if held else "pass", (), START + number)
    order = Order(f"youzan-E{number}", "youzan", "12345678", f"E{number}", revision=3)
    return dict(item_of(record_values(order, verdict, 0, START + number)))


def _input(number: int) -> dict[str, Any]:
    """An ordinary order of a peak day, with what every kind asks for."""
    paid = 2_000_000 if number % 100 == 0 else 29_900
    return {
        "order": {"order_id": f"youzan-E{number}", "content_version": 1, "shop_id": "12345678", "channel": "youzan",
                  "kind": "express", "placed_at": START + number, "paid_at": START + number, "is_presale": False,
                  "has_note": False},
        "region": {"province": "浙江省", "city": "杭州市", "district": "西湖区"},
        "amounts": {"goods_fen": paid, "freight_fen": 1_000, "discount_fen": 1_000, "payable_fen": paid,
                    "paid_fen": paid, "refunded_fen": 0, "paid_goods_fen": paid, "unpaid_fen": 0},
        "lines": {"count": 2, "physical": 2, "pieces": 2, "without_sku": 0, "without_quantity": 0,
                  "skus": ["FP-001", "ZP-2026-01"]},
        "phone": {"digest": f"{number:064d}", "rank": 1, "orders_24h": 1},
        "address": {"score": 92, "passes": True, "reasons": []},
        "stock": {"state": "enough", "missing": 0},
        "gift": {"main_sku": "ZP-2026-01", "main_quantity": 1, "main_paid_fen": paid},
        "sourcing": {"preferred_is_enough": True, "one_other_is_enough": False, "together_enough": True},
        "carrier": {"is_remote": False},
        "change": {"scope": "door", "minutes_since_paid": 10, "zone": "not_picked_up"},
        "entry": {"kind": "discount", "amount_fen": 1_000},
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()) + "\n")
