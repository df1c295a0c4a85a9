"""Staff and presence in the orders table: ``STAFF`` / ``<staff id>``, ``LOOKS`` / ``<decision id>#<staff id>``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import Item, attribute_of, item_of, values_of
from orderhub.domain.staff import Role, Staff

LOOK_MS = 60_000


class DynamoStaff:
    """StaffStore. The last who saved wins; who and when is on the item."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, staff_id: str) -> Staff | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(keys.STAFF, staff_id), ConsistentRead=True)
        return _staff_from(values_of(answer["Item"])) if answer.get("Item") else None

    def listed(self) -> tuple[Staff, ...]:
        return tuple(map(_staff_from, _partition(self._client, self._table, keys.STAFF)))

    def save(self, staff: Staff, by: str, now: int) -> None:
        item = {
            "pk": keys.STAFF,
            "sk": staff.staff_id,
            "entity": "staff",
            "schema_version": 1,
            "name": staff.name,
            "roles": [role.value for role in staff.roles],
            "shops": list(staff.shops),
            "language": staff.language,
            "is_active": staff.is_active,
            "updated_at": now,
            "updated_by": by,
        }
        self._client.put_item(TableName=self._table, Item=item_of(item))


class DynamoPresence:
    """Presence. One small partition: as many items as cards were opened within the last minutes (TTL)."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def look(self, decision_id: str, staff_id: str, now: int) -> None:
        item = {
            "pk": keys.LOOKS,
            "sk": f"{decision_id}#{staff_id}",
            "entity": "look",
            "schema_version": 1,
            "staff_id": staff_id,
            "until": now + LOOK_MS,
            "expires_on": (now + 10 * LOOK_MS) // 1000,
        }
        self._client.put_item(TableName=self._table, Item=item_of(item))

    def lookers(self, decision_ids: Iterable[str], now: int) -> Mapping[str, Sequence[str]]:
        wanted = set(decision_ids)
        if not wanted:
            return {}
        rows = _partition(self._client, self._table, keys.LOOKS)
        found: dict[str, list[str]] = {}
        for row in rows:
            decision_id = row["sk"].partition("#")[0]
            if decision_id in wanted and row["until"] > now:
                found.setdefault(decision_id, []).append(row["staff_id"])
        return found


def _partition(client: Any, table: str, pk: str) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        answer = client.query(
            TableName=table,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": attribute_of(pk)},
            **start,
        )
        yield from map(values_of, answer["Items"])
        if not answer.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _key(pk: str, sk: str) -> Item:
    return {"pk": attribute_of(pk), "sk": attribute_of(sk)}


def _staff_from(values: Mapping[str, Any]) -> Staff:
    return Staff(
        staff_id=values["sk"],
        name=values["name"],
        roles=tuple(Role(role) for role in values["roles"]),
        shops=tuple(values.get("shops", ())),
        language=values.get("language", "zh"),
        is_active=bool(values.get("is_active", True)),
    )
