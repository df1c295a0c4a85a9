"""The ledger of stock movements, beside the stock items: one row per item and revision (design §4).

Written from the table's own stream. Row and image carry the same revision, so a record seen twice writes
once.
"""

from typing import Any

from orderhub.adapters.dynamodb import stock_keys
from orderhub.adapters.dynamodb.stock_items import movement_item, movement_of
from orderhub.domain.stock import StockMovement


class DynamoStockLedger:
    """``ports.stock.StockLedger``. ``client`` is a low-level boto3 DynamoDB client."""

    def __init__(self, client: Any, *, stock_table: str) -> None:
        self._client, self._table = client, stock_table

    def record(self, movement: StockMovement) -> bool:
        """Write the row; False when that revision is written already. Raises ClientError (throttled, …)."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=movement_item(movement),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def movements(self, sku: str, warehouse: str, shard: int = 0) -> tuple[StockMovement, ...]:
        """The whole history of one stock item, oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": {"S": stock_keys.stock_pk(sku, warehouse, shard)},
                ":prefix": {"S": stock_keys.MOVEMENT_PREFIX},
            },
        )
        return tuple(movement_of(item) for page in pages for item in page["Items"])
