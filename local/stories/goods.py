"""What the brand of the story sells: invented pet feeders and what belongs to them. Prices in fen."""

from typing import Any

WAREHOUSE = "WH01"
# Sold nowhere else, so that two buyers can race for its only piece.
LAST_UNIT_SKU = "ZP-LTD-01"
# No warehouse has it when it is ordered.
SOON_SKU = "ZP-NEW-01"

_CATALOGUE = {
    "ZP-2026-01": ("宠物智能喂食器", 39900),
    "ZP-2026-02": ("宠物智能喂食器 双仓版", 59900),
    "FP-001": ("智能饮水机滤芯", 4900),
    "LX-100": ("不锈钢食碗", 8900),
    SOON_SKU: ("宠物智能喂食器 新款", 69900),
    LAST_UNIT_SKU: ("宠物智能喂食器 限量版", 129900),
}


def line(sku: str, num: int = 1, *, gift: bool = False) -> dict[str, Any]:
    """One line of a cart."""
    title, price_fen = _CATALOGUE[sku]
    return {"sku": sku, "title": title, "price_fen": price_fen, "num": num} | ({"is_gift": True} if gift else {})
