"""Orders in DynamoDB: one transaction per change, UpdateItem only, every write conditional (design §4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.address_change_codec import change_from
from orderhub.adapters.dynamodb.decisions import DynamoDecisions, decision_writes
from orderhub.adapters.dynamodb.gift_quotas import quota_write
from orderhub.adapters.dynamodb.items import attribute_of, item_of
from orderhub.adapters.dynamodb.order_codec import SCHEMA_VERSION, attributes_of, order_from
from orderhub.adapters.dynamodb.packing import packing_writes
from orderhub.adapters.dynamodb.record_codec import (
    fact_from,
    fact_values,
    record_values,
    search_from,
    transfer_from,
    waybill_from,
)
from orderhub.adapters.dynamodb.table_reader import key_of, put_new
from orderhub.adapters.dynamodb.transactions import ConditionFailed, transact
from orderhub.domain.address_change import ChangeOfAddress
from orderhub.domain.backfill import NumberSearch
from orderhub.domain.effect import Effect
from orderhub.domain.errors import Stale
from orderhub.domain.order import Order
from orderhub.domain.records import StockTransfer, StoredFact, WaybillVersion
from orderhub.ports.orders import AlreadySeen, Change, GiftQuotaUsed, MessageMark

MESSAGE_TTL_SECONDS = 35 * 86_400
FIRST_CHECK_MS = 60_000  # an order whose driver never started is found by ``sweep`` this soon


class DynamoOrders(DynamoDecisions):
    """OrderStore over one table. The client is boto3's low-level DynamoDB client."""

    # --- reading -------------------------------------------------------------------------------------------

    def load(self, order_id: str) -> Order | None:
        values = self._get(keys.order_pk(order_id), keys.ORDER_SK)
        return order_from(values) if values and "order_id" in values else None

    def load_many(self, order_ids: Sequence[str]) -> Sequence[Order]:
        rows = self._whole(key_of(keys.order_pk(order_id), keys.ORDER_SK) for order_id in order_ids)
        return [order_from(values) for values in rows if "order_id" in values]

    def placed_with(self, phone_digest: str, since: int, until: int) -> Sequence[str]:
        first, last = keys.phone_range(since, until)
        pages = self._pages(
            KeyConditionExpression="pk = :p AND sk BETWEEN :a AND :b",
            ExpressionAttributeValues={
                ":p": {"S": keys.phone_pk(phone_digest)},
                ":a": {"S": first},
                ":b": {"S": last},
            },
            ConsistentRead=True,
        )
        return [item["order_id"]["S"] for page in pages for item in page]

    def facts_of(self, order_id: str) -> tuple[StoredFact, ...]:
        return tuple(fact_from(row) for row in self._below(keys.order_pk(order_id), "FACT#"))

    def effects_of(self, order_id: str) -> tuple[Effect, ...]:
        from orderhub.adapters.dynamodb.effects import effect_from

        return tuple(effect_from(row) for row in self._below(keys.order_pk(order_id), "EFFECT#"))

    def waybills_of(self, order_id: str) -> tuple[WaybillVersion, ...]:
        return tuple(waybill_from(row) for row in self._below(keys.order_pk(order_id), "WAYBILL#"))

    def transfers_of(self, order_id: str) -> tuple[StockTransfer, ...]:
        rows = (transfer_from(row) for row in self._below(keys.order_pk(order_id), "TRANSFER#"))
        return tuple(sorted(rows, key=lambda transfer: transfer.number))

    def address_changes_of(self, order_id: str) -> tuple[ChangeOfAddress, ...]:
        rows = (change_from(row) for row in self._below(keys.order_pk(order_id), "ADDRESS_CHANGE#"))
        return tuple(sorted(rows, key=lambda change: change.number))

    def address_change(self, order_id: str, number: int) -> ChangeOfAddress | None:
        values = self._get(keys.order_pk(order_id), keys.address_change_sk(number))
        return change_from(values) if values else None

    def open_transfers(self) -> Iterator[StockTransfer]:
        for values in self._indexed(keys.TRANSFERS_PK):
            yield transfer_from(values)

    def number_search(self, order_id: str, fulfillment: int) -> NumberSearch | None:
        values = self._get(keys.order_pk(order_id), keys.search_sk(fulfillment))
        return search_from(values) if values else None

    def open_searches(self, turn: str) -> Iterator[NumberSearch]:
        for values in self._indexed(keys.searches_pk(turn)):
            yield search_from(values)

    def records_of(self, order_id: str) -> Mapping[str, list[Mapping[str, object]]]:
        found: dict[str, list[Mapping[str, object]]] = {}
        for row in self._below(keys.order_pk(order_id), ""):
            found.setdefault(str(row.get("entity", "")), []).append(row)
        return found

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
            writes.append(put_new(self._table, self._message_values(change.message, after, change.now)))
        if before is None:
            writes.append(put_new(self._table, self._ref_values(after, change.now)))
        for number, fact in enumerate(change.facts):
            writes.append(put_new(self._table, fact_values(after, fact, number, change.origin, change.now)))
        for number, record in enumerate(change.records):
            values = record_values(after, record, number, change.now)
            writes.append({"Put": {"TableName": self._table, "Item": item_of(values)}})
        writes += packing_writes(self._table, before, after, change.now)
        writes += decision_writes(self._table, change, after.revision)
        quotas_at = len(writes)
        writes += [quota_write(self._table, move, change.now) for move in change.quotas]
        try:
            transact(self._client, writes)
        except ConditionFailed as failed:
            if message_at is not None and message_at in failed.positions:
                raise AlreadySeen from failed
            if min(failed.positions) >= quotas_at:
                move = change.quotas[min(failed.positions) - quotas_at]
                if move.pieces > 0:
                    raise GiftQuotaUsed(move) from failed
                # A counter that was taken away by hand keeps no order from giving back what it had.
                return self.commit(replace(change, quotas=[other for other in change.quotas if other is not move]))
            raise Stale(after.order_id) from failed
        return after

    def look_again_at(self, order: Order, check_at: int) -> None:
        """Conditional on the order being open still; a lost race leaves the other's time standing."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(keys.order_pk(order.order_id), keys.ORDER_SK),
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
        is_reopened = before is not None and not before.is_looked_at and after.is_looked_at
        if before is None or is_reopened:
            changed |= {
                "entity": "order",
                "schema_version": SCHEMA_VERSION,
                "gsi1pk": keys.open_pk(keys.open_shard_of(after.order_id)),
                "gsi1sk": keys.check_sk(now + FIRST_CHECK_MS),
            }
        elif before.is_looked_at and not after.is_looked_at:
            removed += ["gsi1pk", "gsi1sk"]
        if before is not None and after.is_finished and not before.is_finished:
            removed.append("wait")  # ``change_wait`` stays: its run ends by itself
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
                "Key": key_of(keys.order_pk(after.order_id), keys.ORDER_SK),
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": values,
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
