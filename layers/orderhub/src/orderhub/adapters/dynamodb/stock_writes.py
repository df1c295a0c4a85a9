"""The write half of every movement: one update of one stock item, with the condition that keeps it honest.

Expressions are made from ``domain.stock.EFFECTS``: what a movement does is said once. A number that goes down
has the condition that it can; DynamoDB conditions have no arithmetic, so each side is compared with a value.
"""

from typing import Any

from orderhub.adapters.dynamodb.items import attribute_of
from orderhub.adapters.dynamodb.stock_items import last_movement
from orderhub.adapters.dynamodb.stock_keys import stock_key
from orderhub.domain.stock import EFFECTS, MovementKind, Reservation, ReservationStatus, StockLevel

Write = dict[str, Any]


class StockUpdate:
    """Builds one update of one stock item. ``revision`` and ``last_movement`` always move with it."""

    def __init__(self, table: str, sku: str, warehouse: str, shard: int, now: int) -> None:
        self._table, self._key = table, stock_key(sku, warehouse, shard)
        self._set = ["#updated_at = :now", "#last = :last", "#revision = #revision + :one"]
        self._remove: list[str] = []
        self._conditions = ["attribute_exists(pk)"]
        self._names = {"#updated_at": "updated_at", "#last": "last_movement", "#revision": "revision"}
        self._values: dict[str, Any] = {":now": attribute_of(now), ":one": attribute_of(1)}
        self._now = now

    def move(
        self,
        kind: MovementKind,
        quantity: int,
        *,
        minute: int = 0,
        order_id: str = "",
        line_id: str = "",
        reason: str = "",
    ) -> "StockUpdate":
        """Apply a movement to the numbers; ``minute`` is the entry of ``due``, if it touches that."""
        effect = EFFECTS[kind]
        self._values[":last"] = last_movement(kind, quantity, self._now, order_id, line_id, reason)
        for column in ("available", "firm", "sold", "stocked"):
            self._shift(column, getattr(effect, column) * quantity)
        if effect.due:
            self._shift_due(minute, effect.due * quantity)
        return self

    def reclaim(self, level: StockLevel, minutes: dict[int, int]) -> "StockUpdate":
        """Take whole expired minutes back, each exactly as it was read, and close them for ever."""
        quantity = sum(minutes.values())
        self._values[":last"] = last_movement(MovementKind.RECLAIMED, quantity, self._now)
        self._shift("available", quantity)
        self._names |= {"#due": "due", "#closed": "closed_through"}
        self._values[":closed"] = attribute_of(max(level.closed_through, *minutes))
        self._set.append("#closed = :closed")
        self._conditions.append("#closed <= :closed")
        for index, (minute, exact) in enumerate(minutes.items()):
            self._names[f"#m{index}"] = str(minute)
            self._values[f":m{index}"] = attribute_of(exact)
            self._conditions.append(f"#due.#m{index} = :m{index}")
            self._remove.append(f"#due.#m{index}")
        return self

    def open_minute(self, minute: int) -> "StockUpdate":
        """Refuse a reclaimed minute: a new entry would revive the reservations that were lost with it."""
        self._names["#closed"] = "closed_through"
        self._values[":minute"] = attribute_of(minute)
        self._conditions.append("#closed < :minute")
        return self

    def seen(self, revision: int) -> "StockUpdate":
        """Refuse unless the item is still the one that was read."""
        self._values[":seen"] = attribute_of(revision)
        self._conditions.append("#revision = :seen")
        return self

    def forget_suspicion(self) -> "StockUpdate":
        self._remove += ["suspected_difference", "suspected_at"]
        return self

    def build(self) -> Write:
        removed = f" REMOVE {', '.join(self._remove)}" if self._remove else ""
        return {
            "Update": {
                "TableName": self._table,
                "Key": self._key,
                "UpdateExpression": f"SET {', '.join(self._set)}{removed}",
                "ConditionExpression": " AND ".join(self._conditions),
                "ExpressionAttributeNames": self._names,
                "ExpressionAttributeValues": self._values,
            }
        }

    def _shift(self, column: str, change: int) -> None:
        if not change:
            return
        self._names[f"#{column}"] = column
        self._values[f":{column}"] = attribute_of(change)
        self._set.append(f"#{column} = #{column} + :{column}")
        # ``stocked`` is the sum of the others, which are guarded
        if change < 0 and column != "stocked":
            self._values[f":need_{column}"] = attribute_of(-change)
            self._conditions.append(f"#{column} >= :need_{column}")

    def _shift_due(self, minute: int, change: int) -> None:
        self._names |= {"#due": "due", "#minute": str(minute)}
        self._values[":due"] = attribute_of(change)
        if change > 0:
            self._values[":zero"] = attribute_of(0)
            self._set.append("#due.#minute = if_not_exists(#due.#minute, :zero) + :due")
            return
        self._values[":need_due"] = attribute_of(-change)
        self._set.append("#due.#minute = #due.#minute + :due")
        self._conditions.append("#due.#minute >= :need_due")


def put_reservation(table: str, item: dict[str, Any], seen: Reservation | None) -> Write:
    """Write a reservation row where none was, or over exactly the one that was read."""
    put: dict[str, Any] = {"TableName": table, "Item": item}
    if seen is None:
        put["ConditionExpression"] = "attribute_not_exists(pk)"
    else:
        put["ConditionExpression"] = "#revision = :seen"
        put["ExpressionAttributeNames"] = {"#revision": "revision"}
        put["ExpressionAttributeValues"] = {":seen": attribute_of(seen.revision)}
    return {"Put": put}


def turn_reservation(
    table: str,
    key: dict[str, Any],
    seen: Reservation,
    status: ReservationStatus,
    now: int,
    *,
    lost: bool = False,
) -> Write:
    """Move a reservation row on, from exactly the one that was read."""
    return {
        "Update": {
            "TableName": table,
            "Key": key,
            "UpdateExpression": ("SET #status = :to, #lost = :lost, #revision = #revision + :one, #updated_at = :now"),
            "ConditionExpression": "#revision = :seen AND #status = :from",
            "ExpressionAttributeNames": {
                "#status": "status",
                "#lost": "lost",
                "#revision": "revision",
                "#updated_at": "updated_at",
            },
            "ExpressionAttributeValues": {
                ":to": attribute_of(status.value),
                ":from": attribute_of(seen.status.value),
                ":lost": attribute_of(lost),
                ":seen": attribute_of(seen.revision),
                ":one": attribute_of(1),
                ":now": attribute_of(now),
            },
        }
    }
