"""How stock comes to be there: seeding, corrections counted by the WMS, and what moves between shards.

Everything here is one transaction over the shards it touches, each guarded by its own numbers or revision.
"""

from collections.abc import Collection
from itertools import batched

from orderhub.adapters.dynamodb import stock_keys
from orderhub.adapters.dynamodb.items import Attribute, attribute_of
from orderhub.adapters.dynamodb.stock_items import level_of, new_stock_item
from orderhub.adapters.dynamodb.stock_transact import Transactor
from orderhub.adapters.dynamodb.stock_writes import StockUpdate, Write
from orderhub.domain.stock import Adjusted, Moved, MovementKind, StockLevel
from orderhub.domain.stock_shards import even_out, share_out, split, total

READ_AT_ONCE = 100  # items in a BatchGetItem


class StockSupply:
    """The stock items themselves, without any order."""

    def __init__(self, transactor: Transactor, stock_table: str, shards: int) -> None:
        self._transactor, self._table, self._shards = transactor, stock_table, shards

    def levels(self, sku: str, warehouse: str) -> list[StockLevel]:
        """Every shard that exists, in order, read consistently."""
        keys = [stock_keys.stock_key(sku, warehouse, shard) for shard in range(self._shards)]
        levels = [level_of(item) for item in self._transactor.read({self._table: keys})]
        return sorted(levels, key=lambda level: level.shard)

    def level(self, sku: str, warehouse: str) -> StockLevel | None:
        levels = self.levels(sku, warehouse)
        return total(levels) if levels else None

    def levels_of(self, skus: Collection[str], warehouses: Collection[str]) -> tuple[StockLevel, ...]:
        """The total of each pair that exists, in the order asked; a hundred items a call."""
        pairs = [(sku, warehouse) for sku in dict.fromkeys(skus) for warehouse in dict.fromkeys(warehouses)]
        keys = [stock_keys.stock_key(*pair, shard) for pair in pairs for shard in range(self._shards)]
        shards: dict[tuple[str, str], list[StockLevel]] = {}
        for some in batched(keys, READ_AT_ONCE, strict=False):
            for item in self._transactor.read({self._table: some}):
                level = level_of(item)
                shards.setdefault((level.sku, level.warehouse), []).append(level)
        return tuple(total(sorted(shards[pair], key=_shard)) for pair in pairs if pair in shards)

    def seed(self, sku: str, warehouse: str, quantity: int, now: int, reason: str) -> bool:
        """Create all shards if there is none; else those that a raised setting added, and even out."""
        if quantity < 0:
            raise ValueError(f"cannot seed {quantity}")
        existing = {level.shard for level in self.levels(sku, warehouse)}
        missing = [shard for shard in range(self._shards) if shard not in existing]
        parts = [0] * self._shards if existing else split(quantity, self._shards)
        writes = [
            self._put(sku, warehouse, shard, parts[shard], now, "more shards" if existing else reason)
            for shard in missing
        ]
        if not writes or self._transactor.write(writes):
            return False
        if existing:
            self.move(sku, warehouse, even_out(self.levels(sku, warehouse)), now)
        return not existing

    def adjust(
        self, sku: str, warehouse: str, difference: int, observed_revision: int, reason: str, now: int
    ) -> Adjusted | Moved:
        levels = self.levels(sku, warehouse)
        if not levels or total(levels).revision != observed_revision:
            return Moved()
        shares = share_out(levels, difference) if difference else {}
        applied = sum(shares.values())
        if shares:
            writes = [self._adjusting(level, shares.get(level.shard, 0), reason, now) for level in levels]
            if self._transactor.write(writes):
                return Moved()
        return Adjusted(applied, difference - applied)

    def suspect(self, sku: str, warehouse: str, difference: int, observed_revision: int, at: int) -> bool:
        levels = self.levels(sku, warehouse)
        if not levels or total(levels).revision != observed_revision:
            return False
        # not a movement: the revision stays, so the ledger has no row for it
        write = self._marking(
            levels[0],
            "SET suspected_difference = :difference, suspected_at = :at",
            {":difference": attribute_of(difference), ":at": attribute_of(at)},
        )
        return not self._transactor.write([write])

    def reclaim(self, level: StockLevel, minutes: dict[int, int], now: int) -> bool:
        """Take expired minutes back. False when one of them is no longer as it was read."""
        update = StockUpdate(self._table, level.sku, level.warehouse, level.shard, now)
        return not self._transactor.write([update.reclaim(level, minutes).build()])

    def move(self, sku: str, warehouse: str, shares: dict[int, int], now: int) -> bool:
        """Move stock between shards; ``shares`` is signed and sums to 0. False when one has not enough."""
        writes = [
            StockUpdate(self._table, sku, warehouse, shard, now).move(MovementKind.MOVED, share).build()
            for shard, share in sorted(shares.items())
        ]
        return not writes or not self._transactor.write(writes)

    def _put(self, sku: str, warehouse: str, shard: int, quantity: int, now: int, reason: str) -> Write:
        item = new_stock_item(sku, warehouse, shard, quantity, now, reason)
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _adjusting(self, level: StockLevel, share: int, reason: str, now: int) -> Write:
        if share:
            update = StockUpdate(self._table, level.sku, level.warehouse, level.shard, now)
            update.move(MovementKind.ADJUSTED, share, reason=reason).seen(level.revision)
            return (update.forget_suspicion() if level.shard == 0 else update).build()
        return self._marking(level, "REMOVE suspected_difference, suspected_at", {})

    def _marking(self, level: StockLevel, expression: str, values: dict[str, Attribute]) -> Write:
        return {
            "Update": {
                "TableName": self._table,
                "Key": stock_keys.stock_key(level.sku, level.warehouse, level.shard),
                "UpdateExpression": expression,
                "ConditionExpression": "#revision = :seen",
                "ExpressionAttributeNames": {"#revision": "revision"},
                "ExpressionAttributeValues": {**values, ":seen": attribute_of(level.revision)},
            }
        }


def _shard(level: StockLevel) -> int:
    return level.shard
