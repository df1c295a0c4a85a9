"""The hub's five numbers of every SKU against the warehouse's own: available + due + firm + sold = stocked."""

from dataclasses import dataclass
from typing import Any

from local.stories.evidence import Evidence
from local.stories.world import Finding


@dataclass(frozen=True)
class StockRow:
    """One SKU in one warehouse: the hub's numbers, then the warehouse's."""

    sku: str
    available: int
    due: int
    firm: int
    sold: int
    stocked: int
    counted: int  # stocktakes at the warehouse
    shipped: int  # left the warehouse
    sellable: int  # physical, less what waits for audit, less what waits to be sent

    @property
    def is_balanced(self) -> bool:
        """The hub's parts add up, and none is below zero."""
        parts = (self.available, self.due, self.firm, self.sold)
        return sum(parts) == self.stocked and min(parts) >= 0

    @property
    def agrees(self) -> bool:
        """Both books say the same: what came, what left, what can still be sold."""
        unsold = self.available + self.due + self.firm
        return (self.stocked, self.sold, unsold) == (self.counted, self.shipped, self.sellable)


def stock_rows(seen: Evidence) -> list[StockRow]:
    """Every SKU that either of the two knows, by name."""
    hub: dict[str, list[dict[str, Any]]] = {}
    for item in seen.items["StockTable"]:
        if item.get("entity") == "stock":
            hub.setdefault(f"{item['sku']}@{item['warehouse']}", []).append(item)
    warehouse = seen.warehouse["stock"]
    return [_row(name, hub.get(name, []), warehouse.get(name)) for name in sorted({*hub, *warehouse})]


def compare_stock(seen: Evidence) -> list[Finding]:
    """Balanced in the hub, equal in both books."""
    rows = stock_rows(seen)
    tilted = [row.sku for row in rows if not row.is_balanced]
    apart = [row.sku for row in rows if not row.agrees]
    sold = sum(row.sold for row in rows)
    return [
        Finding(
            "stock: available + due + firm + sold = stocked",
            not tilted and bool(rows),
            "; ".join([f"{len(rows) - len(tilted)} of {len(rows)} SKUs", *tilted]),
        ),
        Finding(
            "stock: the hub's numbers are the WMS's numbers",
            not apart and bool(rows),
            "; ".join([f"{len(rows) - len(apart)} of {len(rows)} SKUs, {sold} pieces sold and shipped", *apart]),
        ),
    ]


def _row(name: str, items: list[dict[str, Any]], book: dict[str, Any] | None) -> StockRow:
    """A SKU's stock may be split over several items (shards)."""

    def total(part: str) -> int:
        return sum(int(item[part]) for item in items)

    moves = book["moves"] if book else []
    return StockRow(
        sku=name.partition("@")[0],
        available=total("available"),
        due=sum(int(quantity) for item in items for quantity in item["due"].values()),
        firm=total("firm"),
        sold=total("sold"),
        stocked=total("stocked"),
        counted=sum(int(move["delta"]) for move in moves if move["kind"] == "stocktake"),
        shipped=-sum(int(move["delta"]) for move in moves if move["kind"] == "ship"),
        sellable=int(book["sellable"]) if book else 0,
    )
