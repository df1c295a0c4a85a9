"""Alerts in DynamoDB: ``ALERT#<decision id>`` / ``TO#<recipient>#<level>``; those that are due stand in the index."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import Item, item_of, values_of
from orderhub.adapters.dynamodb.table_reader import BATCH_GET, read_batch
from orderhub.domain.alert import Alert, AlertState
from orderhub.domain.errors import Stale

TTL_SECONDS = 90 * 86_400
ATTEMPTS = 6
_FIELDS = tuple(field.name for field in fields(Alert))


class DynamoAlerts:
    """AlertStore over the orders table. Every write is conditional on the revision that was read."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def create(self, alert: Alert, now: int) -> bool:
        return self._put(replace(alert, revision=1), now, "attribute_not_exists(pk)", {})

    def change(self, alert: Alert, how: Callable[[Alert], Alert | None], now: int) -> Alert | None:
        """Raises Stale when others change the same alert faster than six attempts could follow."""
        for _ in range(ATTEMPTS):
            known = self._read(alert)
            wanted = how(known) if known else None
            if known is None or wanted is None:
                return None
            wanted = replace(wanted, revision=known.revision + 1)
            if self._put(wanted, now, "revision = :seen", {":seen": {"N": str(known.revision)}}):
                return wanted
        raise Stale(alert.decision_id)

    def of_decision(self, decision_id: str) -> tuple[Alert, ...]:
        found: list[Alert] = []
        start: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :p",
                ExpressionAttributeValues={":p": {"S": keys.alert_pk(decision_id)}},
                ConsistentRead=True,
                **start,
            )
            found += map(_alert_from, answer["Items"])
            if not answer.get("LastEvaluatedKey"):
                return tuple(found)
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def due(self, before: int, limit: int = 200) -> tuple[Alert, ...]:
        """The index may lag a moment behind; what it names is read consistently and may no longer be due."""
        answer = self._client.query(
            TableName=self._table,
            IndexName=keys.INDEX,
            KeyConditionExpression="gsi1pk = :p AND gsi1sk < :t",
            ExpressionAttributeValues={":p": {"S": keys.ALERTS}, ":t": {"S": f"{before + 1:013d}"}},
            Limit=limit,
        )
        wanted = [{"pk": row["pk"], "sk": row["sk"]} for row in answer["Items"]]
        found = [
            _alert_from(item)
            for at in range(0, len(wanted), BATCH_GET)
            for item in read_batch(self._client, self._table, wanted[at : at + BATCH_GET], ConsistentRead=True)
        ]
        due = [alert for alert in found if 0 < alert.due_at <= before]
        return tuple(sorted(due, key=lambda alert: (alert.due_at, alert.decision_id, alert.recipient)))

    def _read(self, alert: Alert) -> Alert | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(alert), ConsistentRead=True)
        return _alert_from(answer["Item"]) if answer.get("Item") else None

    def _put(self, alert: Alert, now: int, condition: str, values: Item) -> bool:
        index = keys.alert_index(alert.due_at, alert.decision_id, alert.recipient, alert.level)
        item = {
            **{name: getattr(alert, name) for name in _FIELDS},
            "pk": keys.alert_pk(alert.decision_id),
            "sk": keys.alert_sk(alert.recipient, alert.level),
            "gsi1pk": index[0] if alert.due_at else None,
            "gsi1sk": index[1] if alert.due_at else None,
            "entity": "alert",
            "schema_version": 1,
            "state": alert.state.value,
            "updated_at": now,
            "expires_on": now // 1000 + TTL_SECONDS,
        }
        asked: dict[str, Any] = {"TableName": self._table, "Item": item_of(item), "ConditionExpression": condition}
        if values:
            asked["ExpressionAttributeValues"] = values
        try:
            self._client.put_item(**asked)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(alert: Alert) -> Item:
    return {"pk": {"S": keys.alert_pk(alert.decision_id)}, "sk": {"S": keys.alert_sk(alert.recipient, alert.level)}}


def _alert_from(item: Item) -> Alert:
    values = values_of(item)
    known = {name: values[name] for name in _FIELDS if name in values}
    return Alert(**{**known, "state": AlertState(values["state"])})
