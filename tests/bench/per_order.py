"""What one order costs, counted from real calls while orders go the whole way from the shop to the books.

    {"per_order": {"transitions", "write_units", "read_units", "calls", …}, "usd_per_1000_orders": …, "usd_parts": {…}}

Orders are placed, paid 3 s later, and completed on a hub whose functions reach AWS through a counting proxy.
What the same hub does in the same time without an order (schedules) is taken off. Then:
transitions     states entered, from the execution histories
write, read     as DynamoDB says it consumed; each token wait (written by the state machine) at its order's size
calls           invocations, SQS requests (send, receive and delete of every message, unbatched), events, API requests
GB-seconds      Lambda's reports: median milliseconds of each function on this machine × its memory
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from local.cloud.paths import TEMPLATE
from local.cloud.template import read_template, resources
from tests.bench.counting_proxy import CountingProxy
from tests.bench.hub import Hub, free_ports, hub, wait_until

ORDERS, WARM_UP, TICK, PAY_AFTER = 20, 4, 15, 3.0
PRICES = Path(__file__).with_name("prices_us_east_1_2026_11.json")
WHOLE_WAY_SECONDS = 300.0
REQUESTS_OF_A_MESSAGE = 3
LAMBDA_LINE_BYTES = 26  # CloudWatch Logs bills each event with 26 bytes more


def measure() -> dict[str, Any]:
    """The document above."""
    emulator, proxy = free_ports(2)
    environ = {"HUB_FUNCTIONS_ENDPOINT": f"http://127.0.0.1:{proxy}"}
    words = ("--speed", "60", "--tick", str(TICK))
    with (
        CountingProxy(proxy, ("127.0.0.1", emulator)) as counting,
        hub(*words, ports={"emulator": emulator}, environ=environ) as running,
    ):
        _walk(running, WARM_UP)
        idle = _watch(running, counting, lambda: time.sleep(3 * TICK))
        seen = _watch(running, counting, lambda: _walk(running, ORDERS))
        seen["transitions"], seen["waits"] = _histories(running, ORDERS)
        seen["order_kb"] = _order_kb(running)
    per_order = _per_order(seen, idle)
    return {"per_order": per_order} | _priced(per_order)


def _walk(running: Hub, count: int) -> None:
    """Orders at one a second, until all are completed."""
    done = _finished(running)
    tids = []
    for number in range(count):
        tids.append(running.place(number, pay=False))
        time.sleep(1.0)
        if number >= int(PAY_AFTER):
            running.pay(tids[number - int(PAY_AFTER)])
    for tid in tids[-int(PAY_AFTER) :]:
        running.pay(tid)
    if not wait_until(lambda: _finished(running) - done >= count, WHOLE_WAY_SECONDS, every=2.0):
        raise RuntimeError(f"only {_finished(running) - done} of {count} orders went the whole way")
    time.sleep(TICK)  # the facts of the last one are still on their way
    print(f"  {count} orders went the whole way", file=sys.stderr, flush=True)


def _finished(running: Hub) -> int:
    machine = running.run.state_machine
    pages = running.aws("stepfunctions").get_paginator("list_executions")
    return sum(len(page["executions"]) for page in pages.paginate(stateMachineArn=machine, statusFilter="SUCCEEDED"))


def _watch(running: Hub, counting: CountingProxy, work: Any) -> dict[str, Any]:
    before, started = _lambda(running), time.monotonic()
    counting.counts.take()
    work()
    taken = counting.counts.take()
    after = _lambda(running)
    used = {name: {key: after[name][key] - before[name][key] for key in ("invocations", "log_bytes")} for name in after}
    for name in after:
        used[name]["ms"] = statistics.median(after[name]["durations"] or [0])
    return taken | {"seconds": time.monotonic() - started, "lambda": used}


def _lambda(running: Hub) -> dict[str, dict[str, Any]]:
    """Per function: invocations, bytes of log as billed, durations in ms."""
    found: dict[str, dict[str, Any]] = {}
    for folder in running.run.functions:
        messages = [event["message"] for event in running.log_events(folder)]
        reports = [text for text in messages if text.startswith("REPORT ")]
        found[folder] = {
            "invocations": len(reports),
            "log_bytes": sum(len(text.encode()) + LAMBDA_LINE_BYTES for text in messages),
            "durations": [float(text.partition("\tDuration: ")[2].partition(" ms")[0]) for text in reports],
        }
    return found


def _histories(running: Hub, count: int) -> tuple[float, float]:
    """States entered and token waits entered, a run, over the newest runs."""
    states = running.aws("stepfunctions")
    runs = states.list_executions(stateMachineArn=running.run.state_machine, maxResults=1000)["executions"]
    newest = sorted(runs, key=lambda run: run["startDate"])[-count:]
    entered: Counter[str] = Counter()
    for run in newest:
        for event in states.get_execution_history(executionArn=run["executionArn"], maxResults=1000)["events"]:
            if "stateEnteredEventDetails" in event:
                entered[event["stateEnteredEventDetails"]["name"]] += 1
    waits = sum(number for name, number in entered.items() if name.startswith("Await"))
    return sum(entered.values()) / count, waits / count


def _order_kb(running: Hub) -> int:
    """Started KB of an order's item, as the emulator bills a write that changes nothing but one number."""
    tables = running.aws("dynamodb")
    table = running.run.tables["OrdersTable"]
    rows = tables.scan(TableName=table, FilterExpression="sk = :o", ExpressionAttributeValues={":o": {"S": "ORDER"}})
    item = rows["Items"][0]
    answer = tables.put_item(TableName=table, Item=item, ReturnConsumedCapacity="INDEXES")
    return int(answer["ConsumedCapacity"]["Table"]["CapacityUnits"])


def _per_order(seen: dict[str, Any], idle: dict[str, Any]) -> dict[str, Any]:
    share: float = seen["seconds"] / idle["seconds"]

    def less(busy: float, quiet: float) -> float:
        return max(0.0, busy - quiet * share) / ORDERS

    requests = {name: less(n, idle["requests"].get(name, 0)) for name, n in seen["requests"].items()}
    units = {name: less(n, idle["units"].get(name, 0)) for name, n in seen["units"].items()}
    events = len(seen["events"]) / ORDERS
    sent = requests.get("sqs.SendMessage", 0.0) + _queued(seen["events"]) / ORDERS
    used = {
        name: {key: less(one[key], idle["lambda"][name][key]) for key in ("invocations", "log_bytes")}
        for name, one in seen["lambda"].items()
    }
    memory = _memory_gb()
    gb_seconds = sum(
        used[name]["invocations"] * one["ms"] / 1000 * memory[name] for name, one in seen["lambda"].items()
    )
    token_waits = seen["waits"] * (seen["order_kb"] + 2)  # and the index entry moves: out and in
    calls = {
        "invocations": sum(one["invocations"] for one in used.values()),
        "sqs_requests": sent * REQUESTS_OF_A_MESSAGE,
        "events": events,
        "api_requests": used["receive_webhook"]["invocations"],
        "kms_requests": sum(n for name, n in requests.items() if name.startswith("kms.")),
        "secret_requests": sum(n for name, n in requests.items() if name.startswith("secretsmanager.")),
        "aws_requests": sum(requests.values()),
    }
    return {
        "orders": ORDERS,
        "transitions": round(seen["transitions"], 2),
        "write_units": round(units.get("write_units", 0) + token_waits, 1),
        "write_units_of_waits": round(token_waits, 1),
        "read_units": round(units.get("read_units", 0), 1),
        "calls": {name: round(number, 2) for name, number in calls.items()},
        "gb_seconds": round(gb_seconds, 4),
        "log_kb": round(sum(one["log_bytes"] for one in used.values()) / 1024, 1),
        "invocations_of": {name: round(one["invocations"], 2) for name, one in used.items() if one["invocations"]},
        "requests_of": {
            name: round(n, 2) for name, n in sorted(requests.items(), key=lambda row: -row[1]) if n >= 0.05
        },
        "units_of": _dearest({name: less(n, idle["by_write"].get(name, 0)) for name, n in seen["by_write"].items()}),
    }


def _dearest(units: dict[str, float]) -> dict[str, float]:
    """What the units were spent on, by request and kind of item, the most first; below half a unit is left out."""
    return {name: round(n, 1) for name, n in sorted(units.items(), key=lambda row: -row[1]) if n >= 0.5}


def _queued(events: list[tuple[str, str]]) -> int:
    """How many messages the rules of the template put into queues for these events."""
    count = 0
    for rule in resources(read_template(TEMPLATE), "AWS::Events::Rule").values():
        pattern = rule.get("EventPattern", {})
        for source, detail_type in events:
            count += source in pattern.get("source", ()) and detail_type in pattern.get("detail-type", (detail_type,))
    return count


def _memory_gb() -> dict[str, float]:
    template = read_template(TEMPLATE)
    usual = template["Globals"]["Function"]["MemorySize"]
    functions = resources(template, "AWS::Serverless::Function").values()
    return {Path(one["CodeUri"]).name: one.get("MemorySize", usual) / 1024 for one in functions}


def _priced(per_order: dict[str, Any]) -> dict[str, Any]:
    """Dollars for 1,000 orders at list price, and their parts."""
    table = json.loads(PRICES.read_text(encoding="utf-8"))
    price = {name: one["usd"] / one["per"] for name, one in table["prices"].items()}
    calls = per_order["calls"]
    parts = {
        "transitions": per_order["transitions"] * price["transition"],
        "dynamodb_writes": per_order["write_units"] * price["write_unit"],
        "dynamodb_reads": per_order["read_units"] * price["read_unit"],
        "lambda": calls["invocations"] * price["invocation"] + per_order["gb_seconds"] * price["gb_second"],
        "sqs": calls["sqs_requests"] * price["sqs_request"],
        "events": calls["events"] * price["event"],
        "api": calls["api_requests"] * price["api_request"],
        "keys_and_secrets": calls["kms_requests"] * price["kms_request"]
        + calls["secret_requests"] * price["secret_request"],
        "logs": per_order["log_kb"] / 1024**2 * price["log_gb"],
    }
    return {
        "usd_per_1000_orders": round(sum(parts.values()) * 1000, 3),
        "usd_parts": {name: round(usd * 1000, 4) for name, usd in parts.items()},
        "prices": f"{table['region']}, {table['day']}",
    }
