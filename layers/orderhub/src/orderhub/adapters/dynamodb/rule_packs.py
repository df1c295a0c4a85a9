"""Rule packs in DynamoDB: every version once and for ever, a pointer to the live one (design §4).

RULES#<kind> / V#<n>: a version, its graph as one JSON text. / SHELF: counts the kind's changes and versions; every
change is conditional on it. / LIVE: the pointer. A change and its fact are one transaction.
"""

import json
from collections.abc import Mapping
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import attribute_of, item_of, values_of
from orderhub.adapters.dynamodb.record_codec import fact_values
from orderhub.adapters.dynamodb.transactions import ConditionFailed, transact
from orderhub.domain.errors import Stale
from orderhub.domain.order import Order
from orderhub.domain.rulepack import LiveMark, Pack, PackStatus, RuleKind
from orderhub.ports.orders import Origin
from orderhub.ports.rules import PackChange, Shelf

_HEAD = ("version", "status", "owner", "note", "changed_by", "changed_at", "reason", "tested", "based_on")


class DynamoRulePacks:
    """PackStore over the orders table. The client is boto3's low-level DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def shelf(self, kind: RuleKind) -> Shelf:
        found = self._get(kind, keys.SHELF_SK)
        if not found:
            return Shelf()
        return Shelf(found["revision"], found["last_version"], self.live_mark(kind))

    def live_mark(self, kind: RuleKind) -> LiveMark | None:
        found = self._get(kind, keys.LIVE_SK)
        if not found:
            return None
        return LiveMark(found["version"], found["switched_by"], found["switched_at"], found.get("reason", ""))

    def load(self, kind: RuleKind, version: int) -> Pack | None:
        found = self._get(kind, keys.pack_sk(version))
        return _pack(kind, found) if found else None

    def versions(self, kind: RuleKind) -> tuple[Pack, ...]:
        found: list[Pack] = []
        start: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :p AND begins_with(sk, :v)",
                ExpressionAttributeValues={":p": {"S": keys.rules_pk(kind.value)}, ":v": {"S": "V#"}},
                ProjectionExpression=", ".join(f"#{name}" for name in _HEAD),
                ExpressionAttributeNames={f"#{name}": name for name in _HEAD},
                ScanIndexForward=False,
                ConsistentRead=True,
                **start,
            )
            found += [_pack(kind, values_of(item)) for item in answer["Items"]]
            if not answer.get("LastEvaluatedKey"):
                return tuple(found)
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def commit(self, change: PackChange) -> None:
        kind, revision = change.pack.kind, change.seen.revision + 1
        subject = Order(keys.rules_subject(kind.value), "hub", "", "", revision=revision)
        fact = item_of(fact_values(subject, change.fact, 0, Origin(), change.now))
        writes = [self._shelf_write(change, revision), _put_new(self._table, fact)]
        if change.is_new:
            writes.append(_put_new(self._table, item_of(_values(change.pack, change.now))))
        elif change.pack.version:
            writes.append(self._status_write(change.pack, change.now))
        if change.retires:
            writes.append(self._retire_write(kind, change))
        if change.live:
            writes.append(self._live_write(kind, change, change.live))
        try:
            transact(self._client, writes)
        except ConditionFailed as failed:
            raise Stale(f"rules {kind.value}") from failed

    # --- the writes of a change ----------------------------------------------------------------------------

    def _shelf_write(self, change: PackChange, revision: int) -> dict[str, Any]:
        values: dict[str, object] = {
            **self._base(change.pack.kind, keys.SHELF_SK, "rule_shelf", change.now),
            "revision": revision,
            "last_version": max(change.seen.last_version, change.pack.version),
        }
        seen = change.seen.revision
        return _put_if(self._table, values, "revision", seen if seen else None)

    def _live_write(self, kind: RuleKind, change: PackChange, mark: LiveMark) -> dict[str, Any]:
        values: dict[str, object] = {
            **self._base(kind, keys.LIVE_SK, "rule_live", change.now),
            "revision": change.seen.revision + 1,
            "version": mark.version,
            "switched_by": mark.switched_by,
            "switched_at": mark.switched_at,
            "reason": mark.reason or None,
        }
        return _put_if(self._table, values, "version", change.seen.live.version if change.seen.live else None)

    def _status_write(self, pack: Pack, now: int) -> dict[str, Any]:
        """What a version says stays as it was saved; only what is known about it changes."""
        said: dict[str, object] = {
            "status": pack.status.value,
            "reason": pack.reason,
            "tested": _text(pack.tested),
            "changed_by": pack.changed_by,
            "changed_at": pack.changed_at,
            "updated_at": now,
        }
        return self._update(pack.kind, pack.version, said, "attribute_exists(pk)", {})

    def _retire_write(self, kind: RuleKind, change: PackChange) -> dict[str, Any]:
        said: dict[str, object] = {
            "status": PackStatus.RETIRED.value,
            "changed_by": change.pack.changed_by,
            "changed_at": change.now,
            "updated_at": change.now,
        }
        return self._update(kind, change.retires, said, "#status = :was", {":was": {"S": PackStatus.LIVE.value}})

    def _update(
        self, kind: RuleKind, version: int, said: Mapping[str, object], condition: str, more: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(kind, keys.pack_sk(version)),
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in said),
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {f"#{name}": name for name in said},
                "ExpressionAttributeValues": {f":{k}": attribute_of(v) for k, v in said.items()} | dict(more),
            }
        }

    def _base(self, kind: RuleKind, sk: str, entity: str, now: int) -> dict[str, object]:
        return {
            "pk": keys.rules_pk(kind.value),
            "sk": sk,
            "entity": entity,
            "schema_version": 1,
            "kind": kind.value,
            "updated_at": now,
        }

    def _get(self, kind: RuleKind, sk: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(kind, sk), ConsistentRead=True)
        return values_of(answer["Item"]) if answer.get("Item") else None


def _key(kind: RuleKind, sk: str) -> dict[str, Any]:
    return {"pk": {"S": keys.rules_pk(kind.value)}, "sk": {"S": sk}}


def _put_new(table: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def _put_if(table: str, values: Mapping[str, object], name: str, seen: int | None) -> dict[str, Any]:
    """A put that holds only while ``name`` is as it was seen; None: while there is nothing."""
    if seen is None:
        return _put_new(table, item_of(values))
    return {
        "Put": {
            "TableName": table,
            "Item": item_of(values),
            "ConditionExpression": "#name = :seen",
            "ExpressionAttributeNames": {"#name": name},
            "ExpressionAttributeValues": {":seen": {"N": str(seen)}},
        }
    }


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _values(pack: Pack, now: int) -> dict[str, object]:
    return {
        "pk": keys.rules_pk(pack.kind.value),
        "sk": keys.pack_sk(pack.version),
        "entity": "rule_pack",
        "schema_version": 1,
        "revision": pack.version,
        "updated_at": now,
        "kind": pack.kind.value,
        "version": pack.version,
        "graph": _text(pack.graph),
        "status": pack.status.value,
        "owner": pack.owner,
        "note": pack.note,
        "changed_by": pack.changed_by,
        "changed_at": pack.changed_at,
        "reason": pack.reason,
        "tested": _text(pack.tested),
        "based_on": pack.based_on,
    }


def _pack(kind: RuleKind, values: Mapping[str, Any]) -> Pack:
    return Pack(
        kind,
        values["version"],
        json.loads(values.get("graph", "{}")),
        PackStatus(values["status"]),
        values["owner"],
        values["note"],
        values["changed_by"],
        values["changed_at"],
        values["reason"],
        json.loads(values["tested"]),
        values.get("based_on"),
    )
