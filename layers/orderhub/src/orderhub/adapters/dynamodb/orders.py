"""Orders in DynamoDB: one transaction per change, UpdateItem only, every write conditional (design §4)."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import batched, islice
from typing import Any
from zlib import crc32

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import Item, attribute_of, item_of, values_of
from orderhub.adapters.dynamodb.order_codec import SCHEMA_VERSION, attributes_of, order_from
from orderhub.adapters.dynamodb.record_codec import (
    decision_from,
    decision_values,
    fact_from,
    fact_values,
    record_values,
)
from orderhub.adapters.dynamodb.transactions import ConditionFailed, transact
from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.effect import Effect
from orderhub.domain.errors import Stale
from orderhub.domain.facts import Fact
from orderhub.domain.order import Order
from orderhub.domain.records import StoredFact
from orderhub.ports.orders import AlreadySeen, Change, MessageMark, Origin

MESSAGE_TTL_SECONDS = 35 * 86_400
BATCH_GET, READ_ATTEMPTS = 100, 5
FIRST_CHECK_MS = 60_000  # an order whose driver never started is found by ``sweep`` this soon


class DynamoOrders:
    """OrderStore over one table. The client is boto3's low-level DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    # --- reading -------------------------------------------------------------------------------------------

    def load(self, order_id: str) -> Order | None:
        values = self._get(keys.order_pk(order_id), keys.ORDER_SK)
        return order_from(values) if values and "order_id" in values else None

    def decision(self, order_id: str, decision_id: str) -> Decision | None:
        values = self._get(keys.order_pk(order_id), keys.decision_sk(decision_id))
        return decision_from(values) if values else None

    def decisions_of(self, order_id: str) -> tuple[Decision, ...]:
        rows = self._below(keys.order_pk(order_id), "DECISION#")
        return tuple(decision_from(row) for row in rows)

    def facts_of(self, order_id: str) -> tuple[StoredFact, ...]:
        return tuple(fact_from(row) for row in self._below(keys.order_pk(order_id), "FACT#"))

    def effects_of(self, order_id: str) -> tuple[Effect, ...]:
        from orderhub.adapters.dynamodb.effects import effect_from

        return tuple(effect_from(row) for row in self._below(keys.order_pk(order_id), "EFFECT#"))

    def records_of(self, order_id: str) -> Mapping[str, list[Mapping[str, object]]]:
        found: dict[str, list[Mapping[str, object]]] = {}
        for row in self._below(keys.order_pk(order_id), ""):
            found.setdefault(str(row.get("entity", "")), []).append(row)
        return found

    def open_decisions_of(self, decision_class: DecisionClass) -> Iterator[Decision]:
        for page in self._pages(
            IndexName=keys.INDEX,
            KeyConditionExpression="gsi1pk = :p",
            ExpressionAttributeValues={":p": {"S": f"DUE#{decision_class.value}"}},
            Limit=BATCH_GET,
        ):
            for values in self._whole(page):
                if values.get("gsi1pk"):
                    yield decision_from(values)

    def open_decisions(self, limit: int = 100) -> tuple[Decision, ...]:
        found: list[Decision] = []
        for decision_class in DecisionClass:
            found += islice(self.open_decisions_of(decision_class), limit)
        return tuple(sorted(found, key=lambda d: (d.due_at, d.decision_id))[:limit])

    def order_of_waybill(self, carrier: str, number: str) -> str | None:
        values = self._get(keys.waybill_ref_pk(carrier, number), keys.REF_SK)
        return str(values["order_id"]) if values else None

    def due(self, before: int, limit: int = 100) -> Iterator[Order]:
        """Oldest first within each of the eight partitions; at most ``limit`` from each, over all its pages.

        An item that cannot be read does not keep the others (P11): ValueError is raised after the last of them.
        """
        unreadable: list[str] = []
        for shard in range(keys.OPEN_SHARDS):
            pages = self._pages(
                IndexName=keys.INDEX,
                KeyConditionExpression="gsi1pk = :p AND gsi1sk <= :t",
                ExpressionAttributeValues={
                    ":p": {"S": keys.open_pk(shard)},
                    ":t": {"S": keys.check_sk(before)},
                },
                Limit=limit,
            )
            rows = islice((item for page in pages for item in page), limit)
            for values in self._whole(rows):
                if "gsi1pk" not in values:
                    continue  # it ended since the index was read
                try:
                    order = order_from(values)
                except (KeyError, TypeError, ValueError):
                    unreadable.append(str(values["pk"]))
                    continue
                yield order
        if unreadable:
            raise ValueError(f"orders that cannot be read: {unreadable[:5]}")

    def seen(self, message: MessageMark) -> bool:
        return self._get(keys.message_pk(message.partner, message.key), keys.MESSAGE_SK) is not None

    # --- writing -------------------------------------------------------------------------------------------

    def commit(self, change: Change) -> Order:
        before = change.before
        after = replace(
            change.after,
            revision=(before.revision if before else 0) + 1,
            wake_seq=change.after.wake_seq + (1 if change.wakes else 0),
        )
        writes: list[dict[str, Any]] = [self._order_write(before, after, change.now)]
        message_at = None
        if change.message:
            message_at = len(writes)
            writes.append(self._put_new(self._message_values(change.message, after, change.now)))
        if before is None:
            writes.append(self._put_new(self._ref_values(after, change.now)))
        for number, fact in enumerate(change.facts):
            writes.append(self._put_new(fact_values(after, fact, number, change.origin, change.now)))
        for number, record in enumerate(change.records):
            values = record_values(after, record, number, change.now)
            writes.append({"Put": {"TableName": self._table, "Item": item_of(values)}})
        for decision in change.decisions:
            writes.append(self._put_new(decision_values(decision, after.revision, change.now)))
        for decision in change.made:
            writes.append(self._replace_open(decision_values(decision, after.revision, change.now)))
        try:
            transact(self._client, writes)
        except ConditionFailed as failed:
            if message_at is not None and message_at in failed.positions:
                raise AlreadySeen from failed
            raise Stale(after.order_id) from failed
        return after

    def request_alone(self, decision: Decision, facts: Sequence[Fact], now: int) -> bool:
        writes = [self._put_new(decision_values(decision, 1, now)), *self._facts_alone(decision, facts, now)]
        try:
            transact(self._client, writes)
        except ConditionFailed as failed:
            if 0 in failed.positions:
                return False
            raise Stale(decision.decision_id) from failed  # the place of its fact is taken: not the card itself
        return True

    def settle_alone(self, decision: Decision, fact: Fact, now: int) -> None:
        writes = [self._replace_open(decision_values(decision, 2, now))]
        try:
            transact(self._client, writes + self._facts_alone(decision, (fact,), now))
        except ConditionFailed as failed:
            raise Stale(decision.decision_id) from failed

    def _facts_alone(self, decision: Decision, facts: Sequence[Fact], now: int) -> list[dict[str, Any]]:
        """Facts of no order: their revision is the second they became true in, their number tells them apart."""
        nobody = Order(decision.order_id, "hub", "", "", revision=now // 1000)
        first = crc32(decision.decision_id.encode()) % 1_000_000 * 10
        if decision.status is not DecisionStatus.REQUESTED:
            first += 5  # asked and made within one second
        return [
            self._put_new(fact_values(nobody, fact, first + number, Origin(), now)) for number, fact in enumerate(facts)
        ]

    def look_again_at(self, order: Order, check_at: int) -> None:
        """Conditional on the order being open still; a lost race leaves the other's time standing."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(keys.order_pk(order.order_id), keys.ORDER_SK),
                UpdateExpression="SET gsi1sk = :t",
                ConditionExpression="attribute_exists(gsi1pk) AND gsi1sk = :seen",
                ExpressionAttributeValues={
                    ":t": {"S": keys.check_sk(check_at)},
                    ":seen": {"S": keys.check_sk(order.check_at)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _order_write(self, before: Order | None, after: Order, now: int) -> dict[str, Any]:
        """SET what differs, REMOVE what is gone; ``wait`` belongs to the state machine and is never touched."""
        old = attributes_of(before) if before else {}
        new = attributes_of(after)
        changed: dict[str, object] = {k: v for k, v in new.items() if v is not None and old.get(k) != v}
        changed |= {"revision": after.revision, "updated_at": now}
        removed = [k for k, v in new.items() if v is None and old.get(k) is not None]
        is_reopened = before is not None and before.is_finished and not after.is_finished
        if before is None or is_reopened:
            changed |= {
                "entity": "order",
                "schema_version": SCHEMA_VERSION,
                "gsi1pk": keys.open_pk(keys.open_shard_of(after.order_id)),
                "gsi1sk": keys.check_sk(now + FIRST_CHECK_MS),
            }
        elif after.is_finished and not before.is_finished:
            removed += ["gsi1pk", "gsi1sk", "wait"]
        names = {f"#{i}": name for i, name in enumerate([*changed, *removed])}
        places = {name: place for place, name in names.items()}
        values = {f":{i}": attribute_of(value) for i, value in enumerate(changed.values())}
        expression = "SET " + ", ".join(f"{places[name]} = :{i}" for i, name in enumerate(changed))
        if removed:
            expression += " REMOVE " + ", ".join(places[name] for name in removed)
        if before is None:
            condition = "attribute_not_exists(pk)"
        else:
            condition = "revision = :seen"
            values[":seen"] = {"N": str(before.revision)}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(keys.order_pk(after.order_id), keys.ORDER_SK),
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
            }
        }

    def _put_new(self, values: Mapping[str, object]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item_of(values),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _replace_open(self, values: Mapping[str, object]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item_of(values),
                "ConditionExpression": "#s = :open",
                "ExpressionAttributeNames": {"#s": "status"},
                "ExpressionAttributeValues": {":open": {"S": "requested"}},
            }
        }

    def _message_values(self, message: MessageMark, order: Order, now: int) -> dict[str, object]:
        return {
            "pk": keys.message_pk(message.partner, message.key),
            "sk": keys.MESSAGE_SK,
            "entity": "message",
            "schema_version": 1,
            "revision": order.revision,
            "updated_at": now,
            "order_id": order.order_id,
            "expires_on": now // 1000 + MESSAGE_TTL_SECONDS,
        }

    def _ref_values(self, order: Order, now: int) -> dict[str, object]:
        return {
            "pk": keys.ref_pk(order.channel, order.platform_id),
            "sk": keys.REF_SK,
            "entity": "ref",
            "schema_version": 1,
            "revision": order.revision,
            "updated_at": now,
            "order_id": order.order_id,
        }

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(pk, sk), ConsistentRead=True)
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

    def _items(self, wanted: Sequence[Item]) -> list[Item]:
        left: dict[str, Any] = {self._table: {"Keys": list(wanted), "ConsistentRead": True}}
        items: list[Item] = []
        for attempt in range(READ_ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems=left)
            items += answer["Responses"].get(self._table, ())
            left = answer.get("UnprocessedKeys") or {}
            if not left:
                return items
            time.sleep(0.02 * 2**attempt)
        raise TimeoutError("DynamoDB left keys unread")

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


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
