"""Stock on DynamoDB: the StockTable's items and the reservation rows of the OrdersTable (design §4 "Stock").

reserve, firm, commit and release are each one transaction of two writes, stock item and reservation row, so
a crash leaves both or neither. What was read only chooses the step; the conditions in the table decide
whether it happens.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

from orderhub.adapters.dynamodb import stock_keys
from orderhub.adapters.dynamodb.stock_items import level_of, reservation_item, reservation_of
from orderhub.adapters.dynamodb.stock_supply import StockSupply
from orderhub.adapters.dynamodb.stock_transact import ATTEMPTS, Transactor, back_off
from orderhub.adapters.dynamodb.stock_writes import StockUpdate, Write, put_reservation, turn_reservation
from orderhub.domain.errors import Rejected, Stale
from orderhub.domain.stock import (
    Adjusted,
    Committed,
    Firmed,
    Lost,
    Moved,
    MovementKind,
    Released,
    Reservation,
    ReservationStatus,
    Reserved,
    Short,
    StockLevel,
    minute_for,
    movement_back,
)
from orderhub.domain.stock_plan import Gather, GiveUp, Reclaim, Take, plan_reserve

_STEPS = 20  # towards one reservation: reclaim, gather, take; far more than ever needed
_STOCK = 1  # place of the stock item's write in every transaction of two


class DynamoStockStore:
    """``ports.stock.StockStore``.

    ``shards`` splits every SKU; it may be raised later (then seed again), not lowered. ``client`` is a
    low-level boto3 DynamoDB client; ``pause`` waits seconds between attempts.
    """

    def __init__(
        self,
        client: Any,
        *,
        orders_table: str,
        stock_table: str,
        shards: int = 1,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._orders, self._stock, self._shards = client, orders_table, stock_table, shards
        self._pause = pause
        self._transactor = Transactor(client, pause)
        self._supply = StockSupply(self._transactor, stock_table, shards)

    def reserve(
        self, order_id: str, line_id: str, sku: str, warehouse: str, quantity: int, expires_at: int, now: int
    ) -> Reserved | Short:
        if quantity < 1:
            raise ValueError(f"cannot reserve {quantity}")
        preferred = crc32(f"{order_id}#{line_id}".encode())
        refusals, short_at = 0, -1
        for _ in range(_STEPS):
            seen, levels = self._read(order_id, line_id, sku, warehouse)
            if seen is not None and self._is_held(seen, levels):
                return _repeated(seen, sku, warehouse, quantity)
            step = plan_reserve(levels, preferred, quantity, now)
            if isinstance(step, GiveUp):
                revision = sum(level.revision for level in levels)
                # shards are not read in one instant: stock moving between them can hide from one reading
                if len(levels) < 2 or revision == short_at:
                    return Short(step.free, is_known=bool(levels))
                short_at = revision
                continue
            if isinstance(step, Take):
                row = _new_row(order_id, line_id, step.level, quantity, expires_at, seen, now)
                done = not self._transactor.write(self._taking(row, seen, now))
                if done:
                    return Reserved(row)
            else:
                done = self._prepare(step, sku, warehouse, now)
            if not done:
                back_off(refusals, self._pause)
                refusals += 1
                if refusals > ATTEMPTS:
                    break
        raise Stale(f"stock of {sku} in {warehouse} changes too fast to reserve")

    def firm(self, order_id: str, line_id: str, now: int) -> Firmed | Lost:
        for seen in self._attempts(order_id, line_id):
            if seen is None or seen.status is ReservationStatus.RELEASED:
                return Lost()
            if seen.status is not ReservationStatus.RESERVED:
                return Firmed(seen)
            refused = self._turn(seen, ReservationStatus.FIRM, MovementKind.FIRMED, now)
            if not refused:
                return Firmed(_turned(seen, ReservationStatus.FIRM, now))
            if refused == {_STOCK} and self._mark_lost(seen, now):
                return Lost()
        raise Stale(f"reservation {order_id}/{line_id} keeps changing")

    def commit(self, order_id: str, line_id: str, now: int) -> Committed:
        for seen in self._attempts(order_id, line_id):
            if seen is not None and seen.status is ReservationStatus.COMMITTED:
                return Committed(seen)
            if seen is None or seen.status is not ReservationStatus.FIRM:
                standing = seen.status.value if seen else "absent"
                raise Rejected("stock_not_firm", f"line {line_id} of {order_id} is {standing}, not firm")
            if not self._turn(seen, ReservationStatus.COMMITTED, MovementKind.COMMITTED, now):
                return Committed(_turned(seen, ReservationStatus.COMMITTED, now))
        raise Stale(f"reservation {order_id}/{line_id} keeps changing")

    def depart(self, order_id: str, line_id: str, now: int) -> None:
        for seen in self._attempts(order_id, line_id):
            if seen is not None and seen.status is ReservationStatus.TRANSFERRING:
                return
            if seen is None or seen.status is not ReservationStatus.FIRM:
                standing = seen.status.value if seen else "absent"
                raise Rejected("stock_not_firm", f"line {line_id} of {order_id} is {standing}, not firm")
            if not self._turn(seen, ReservationStatus.TRANSFERRING, MovementKind.TRANSFERRED, now):
                return
        raise Stale(f"reservation {order_id}/{line_id} keeps changing")

    def arrive(self, order_id: str, line_id: str, warehouse: str, now: int) -> bool:
        for seen in self._attempts(order_id, line_id):
            if seen is not None and seen.warehouse == warehouse and seen.status is ReservationStatus.FIRM:
                return True
            if seen is None or seen.status is not ReservationStatus.TRANSFERRING:
                return False
            self._supply.seed(seen.sku, warehouse, 0, now, "transfer")
            there = replace(_turned(seen, ReservationStatus.FIRM, now), warehouse=warehouse, shard=0)
            stock = StockUpdate(self._stock, there.sku, warehouse, there.shard, now)
            stock.move(MovementKind.RECEIVED, there.quantity, order_id=order_id, line_id=line_id)
            row = put_reservation(self._orders, reservation_item(there), seen)
            if not self._transactor.write([row, stock.build()]):
                return True
        raise Stale(f"reservation {order_id}/{line_id} keeps changing")

    def release(self, order_id: str, line_id: str, now: int) -> Released:
        for seen in self._attempts(order_id, line_id):
            if seen is None or seen.status is ReservationStatus.RELEASED:
                return Released(0)
            if seen.status is ReservationStatus.TRANSFERRING:
                if self._give_up(seen, now):
                    return Released(0)
                continue
            refused = self._turn(seen, ReservationStatus.RELEASED, movement_back(seen.status), now)
            if not refused:
                return Released(seen.quantity)
            expired = seen.status is ReservationStatus.RESERVED and refused == {_STOCK}
            if expired and self._mark_lost(seen, now):
                return Released(0)
        raise Stale(f"reservation {order_id}/{line_id} keeps changing")

    def reservations(self, order_id: str) -> tuple[Reservation, ...]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._orders,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": stock_keys.reservation_key(order_id, "")["pk"],
                ":prefix": {"S": stock_keys.RESERVATION_PREFIX},
            },
        )
        return tuple(reservation_of(item) for page in pages for item in page["Items"])

    def level(self, sku: str, warehouse: str) -> StockLevel | None:
        return self._supply.level(sku, warehouse)

    def levels(self, skus: Collection[str], warehouses: Collection[str]) -> tuple[StockLevel, ...]:
        return self._supply.levels_of(skus, warehouses)

    def seed(self, sku: str, warehouse: str, quantity: int, now: int, reason: str = "seed") -> bool:
        return self._supply.seed(sku, warehouse, quantity, now, reason)

    def adjust(
        self, sku: str, warehouse: str, difference: int, observed_revision: int, reason: str, now: int
    ) -> Adjusted | Moved:
        return self._supply.adjust(sku, warehouse, difference, observed_revision, reason, now)

    def suspect(self, sku: str, warehouse: str, difference: int, observed_revision: int, at: int) -> bool:
        return self._supply.suspect(sku, warehouse, difference, observed_revision, at)

    def _attempts(self, order_id: str, line_id: str) -> Iterator[Reservation | None]:
        """The row as it is now, again after each refusal, at most 1 + 5 times."""
        for attempt in range(ATTEMPTS + 1):
            if attempt:
                back_off(attempt - 1, self._pause)
            key = stock_keys.reservation_key(order_id, line_id)
            items = self._transactor.read({self._orders: [key]})
            yield reservation_of(items[0]) if items else None

    def _read(
        self, order_id: str, line_id: str, sku: str, warehouse: str
    ) -> tuple[Reservation | None, list[StockLevel]]:
        """The reservation row and every shard of the stock, in one call."""
        row, levels = None, []
        wanted = {
            self._orders: [stock_keys.reservation_key(order_id, line_id)],
            self._stock: [stock_keys.stock_key(sku, warehouse, shard) for shard in range(self._shards)],
        }
        for item in self._transactor.read(wanted):
            if item["sk"]["S"] == stock_keys.STOCK_SK:
                levels.append(level_of(item))
            else:
                row = reservation_of(item)
        return row, sorted(levels, key=lambda level: level.shard)

    def _is_held(self, row: Reservation, levels: Sequence[StockLevel]) -> bool:
        """Whether the row still holds its stock: its minute was not reclaimed.

        Row and stock are not read in one instant. A stock item read too early lacks the minute as well, but
        has not closed it yet: only a closed minute that is gone is lost.
        """
        if row.status is not ReservationStatus.RESERVED:
            return row.status is not ReservationStatus.RELEASED
        mine = (row.sku, row.warehouse, row.shard)
        for level in levels:
            if (level.sku, level.warehouse, level.shard) == mine:
                return level.closed_through < row.minute or row.minute in level.due
        items = self._transactor.read({self._stock: [stock_keys.stock_key(*mine)]})
        return bool(items) and self._is_held(row, [level_of(items[0])])

    def _taking(self, row: Reservation, seen: Reservation | None, now: int) -> list[Write]:
        stock = StockUpdate(self._stock, row.sku, row.warehouse, row.shard, now)
        stock.move(
            MovementKind.RESERVED,
            row.quantity,
            minute=row.minute,
            order_id=row.order_id,
            line_id=row.line_id,
        ).open_minute(row.minute)
        return [put_reservation(self._orders, reservation_item(row), seen), stock.build()]

    def _turn(self, seen: Reservation, to: ReservationStatus, kind: MovementKind, now: int) -> frozenset[int]:
        stock = StockUpdate(self._stock, seen.sku, seen.warehouse, seen.shard, now)
        stock.move(kind, seen.quantity, minute=seen.minute, order_id=seen.order_id, line_id=seen.line_id)
        key = stock_keys.reservation_key(seen.order_id, seen.line_id)
        return self._transactor.write([turn_reservation(self._orders, key, seen, to, now), stock.build()])

    def _give_up(self, seen: Reservation, now: int) -> bool:
        """Pieces on their way are in no stock item: where they arrive, the WMS's count finds them."""
        key = stock_keys.reservation_key(seen.order_id, seen.line_id)
        return not self._transactor.write([turn_reservation(self._orders, key, seen, ReservationStatus.RELEASED, now)])

    def _mark_lost(self, seen: Reservation, now: int) -> bool:
        """The stock is back already, for a reclaimed minute never returns: only the row must say so."""
        key = stock_keys.reservation_key(seen.order_id, seen.line_id)
        released = ReservationStatus.RELEASED
        write = turn_reservation(self._orders, key, seen, released, now, lost=True)
        return not self._transactor.write([write])

    def _prepare(self, step: Reclaim | Gather, sku: str, warehouse: str, now: int) -> bool:
        if isinstance(step, Reclaim):
            return self._supply.reclaim(step.level, step.minutes, now)
        return self._supply.move(sku, warehouse, step.shares, now)


def _new_row(
    order_id: str,
    line_id: str,
    level: StockLevel,
    quantity: int,
    expires_at: int,
    seen: Reservation | None,
    now: int,
) -> Reservation:
    return Reservation(
        order_id=order_id,
        line_id=line_id,
        sku=level.sku,
        warehouse=level.warehouse,
        shard=level.shard,
        quantity=quantity,
        status=ReservationStatus.RESERVED,
        minute=minute_for(expires_at, now, level.closed_through),
        expires_at=expires_at,
        revision=seen.revision + 1 if seen else 1,
        updated_at=now,
    )


def _turned(seen: Reservation, status: ReservationStatus, now: int) -> Reservation:
    return replace(seen, status=status, revision=seen.revision + 1, updated_at=now)


def _repeated(seen: Reservation, sku: str, warehouse: str, quantity: int) -> Reserved:
    if (seen.sku, seen.warehouse, seen.quantity) == (sku, warehouse, quantity):
        return Reserved(seen)
    raise Rejected(
        "reserved_otherwise",
        f"line {seen.line_id} of {seen.order_id} holds {seen.quantity} × {seen.sku} in {seen.warehouse}; "
        "release that before reserving something else",
    )
