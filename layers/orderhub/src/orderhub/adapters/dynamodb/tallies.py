"""How often somebody did something within this hour: ``TALLY#<what>#<who>`` / ``<hour>``, forgotten by TTL."""

from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import attribute_of

HOUR_MS = 3_600_000


class DynamoTallies:
    """ports.staff.Tallies: one conditional update counts and refuses at once, so that two at a time cannot both be the
    last. Hours are those of the clock."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, what: str, who: str, most: int, now: int) -> bool:
        hour = now // HOUR_MS
        values = {":one": 1, ":most": most, ":e": "tally", ":until": (hour + 2) * HOUR_MS // 1000}
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": attribute_of(keys.tally_pk(what, who)), "sk": attribute_of(keys.tally_sk(hour))},
                UpdateExpression="SET entity = :e, schema_version = :one, expires_on = :until ADD times :one",
                ConditionExpression="attribute_not_exists(times) OR times < :most",
                ExpressionAttributeValues={name: attribute_of(value) for name, value in values.items()},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
