"""The read models over DynamoDB: rows by order, by state and by day; what finds an order; figures of closed days."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from orderhub.adapters.dynamodb import read_keys as keys
from orderhub.adapters.dynamodb.items import item_of, values_of
from orderhub.adapters.dynamodb.row_codec import entry_from, row_from, row_values
from orderhub.adapters.dynamodb.table_reader import BATCH_GET, key_of, read_batch
from orderhub.domain.by_hand import Handmade
from orderhub.domain.day import day_of
from orderhub.domain.order_row import FINAL, SHAPE, DayEntry, OrderRow, State
from orderhub.ports.read_models import Page, WalkPage

WALKED = 500
"""Items that one page of the walk reads; most are not orders."""


class BadCursor(ValueError):
    """A cursor that the hub did not give."""


class DynamoReadModels:
    """ports.read_models.Rows over one table. The client is boto3's low-level DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    # --- writing ---------------------------------------------------------------------------------------------

    def put(self, row: OrderRow, *, again: bool = False) -> bool:
        newer = "facts <= :facts" if again else "facts < :facts"
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of(row_values(row)),
                ConditionExpression=f"attribute_not_exists(pk) OR {newer} OR shape < :shape",
                ExpressionAttributeValues={":facts": {"N": str(row.facts)}, ":shape": {"N": str(SHAPE)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def put_keys(self, row: OrderRow, found_by: Iterable[tuple[str, str]]) -> None:
        for kind, value in found_by:
            values = {"pk": keys.find_pk(kind, value), "sk": keys.timed_sk(row.placed_at, row.order_id)}
            self._client.put_item(TableName=self._table, Item=item_of(values | {"entity": "find"}))

    def put_handmade(self, made: Handmade) -> None:
        values = {"pk": keys.hand_pk(day_of(made.made_at)), "sk": made.event_id, "entity": "hand"}
        values |= {"class": made.decision_class, "option": made.option}
        self._client.put_item(TableName=self._table, Item=item_of(values))

    def heard(self, recorded_at: int) -> None:
        values = {"pk": keys.HEARD_PK, "sk": keys.SOURCE_SK, "entity": "source", "heard_at": recorded_at}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of(values),
                ConditionExpression="attribute_not_exists(pk) OR heard_at < :at",
                ExpressionAttributeValues={":at": {"N": str(recorded_at)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def put_summary(self, day: str, figures: Mapping[str, Any], computed_at: int, shop: str = "") -> None:
        values = {"pk": keys.day_pk(day), "sk": keys.summary_sk(shop), "entity": "summary", "computed_at": computed_at}
        self._client.put_item(TableName=self._table, Item=item_of({**values, "figures": json.dumps(dict(figures))}))

    # --- reading ---------------------------------------------------------------------------------------------

    def rows(self, order_ids: Sequence[str]) -> Sequence[OrderRow]:
        wanted, found = list(dict.fromkeys(order_ids)), {}
        for some in batched(wanted, BATCH_GET, strict=False):
            some_keys = [key_of(keys.row_pk(order_id), keys.ROW_SK) for order_id in some]
            for item in read_batch(self._client, self._table, some_keys):
                row = row_from(values_of(item))
                found[row.order_id] = row
        return [found[order_id] for order_id in wanted if order_id in found]

    def found(self, kind: str, value: str, limit: int) -> Sequence[str]:
        return self._newest("pk", "sk", keys.find_pk(kind, value), limit)

    def last_placed_on(self, day: str, limit: int) -> Sequence[str]:
        return self._newest("placed_pk", "placed_sk", keys.placed_pk(day), limit, IndexName=keys.BY_PLACED)

    def _newest(self, pk: str, sk: str, value: str, limit: int, **query: Any) -> Sequence[str]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression=f"{pk} = :p",
            ExpressionAttributeValues={":p": {"S": value}},
            ScanIndexForward=False,
            Limit=limit,
            **query,
        )
        return [keys.order_of(item[sk]["S"]) for item in answer["Items"]]

    def count(self, state: State, day: str = "", shops: Collection[str] = ()) -> int:
        narrowed: dict[str, Any] = {}
        values = {f":s{number}": {"S": shop} for number, shop in enumerate(shops)}
        if values:
            narrowed = {"FilterExpression": f"shop_id IN ({', '.join(values)})", "values": values}
        pages = self._pages(keys.BY_STATE, "state_pk", keys.state_pk(state, day), Select="COUNT", **narrowed)
        return sum(int(page["Count"]) for page in pages)

    def in_state(self, state: State, cursor: str, limit: int, day: str = "") -> Page:
        pk = keys.state_pk(state, day)
        start: dict[str, Any] = {}
        if cursor:
            sk = _place(cursor)
            own = key_of(keys.row_pk(keys.order_of(sk)), keys.ROW_SK)
            start = {"ExclusiveStartKey": {**own, "state_pk": {"S": pk}, "state_sk": {"S": sk}}}
        answer = self._client.query(
            TableName=self._table,
            IndexName=keys.BY_STATE,
            KeyConditionExpression="state_pk = :p",
            ExpressionAttributeValues={":p": {"S": pk}},
            ScanIndexForward=state not in FINAL,
            Limit=limit,
            **start,
        )
        places = [item["state_sk"]["S"] for item in answer["Items"]]
        is_over = not answer.get("LastEvaluatedKey") or not places
        return Page(tuple(map(keys.order_of, places)), "" if is_over else _cursor(places[-1]))

    def placed_on(self, day: str) -> Iterator[DayEntry]:
        return self._entries(keys.BY_PLACED, "placed_pk", keys.placed_pk(day))

    def shipped_on(self, day: str) -> Iterator[DayEntry]:
        return self._entries(keys.BY_SHIPPED, "shipped_pk", keys.shipped_pk(day))

    def handmade_on(self, day: str, shops: Collection[str] = ()) -> Mapping[tuple[str, str], int]:
        made = [
            (item["sk"]["S"].partition(":")[0], (item["class"]["S"], item["option"]["S"]))
            for page in self._pages("", "pk", keys.hand_pk(day))
            for item in page["Items"]
        ]
        rows = self.rows([order_id for order_id, _ in made]) if shops else ()
        theirs = {row.order_id for row in rows if row.shop_id in shops}
        return Counter(what for order_id, what in made if not shops or order_id in theirs)

    def heard_at(self) -> int:
        values = self._get(keys.HEARD_PK, keys.SOURCE_SK)
        return int(values["heard_at"]) if values else 0

    def summaries(self, days: Sequence[str], shop: str = "") -> Mapping[str, Mapping[str, Any]]:
        wanted, sk = {keys.day_pk(day): day for day in days}, keys.summary_sk(shop)
        items = read_batch(self._client, self._table, [key_of(pk, sk) for pk in wanted]) if wanted else []
        found = map(values_of, items)
        return {
            wanted[row["pk"]]: {**json.loads(row["figures"]), "computed_at": int(row["computed_at"])} for row in found
        }

    def _entries(self, index: str, name: str, pk: str) -> Iterator[DayEntry]:
        for page in self._pages(index, name, pk):
            for item in page["Items"]:
                yield entry_from(values_of(item))

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        item = self._client.get_item(TableName=self._table, Key=key_of(pk, sk)).get("Item")
        return values_of(item) if item else None

    def _pages(
        self, index: str, name: str, pk: str, values: Mapping[str, Any] | None = None, **query: Any
    ) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        of_index = {"IndexName": index} if index else {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                **of_index,
                KeyConditionExpression=f"{name} = :p",
                ExpressionAttributeValues={":p": {"S": pk}, **(values or {})},
                **query,
                **start,
            )
            yield answer
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode()


def _place(cursor: str) -> str:
    try:
        place = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        raise BadCursor("cursor is none that the hub gave") from None
    if len(place) > 80 or place[13:14] != "#":
        raise BadCursor("cursor is none that the hub gave")
    return place


class DynamoWalk:
    """ports.read_models.Walk: all orders of the orders table, for a rebuild; how far it came stands in the read models.

    It reads the whole table, facts included: a Scan, which no request may do.
    """

    def __init__(self, client: Any, orders_table: str, read_table: str) -> None:
        self._client = client
        self._orders_table = orders_table
        self._read_table = read_table

    def page(self, cursor: str) -> WalkPage:
        start = {"ExclusiveStartKey": json.loads(cursor)} if cursor else {}
        answer = self._client.scan(
            TableName=self._orders_table,
            FilterExpression="entity = :order",
            ExpressionAttributeValues={":order": {"S": "order"}},
            ProjectionExpression="order_id",
            Limit=WALKED,
            **start,
        )
        ids = tuple(item["order_id"]["S"] for item in answer["Items"] if "order_id" in item)
        last = answer.get("LastEvaluatedKey")
        return WalkPage(ids, json.dumps(last) if last else "")

    def saved(self) -> str:
        key = key_of(keys.WALK_PK, keys.WALK_SK)
        item = self._client.get_item(TableName=self._read_table, Key=key, ConsistentRead=True).get("Item")
        return str(values_of(item).get("cursor", "")) if item else ""

    def save(self, cursor: str) -> None:
        values = {"pk": keys.WALK_PK, "sk": keys.WALK_SK, "entity": "walk", "cursor": cursor}
        self._client.put_item(TableName=self._read_table, Item=item_of(values))
