"""Until when a partner's account has been read (``WATERMARK#<partner>#<account>``)."""

from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import item_of, values_of


class DynamoWatermarks:
    """services.pull_orders.Watermarks over the orders table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, partner: str, account: str) -> int:
        answer = self._client.get_item(
            TableName=self._table,
            Key={"pk": {"S": keys.watermark_pk(partner, account)}, "sk": {"S": keys.WATERMARK_SK}},
            ConsistentRead=True,
        )
        return int(values_of(answer["Item"])["until"]) if answer.get("Item") else 0

    def advance(self, partner: str, account: str, seen: int, to: int) -> bool:
        values = {
            "pk": keys.watermark_pk(partner, account),
            "sk": keys.WATERMARK_SK,
            "entity": "watermark",
            "schema_version": 1,
            "until": to,
            "updated_at": to,
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of(values),
                ConditionExpression="attribute_not_exists(pk) OR #until = :seen",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":seen": {"N": str(seen)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
