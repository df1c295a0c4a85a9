"""After everything: nothing lost in a dead letter queue, no run that failed for an unknown reason, stock adds up."""

import json
from collections import Counter, defaultdict
from typing import Any

from orderhub.adapters.dynamodb.items import values_of
from orderhub.adapters.dynamodb.record_codec import fact_from
from orderhub.domain.stock import EFFECTS, Balance, MovementKind
from tests.kit.catalogue import Catalogue
from tests.scenario.samples import DAY_OF_SAMPLES
from tests.scenario.waiting import until
from tests.scenario.world import World

ASKED_IN_VAIN = "ReadAgainDlq"
KNOWN_ENDS = {"Superseded", "ByHand", "States.ServiceRestart", "Unplanned"}


def test_the_dead_letter_queues_are_empty(world: World) -> None:
    names = [name for name in world.run.queues if name.endswith("Dlq") or name == "StreamFailures"]
    assert len(names) >= 8
    left = {name: _depth(world, name) for name in names if name != ASKED_IN_VAIN}
    assert not any(left.values()), left


def test_only_orders_that_the_shop_never_had_were_asked_for_in_vain(world: World) -> None:
    """The samples speak of invented orders; whoever runs a real shop is told by the alarm of this queue."""
    received = world.aws("sqs").receive_message(QueueUrl=world.run.queues[ASKED_IN_VAIN], MaxNumberOfMessages=10)
    bodies = [json.loads(message["Body"]) for message in received.get("Messages", [])]
    assert all(body["platform_id"].startswith(DAY_OF_SAMPLES) for body in bodies)


def test_every_run_got_ids_only_and_none_failed_unexplained(world: World) -> None:
    client = world.aws("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=world.run.state_machine)
    runs = [run for page in pages for run in page["executions"]]
    assert len(runs) > 20
    ends: Counter[str] = Counter()
    for run in runs:
        described = client.describe_execution(executionArn=run["executionArn"])
        assert set(json.loads(described["input"])) == {"order_id", "epoch"}
        if described["status"] in ("FAILED", "TIMED_OUT"):
            ends[described.get("error", "unknown")] += 1
    assert set(ends) <= KNOWN_ENDS, ends


def test_every_fact_is_as_the_event_catalogue_describes_it(world: World) -> None:
    catalogue = Catalogue()
    facts = [fact_from(item) for item in map(values_of, world.items("OrdersTable")) if item["sk"].startswith("FACT#")]
    wrong = {problem for fact in facts for problem in catalogue.problems(fact.type, fact.data)}
    assert (len(facts) > 100, wrong) == (True, set())


def test_every_sku_s_ledger_adds_up_to_its_level(world: World) -> None:
    def wrong() -> dict[str, str]:
        items = [values_of(item) for item in world.items("StockTable")]
        ledgers: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in items:
            if item["entity"] == "stock_movement":
                ledgers[item["pk"]].append(item)
        levels = [item for item in items if item["entity"] == "stock"]
        assert levels
        return {level["sku"]: fault for level in levels if (fault := _fault(level, ledgers[level["pk"]]))}

    until(lambda: not wrong(), lambda: f"ledgers that do not add up: {wrong()}")


def test_no_two_orders_hold_more_of_a_sku_than_was_stocked(world: World) -> None:
    held: Counter[tuple[str, str]] = Counter()
    sold: Counter[tuple[str, str]] = Counter()
    for item in map(values_of, world.items("OrdersTable")):
        if item.get("entity") == "reservation":
            place = item["sku"], item["warehouse"]
            held[place] += item["quantity"] * (item["status"] == "firm")
            sold[place] += item["quantity"] * (item["status"] == "committed")
    for level in map(values_of, world.items("StockTable")):
        if level["entity"] == "stock":
            place = level["sku"], level["warehouse"]
            assert (level["firm"], level["sold"]) == (held[place], sold[place]), place


def _fault(level: dict[str, Any], ledger: list[dict[str, Any]]) -> str:
    """What is wrong with a ledger: a missing row, a sum that is not the level; empty when nothing is."""
    rows = sorted(ledger, key=lambda row: row["revision"])
    balance = Balance()
    for row in rows:
        balance = balance.after(MovementKind(row["kind"]), row["quantity"])
        if not balance.is_sound or balance != Balance(*(row[part] for part in PARTS)):
            return f"revision {row['revision']} leaves {balance}"
    now = Balance(level["available"], sum(level["due"].values()), level["firm"], level["sold"], level["stocked"])
    return "" if balance == now else f"{len(rows)} rows add up to {balance}, the level is {now}"


PARTS = ("available", "due", "firm", "sold", "stocked")
assert set(EFFECTS) == set(MovementKind)


def _depth(world: World, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    asked = world.aws("sqs").get_queue_attributes(QueueUrl=world.run.stack[queue], AttributeNames=names)
    return sum(int(asked["Attributes"][name]) for name in names)
