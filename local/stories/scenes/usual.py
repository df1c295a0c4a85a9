"""Usual orders, in several shapes, from several buyers, a few a second."""

import time
from typing import Any

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "usual"
ROUNDS = 3
BETWEEN_SECONDS = 0.5

SHAPES: tuple[tuple[str, list[dict[str, Any]], dict[str, Any]], ...] = (
    ("一件", [line("ZP-2026-01")], {}),
    ("三件", [line("FP-001", 3)], {"freight_fen": 800}),
    ("赠品", [line("ZP-2026-01"), line("FP-001", gift=True)], {}),
    ("两行", [line("ZP-2026-02"), line("LX-100", 2)], {"freight_fen": 1000}),
    ("优惠", [line("ZP-2026-02")], {"discount_fen": 5001}),
    ("优惠不整除", [line("LX-100", 3), line("FP-001")], {"discount_fen": 1000, "freight_fen": 600}),
    ("三行", [line("ZP-2026-01", 2), line("LX-100"), line("FP-001", 2)], {"discount_fen": 3333}),
    ("留言", [line("LX-100")], {"buyer_message": "请放门口，谢谢"}),
)


def play(world: World) -> None:
    """Each shape three times; a shop does not send its orders all in one instant."""
    for _ in range(ROUNDS):
        for note, lines, options in SHAPES:
            world.place(KEY, lines, note=note, **options)
            time.sleep(BETWEEN_SECONDS)


def check(world: World) -> list[Finding]:
    """All completed."""
    placed = world.of(KEY)
    done = [p for p in placed if world.evidence.orders.get(p.order_id, {}).get("outcome") == "completed"]
    found = f"{len(done)} of {len(placed)} completed, {len(SHAPES)} shapes"
    return [Finding("usual orders are completed", len(done) == len(placed), found)]


SCENE = Scene(KEY, "日常订单", "usual orders", play, check)
