"""Orders that wait for a partner, oldest placed first (``PARTNER#<name>``, design §4)."""

from collections.abc import Sequence
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import item_of, values_of
from orderhub.ports.orders import Waiting


class DynamoWaitingRoom:
    """WaitingRoom over the orders table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def enter(self, waiting: Waiting) -> None:
        """Stand in the line; entering again only renews ``until``."""
        values = {
            "pk": keys.partner_pk(waiting.partner),
            "sk": keys.partner_sk(waiting.placed_at, waiting.order_id),
            "entity": "waiting",
            "schema_version": 1,
            "order_id": waiting.order_id,
            "placed_at": waiting.placed_at,
            "verb": waiting.verb,
            "reference": waiting.reference,
            "until": waiting.until,
        }
        self._client.put_item(TableName=self._table, Item=item_of(values))

    def leave(self, waiting: Waiting) -> None:
        """Step out; nobody minds when one has left already."""
        key = {
            "pk": {"S": keys.partner_pk(waiting.partner)},
            "sk": {"S": keys.partner_sk(waiting.placed_at, waiting.order_id)},
        }
        self._client.delete_item(TableName=self._table, Key=key)

    def line(self, partner: str, limit: int) -> Sequence[Waiting]:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :p AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":p": {"S": keys.partner_pk(partner)},
                ":first": {"S": "0"},
                ":last": {"S": ":"},  # the character after "9": rows start with a time, other rows do not
            },
            Limit=limit,
            ConsistentRead=True,
        )
        return [
            Waiting(
                partner=partner,
                order_id=row["order_id"],
                placed_at=row["placed_at"],
                verb=row["verb"],
                reference=row["reference"],
                until=row["until"],
            )
            for row in map(values_of, answer["Items"])
        ]
