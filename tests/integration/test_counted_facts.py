"""Figures are counted from the facts themselves, found by the index of their day, and asked for over the API (R41)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.console.handler import handler
from orderhub.adapters.dynamodb.counted_facts import DynamoCountedFacts
from orderhub.adapters.dynamodb.keys import DAY_MS
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.contracts.api_measures import AddressMeasures
from orderhub.domain.address_measures import measured
from orderhub.domain.errors import Stale
from orderhub.domain.facts import Fact, FactType
from orderhub.ports.orders import Change
from orderhub.runtime import wiring
from tests.kit.orders import T0, order

DAY = T0 // DAY_MS * DAY_MS
F = FactType


class Told:
    """Orders that say facts at given times."""

    def __init__(self, client: Any, table: str) -> None:
        self.orders = DynamoOrders(client, table)
        self.reader = DynamoCountedFacts(client, table)

    def say(self, number: int, at: int, *facts: Fact) -> None:
        order_id = f"youzan-E{number}"
        known = self.orders.load(order_id)
        after = known or order(order_id=order_id, platform_id=f"E{number}")
        self.orders.commit(Change(known, after, at, facts=facts))

    def placed(self, number: int, at: int) -> None:
        self.say(number, at, Fact(F.ORDER_PLACED, {"lines": 1}, at))


@pytest.fixture
def told(table: tuple[Any, str]) -> Told:
    return Told(*table)


def changed(way: str) -> Fact:
    return Fact(F.ADDRESS_CHANGED, {"way": way}, T0)


def test_a_period_counts_what_was_recorded_in_it_exactly(told: Told) -> None:
    for number, at in enumerate((DAY - 1, DAY, DAY + 5, DAY + DAY_MS - 1, DAY + DAY_MS)):
        told.placed(number, at)
        told.say(number, at, changed("overwrite"))
    assert told.reader.orders_placed(DAY, DAY + DAY_MS) == 3
    assert measured(told.reader.counted(DAY, DAY + DAY_MS)).overwritten == 3
    assert told.reader.orders_placed(DAY - 1, DAY + DAY_MS + 1) == 5
    assert measured(told.reader.counted(DAY - 1, DAY + DAY_MS + 1)).overwritten == 5
    assert told.reader.orders_placed(DAY + 6, DAY + 7) == 0
    assert list(told.reader.counted(DAY + 6, DAY + 7)) == []


def test_a_commit_that_did_not_happen_counts_nothing_and_one_told_again_counts_once(told: Told) -> None:
    told.placed(1, T0)
    known = told.orders.load("youzan-E1")
    assert known
    change = Change(known, known, T0, facts=(changed("reissue"),))
    told.orders.commit(change)
    with pytest.raises(Stale):
        told.orders.commit(change)
    assert measured(told.reader.counted(T0, T0 + 1)).reissued == 1


def test_other_facts_are_in_no_index(told: Told) -> None:
    told.say(1, T0, Fact(F.ORDER_PAID, {}, T0), Fact(F.FULFILLMENT_DELIVERED, {}, T0))
    assert list(told.reader.counted(DAY, DAY + DAY_MS)) == []
    assert told.reader.orders_placed(DAY, DAY + DAY_MS) == 0


def test_more_than_a_page_is_read_to_its_end(told: Told) -> None:
    for number in range(3):
        told.say(number, T0 + number, *[changed("intercept")] * 40)
    assert measured(told.reader.counted(T0, T0 + 3)).intercepted == 120


def ask(query: dict[str, str]) -> tuple[int, Any]:
    path = "/api/measures/address-changes"
    event = {
        "version": "2.0", "routeKey": "ANY /api/{proxy+}", "rawPath": path, "rawQueryString": "", "headers": {},
        "queryStringParameters": query, "body": None, "isBase64Encoded": False,
        "requestContext": {"http": {"method": "GET", "path": path}, "stage": "$default"},
    }  # fmt: skip
    answer = handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def test_the_api_answers_as_the_contract_says_and_refuses_a_period_that_is_none(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "counted_facts", lambda: told.reader)
    monkeypatch.setattr(wiring, "is_allowed", lambda headers: True)
    told.placed(1, T0)
    told.say(1, T0, changed("overwrite"))
    status, said = ask({"since": str(T0), "until": str(T0 + 1)})
    assert status == 200
    shown = AddressMeasures.model_validate(said)
    (figure,) = [one for one in shown.figures if one.code == "overwritten"]
    assert (shown.orders, figure.count, figure.per_10_000, figure.percent) == (1, 1, 10_000, "100.00 %")
    for query, code in (
        ({"since": "5", "until": "5"}, "bad_period"),
        ({"since": "0", "until": str(T0)}, "bad_period"),
        ({"since": "soon", "until": "5"}, "bad_request"),
        ({"since": "5"}, "bad_request"),
        ({"since": "-1", "until": "5"}, "bad_request"),
        ({"since": "1", "until": "5", "by": "x"}, "bad_request"),
    ):
        status, said = ask(query)
        assert (status, said["error"]["code"]) == (422, code), query
