"""Keys of the StockTable and of the reservation rows on the OrdersTable (design §4).

STOCK#<sku>#<warehouse>[#<shard>]   STOCK                  the stock item; shard 0 has no suffix
the same                            MOVEMENT#<revision>    a row of its ledger
ORDER#<order_id>                    RESERVATION#<line_id>  a reservation
"""

from typing import Any

from orderhub.adapters.dynamodb.keys import order_pk

STOCK_SK = "STOCK"
RESERVATION_PREFIX = "RESERVATION#"
MOVEMENT_PREFIX = "MOVEMENT#"


def stock_pk(sku: str, warehouse: str, shard: int = 0) -> str:
    """A merchant's SKU may contain ``#``: it is escaped, so two stocks never share a key."""
    suffix = f"#{shard}" if shard else ""
    return f"STOCK#{_escape(sku)}#{_escape(warehouse)}{suffix}"


def stock_key(sku: str, warehouse: str, shard: int = 0) -> dict[str, Any]:
    return {"pk": {"S": stock_pk(sku, warehouse, shard)}, "sk": {"S": STOCK_SK}}


def movement_sk(revision: int) -> str:
    return f"{MOVEMENT_PREFIX}{revision:010d}"


def reservation_key(order_id: str, line_id: str) -> dict[str, Any]:
    return {"pk": {"S": order_pk(order_id)}, "sk": {"S": f"{RESERVATION_PREFIX}{line_id}"}}


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace("#", "%23")
