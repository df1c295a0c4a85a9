"""After everything, nothing personal stands in clear in logs, events, runs, dead letters, tables (item 11)."""

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import pytest

from local import brand
from orderhub.adapters.youzan.crypto import PersonalDataKeys
from tests.scenario.samples import FILES
from tests.scenario.world import World

PARTS = ("receiver_name", "receiver_tel", "delivery_address")
NUMBERS = re.compile(r"20\d{18,}")
"""The shop's numbers of orders and refunds: a time and a serial, which by chance hold the digits of a phone."""
_FIELD = re.compile(rf'"({"|".join(PARTS)})": ?"([^"]+)"')


def people_of_samples() -> set[str]:
    """The names, phones and addresses in the sample webhooks, deciphered."""
    keys = PersonalDataKeys({"shop": {brand.YOUZAN_KEY_VERSION: brand.YOUZAN_KEY}})
    texts = [unquote_plus(str(json.loads(file.read_text(encoding="utf-8"))["msg"])) for file in FILES]
    return {keys.decrypt("shop", value) for text in texts for _, value in _FIELD.findall(text)}


@pytest.fixture(scope="module")
def secrets_of_people(world: World) -> set[str]:
    """Every name, phone and detailed address that any buyer of this session has, and the sender's."""
    people = [order["buyer"] for order in world.shop.truth()["orders"].values()]
    assert len(people) > 5
    words = {person[part] for person in [*people, brand.SENDER] for part in ("name", "phone", "detail")}
    return {word for word in words if word} | people_of_samples()


def logs(world: World) -> Iterator[str]:
    """Every line any function wrote."""
    client = world.aws("logs")
    groups = [
        g["logGroupName"] for page in client.get_paginator("describe_log_groups").paginate() for g in page["logGroups"]
    ]
    for group in groups:
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=group):
            yield from (event["message"] for event in page["events"])


def facts(world: World) -> Iterator[str]:
    """Every fact, as the bus gets it."""
    for item in world.items("OrdersTable"):
        if item["sk"]["S"].startswith("FACT#"):
            yield _text(item)


def runs(world: World) -> Iterator[str]:
    """Input, output, error and history of every run of the state machines."""
    client = world.aws("stepfunctions")
    for machine in (world.run.state_machine, world.run.stack["ChangeAddress"]):
        for page in client.get_paginator("list_executions").paginate(stateMachineArn=machine):
            for run in page["executions"]:
                yield _text(client.describe_execution(executionArn=run["executionArn"]))
                history = client.get_paginator("get_execution_history").paginate(executionArn=run["executionArn"])
                yield from (_text(events["events"]) for events in history)


def queues(world: World) -> Iterator[str]:
    """Whatever lies in a dead letter queue, and the name of every queue that was looked at."""
    for name, url in world.run.queues.items():
        if name.endswith("Dlq") or name == "StreamFailures":
            yield name
            received = world.aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            yield from (message["Body"] for message in received.get("Messages", []))


def tables(world: World) -> Iterator[str]:
    """Every raw item of every table."""
    for table in ("OrdersTable", "StockTable", "ReadModelsTable"):
        yield from (_text(item) for item in world.items(table))


def api(world: World) -> Iterator[str]:
    """What people see unless they reveal it: every order's page, the queue of decisions, lists."""
    yield from (
        _text(world.get(path)) for path in ("decisions", "orders/list?limit=200", "shipping-list", "inspection")
    )
    for tid in world.shop.truth()["orders"]:
        if world.row(tid):
            yield _text(world.order(tid))


def alerts(world: World) -> Iterator[str]:
    """Every message that staff got from the hub by WeCom."""
    yield from (_text(message) for message in world.wecom.truth()["messages"])


@pytest.mark.parametrize("place", [logs, facts, runs, queues, tables, api, alerts], ids=lambda place: place.__name__)
def test_nothing_personal_stands_in_clear_in(
    world: World, secrets_of_people: set[str], place: Callable[[World], Iterator[str]]
) -> None:
    looked_at = 0
    for text in (NUMBERS.sub("", told) for told in place(world)):
        looked_at += 1
        found = [word for word in secrets_of_people if word in text]
        assert not found, f"{len(found)} words of people in {place.__name__}: …{_around(text, found[0])}…"
    assert looked_at > 5


def test_the_search_would_have_found_them(world: World, secrets_of_people: set[str]) -> None:
    """The same words do stand where they belong: at the partners that ship and at the shop."""
    truth = _text(world.wms.truth()["trades"]) + _text(world.sf.truth()["orders"])
    assert sum(word in truth for word in secrets_of_people) > 5


def test_the_samples_have_people_in_them() -> None:
    words = people_of_samples()
    assert len(words) >= 3
    assert not any(word.startswith("$") for word in words)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _around(text: str, word: str) -> str:
    """Where it stands, without repeating it."""
    at = text.index(word)
    return text[max(0, at - 160) : at] + "<HERE>"
