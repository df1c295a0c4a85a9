"""What stores over OrdersTable share: reading an item, what is below a key, items of an index; writing a new one."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from orderhub.adapters.dynamodb.items import Item, item_of, values_of
from orderhub.adapters.dynamodb.keys import INDEX
from orderhub.domain.errors import HubUnavailable

BATCH_GET, READ_ATTEMPTS = 100, 5


class TableReader:
    """The reads that stores over one table share. The client is boto3's low-level DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=key_of(pk, sk), ConsistentRead=True)
        item = answer.get("Item")
        return values_of(item) if item else None

    def _whole(self, rows: Iterable[Item]) -> Iterator[dict[str, Any]]:
        """The items of an index's rows, in their order, read consistently; those gone meanwhile are left out.

        The index holds keys only: whatever else it held would be written, and billed, again with every commit.
        """
        for some in batched(rows, BATCH_GET, strict=False):
            wanted = [{"pk": row["pk"], "sk": row["sk"]} for row in some]
            found = {(item["pk"]["S"], item["sk"]["S"]): item for item in self._items(wanted)}
            for key in wanted:
                item = found.get((key["pk"]["S"], key["sk"]["S"]))
                if item:
                    yield values_of(item)

    def _indexed(self, index_pk: str) -> Iterator[dict[str, Any]]:
        """The items of one partition of the index, in its order, that still stand there."""
        for page in self._pages(
            IndexName=INDEX,
            KeyConditionExpression="gsi1pk = :p",
            ExpressionAttributeValues={":p": {"S": index_pk}},
            Limit=BATCH_GET,
        ):
            for values in self._whole(page):
                if values.get("gsi1pk") == index_pk:
                    yield values

    def _items(self, wanted: Sequence[Item]) -> list[Item]:
        return read_batch(self._client, self._table, wanted, ConsistentRead=True)

    def _below(self, pk: str, prefix: str) -> Iterator[dict[str, Any]]:
        condition, values = "pk = :p", {":p": {"S": pk}}
        if prefix:
            condition += " AND begins_with(sk, :s)"
            values[":s"] = {"S": prefix}
        for page in self._pages(
            KeyConditionExpression=condition, ExpressionAttributeValues=values, ConsistentRead=True
        ):
            for item in page:
                yield values_of(item)

    def _pages(self, **query: Any) -> Iterator[list[Item]]:
        start: dict[str, Any] = {}
        while True:
            answer = self._client.query(TableName=self._table, **query, **start)
            yield answer["Items"]
            last = answer.get("LastEvaluatedKey")
            if not last:
                return
            start = {"ExclusiveStartKey": last}


def read_batch(client: Any, table: str, wanted: Sequence[Item], **how: Any) -> list[Item]:
    """The items of at most 100 keys, in any order; ``how`` is what BatchGetItem takes beside the keys.

    What a busy table leaves out is asked for again. Raises HubUnavailable when it keeps leaving some out.
    """
    left: dict[str, Any] = {table: {"Keys": list(wanted), **how}}
    items: list[Item] = []
    for attempt in range(READ_ATTEMPTS):
        answer = client.batch_get_item(RequestItems=left)
        items += answer["Responses"].get(table, ())
        left = answer.get("UnprocessedKeys") or {}
        if not left:
            return items
        time.sleep(0.02 * 2**attempt)
    raise HubUnavailable("DynamoDB left keys unread")


def in_time(index_pk: str, since: int, until: int) -> dict[str, Any]:
    """The query of an index partition whose rows begin with their instant: from ``since`` (in) to ``until`` (out)."""
    return {
        "IndexName": INDEX,
        "KeyConditionExpression": "gsi1pk = :p AND gsi1sk BETWEEN :a AND :b",
        "ExpressionAttributeValues": {
            ":p": {"S": index_pk},
            ":a": {"S": f"{since:013d}"},
            ":b": {"S": f"{until:013d}"},  # "<until>" sorts before "<until>#…": until itself is out
        },
    }


def key_of(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def put_new(table: str, values: Mapping[str, object]) -> dict[str, Any]:
    """The write of an item that must not be there yet."""
    return {
        "Put": {
            "TableName": table,
            "Item": item_of(values),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }
