"""Stock items, reservation rows and ledger rows: DynamoDB's attribute values ↔ the domain's nouns."""

from collections.abc import Mapping
from typing import Any

from orderhub.adapters.dynamodb import stock_keys
from orderhub.adapters.dynamodb.items import Attribute, Item, attribute_of, item_of, values_of
from orderhub.domain.stock import (
    Balance,
    MovementKind,
    Reservation,
    ReservationStatus,
    StockLevel,
    StockMovement,
)

SCHEMA_VERSION = 1

StoredItem = Mapping[str, Mapping[str, Any]]


def last_movement(
    kind: MovementKind, quantity: int, at: int, order_id: str = "", line_id: str = "", reason: str = ""
) -> Attribute:
    """What the item says of its latest change, so that the stream's image alone explains it."""
    return attribute_of(
        {
            "kind": kind.value,
            "quantity": quantity,
            "order_id": order_id,
            "line_id": line_id,
            "reason": reason,
            "at": at,
        }
    )


def new_stock_item(sku: str, warehouse: str, shard: int, quantity: int, now: int, reason: str) -> Item:
    """A stock item as seeding writes it: revision 1, everything available."""
    values = {
        "entity": "stock",
        "schema_version": SCHEMA_VERSION,
        "revision": 1,
        "updated_at": now,
        "sku": sku,
        "warehouse": warehouse,
        "shard": shard,
        "available": quantity,
        "due": {},  # must exist: an update cannot add a key to a map that is not there
        "firm": 0,
        "sold": 0,
        "stocked": quantity,
        "closed_through": 0,
    }
    return {
        **stock_keys.stock_key(sku, warehouse, shard),
        **item_of(values),
        "last_movement": last_movement(MovementKind.SEEDED, quantity, now, reason=reason),
    }


def level_of(item: StoredItem) -> StockLevel:
    """The stock item of one shard."""
    values = values_of(item)
    return StockLevel(
        sku=values["sku"],
        warehouse=values["warehouse"],
        shard=values["shard"],
        available=values["available"],
        due={int(minute): quantity for minute, quantity in values["due"].items()},
        firm=values["firm"],
        sold=values["sold"],
        stocked=values["stocked"],
        revision=values["revision"],
        closed_through=values["closed_through"],
        suspected_difference=values.get("suspected_difference", 0),
        suspected_at=values.get("suspected_at", 0),
    )


def reservation_item(reservation: Reservation) -> Item:
    """The row on the order."""
    values = {
        "entity": "reservation",
        "schema_version": SCHEMA_VERSION,
        "revision": reservation.revision,
        "updated_at": reservation.updated_at,
        "order_id": reservation.order_id,
        "line_id": reservation.line_id,
        "sku": reservation.sku,
        "warehouse": reservation.warehouse,
        "shard": reservation.shard,
        "quantity": reservation.quantity,
        "status": reservation.status.value,
        "minute": reservation.minute,
        "expires_at": reservation.expires_at,
        "lost": reservation.lost,
    }
    return {**stock_keys.reservation_key(reservation.order_id, reservation.line_id), **item_of(values)}


def reservation_of(item: StoredItem) -> Reservation:
    """The row on the order, read."""
    values = values_of(item)
    return Reservation(
        order_id=values["order_id"],
        line_id=values["line_id"],
        sku=values["sku"],
        warehouse=values["warehouse"],
        shard=values["shard"],
        quantity=values["quantity"],
        status=ReservationStatus(values["status"]),
        minute=values["minute"],
        expires_at=values["expires_at"],
        revision=values["revision"],
        updated_at=values["updated_at"],
        lost=values["lost"],
    )


def movement_item(movement: StockMovement) -> Item:
    """The row of the ledger; its revision is the stock item's."""
    left = movement.left
    values = {
        "pk": stock_keys.stock_pk(movement.sku, movement.warehouse, movement.shard),
        "sk": stock_keys.movement_sk(movement.revision),
        "entity": "stock_movement",
        "schema_version": SCHEMA_VERSION,
        "revision": movement.revision,
        "updated_at": movement.at,
        "sku": movement.sku,
        "warehouse": movement.warehouse,
        "shard": movement.shard,
        "kind": movement.kind.value,
        "quantity": movement.quantity,
        "order_id": movement.order_id,
        "line_id": movement.line_id,
        "reason": movement.reason,
        "available": left.available,
        "due": left.due,
        "firm": left.firm,
        "sold": left.sold,
        "stocked": left.stocked,
    }
    return item_of(values)


def movement_of(item: StoredItem) -> StockMovement:
    """The row of the ledger, read."""
    values = values_of(item)
    return StockMovement(
        sku=values["sku"],
        warehouse=values["warehouse"],
        shard=values["shard"],
        revision=values["revision"],
        kind=MovementKind(values["kind"]),
        quantity=values["quantity"],
        at=values["updated_at"],
        left=Balance(
            available=values["available"],
            due=values["due"],
            firm=values["firm"],
            sold=values["sold"],
            stocked=values["stocked"],
        ),
        order_id=values["order_id"],
        line_id=values["line_id"],
        reason=values["reason"],
    )
