"""The gift matrix: 299.00 gets the gift, 298.99 does not; the packer reads it in the warehouse's instruction (R30)."""

from typing import Any

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "gifts"
GIFT_LINE = "赠品:智能饮水机滤芯×1"
PRICE_FEN = 39_900
CASES = (("299.00", 29_900, True), ("298.99", 29_899, False))


def play(world: World) -> None:
    """One feeder each, by coupons of different worth."""
    for note, paid_fen, _ in CASES:
        world.place(KEY, [line("ZP-2026-01")], note=note, discount_fen=PRICE_FEN - paid_fen)


def check(world: World) -> list[Finding]:
    """Granted in the hub and readable at the warehouse, or neither."""
    seen, found, right = world.evidence, [], True
    for placed, (note, _, is_due) in zip(world.of(KEY), CASES, strict=True):
        order: dict[str, Any] = seen.orders[placed.order_id]
        trade = seen.warehouse["trades"].get(placed.tid, {})
        granted, told = [gift["code"] for gift in order["gifts"]], GIFT_LINE in str(trade)
        right &= order["outcome"] == "completed" and bool(granted) == told == is_due
        found.append(f"¥{note}: {' '.join(granted) or 'none'}, {'in' if told else 'not in'} the WMS's instruction")
    return [Finding("the gift matrix decides at ¥299.00", right, "; ".join(found))]


SCENE = Scene(KEY, "赠品矩阵", "gift matrix", play, check)
