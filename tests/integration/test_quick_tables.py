"""The short ways that the tests take through moto answer as moto does (tests/kit/quick_tables.py)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from moto import mock_aws

from tests.kit.quick_tables import quick_tables
from tests.kit.tables import client_of, create_tables

VALUES: dict[str, Any] = {
    "text": {"S": "张三"}, "empty": {"S": ""}, "number": {"N": "29900"}, "yes": {"BOOL": True}, "no": {"BOOL": False},
    "nothing": {"NULL": True}, "texts": {"SS": ["a", "b"]}, "numbers": {"NS": ["1", "2"]}, "bytes": {"B": b"\x00\xff"},
    "map": {"M": {"inner": {"M": {"list": {"L": [{"S": "x"}, {"N": "1"}, {"L": []}, {"M": {}}]}}}, "b": {"B": b"1"}}},
}  # fmt: skip


def key(sort: str, pk: str = "ORDER#1") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sort}}


def set_to(table: str, sort: str, number: int, **more: Any) -> dict[str, Any]:
    values = {":n": {"N": str(number)}}
    update = {"TableName": table, "Key": key(sort), "UpdateExpression": "SET n = :n"}
    return {"Update": update | {"ExpressionAttributeValues": values} | more}


def every_value(client: Any, table: str) -> Any:
    client.put_item(TableName=table, Item=key("ORDER") | VALUES)
    got = client.get_item(TableName=table, Key=key("ORDER"), ConsistentRead=True)["Item"]
    old = client.update_item(
        TableName=table, Key=key("ORDER"), UpdateExpression="SET x = :x", ExpressionAttributeValues={":x": {"S": "1"}},
        ReturnValues="ALL_NEW",
    )["Attributes"]  # fmt: skip
    found = client.query(
        TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "ORDER#1"}}
    )["Items"]
    return got, old, found


def a_refused_transaction(client: Any, table: str) -> Any:
    for sort in ("A", "B", "C"):
        client.put_item(TableName=table, Item=key(sort) | {"n": {"N": "1"}})
    new = {"Put": {"TableName": table, "Item": key("NEW", "ORDER#2")}}
    check = {"ConditionExpression": "n = :never"}
    refused = set_to(table, "C", 2, **check)
    refused["Update"]["ExpressionAttributeValues"][":never"] = {"N": "7"}
    gone = {"Delete": {"TableName": table, "Key": key("B")}}
    with pytest.raises(ClientError) as failure:
        client.transact_write_items(TransactItems=[set_to(table, "A", 2), gone, new, refused])
    return failure.value.response["CancellationReasons"], client.scan(TableName=table)["Items"]


def a_transaction_that_goes_through(client: Any, table: str) -> Any:
    for sort in ("A", "B", "C"):
        client.put_item(TableName=table, Item=key(sort) | {"n": {"N": "1"}})
    gone = {"Delete": {"TableName": table, "Key": key("B")}}
    client.transact_write_items(TransactItems=[set_to(table, "A", 2), gone, set_to(table, "NEW", 3)])
    return client.scan(TableName=table)["Items"]


def updates_of_every_kind(client: Any, table: str) -> Any:
    client.put_item(TableName=table, Item=key("A") | {"n": {"N": "1"}, "gone": {"S": "x"}, "map": {"M": {}}})
    values = {":n": {"N": "2"}, ":x": {"S": "x"}, ":set": {"SS": ["a"]}}
    how = {"TableName": table, "Key": key("A"), "ExpressionAttributeNames": {"#m": "map"}, "ReturnValues": "ALL_NEW"}
    new = client.update_item(
        **how, ExpressionAttributeValues=values,
        UpdateExpression="SET n = if_not_exists(m, n) + :n, #m.seen = :x REMOVE gone ADD texts :set",
    )["Attributes"]  # fmt: skip
    with pytest.raises(ClientError) as failure:
        client.update_item(**how, ExpressionAttributeValues={":x": {"S": "x"}}, UpdateExpression="SET #m = :x, #m = :x")
    return new, failure.value.response["Error"]


def what_is_refused(client: Any, table: str) -> Any:
    client.put_item(TableName=table, Item=key("A") | {"n": {"N": "1"}})
    new = {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    told = []
    for refused in (
        lambda: client.put_item(TableName=table, Item=key("A"), **new),
        lambda: client.get_item(TableName="another", Key=key("A")),
        lambda: client.get_item(TableName=table, Key={"pk": {"S": "A"}}),
        lambda: client.put_item(TableName=table, Item={"pk": {"S": ""}, "sk": {"S": "A"}}),
    ):
        with pytest.raises(ClientError) as failure:
            refused()
        response = failure.value.response
        told.append((type(failure.value).__name__, response["Error"], response.get("Item")))
    with pytest.raises(ParamValidationError) as misspelt:
        client.get_item(TableName=table, Keys=key("A"))
    return told, str(misspelt.value)


def pages_and_batches(client: Any, table: str) -> Any:
    for sort in "ABCDE":
        client.put_item(TableName=table, Item=key(sort) | {"n": {"N": "1"}})
    asked = {
        "TableName": table,
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "ORDER#1"}},
    }
    pages = [
        page["Items"] for page in client.get_paginator("query").paginate(**asked, PaginationConfig={"PageSize": 2})
    ]
    batch = client.batch_get_item(RequestItems={table: {"Keys": [key("A"), key("Z"), key("C")]}})
    gone = client.delete_item(TableName=table, Key=key("A"), ReturnValues="ALL_OLD")["Attributes"]
    count = client.scan(TableName=table, Select="COUNT")["Count"]
    return pages, batch["Responses"][table], batch["UnprocessedKeys"], gone, count


@pytest.mark.parametrize(
    "story",
    [
        every_value,
        a_refused_transaction,
        a_transaction_that_goes_through,
        updates_of_every_kind,
        what_is_refused,
        pages_and_batches,
    ],
)
def test_the_short_way_answers_as_moto_does(story: Callable[[Any, str], Any]) -> None:
    answers = []
    for way in (nullcontext(), quick_tables()):
        with mock_aws(), way:
            client = client_of("dynamodb")
            answers.append(story(client, create_tables(client)[0]))
    assert answers[0] == answers[1]


def test_a_refused_transaction_leaves_every_item_as_it_was() -> None:
    with mock_aws(), quick_tables():
        client = client_of("dynamodb")
        _, items = a_refused_transaction(client, create_tables(client)[0])
    assert items == [key(sort) | {"n": {"N": "1"}} for sort in ("A", "B", "C")]
