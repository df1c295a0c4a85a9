"""The gift matrix: 299.00 gets the gift, 298.99 does not. The packer reads it in the warehouse's instruction (R30) and
at the bottom of the label, whose codes scan (R31, R39).
"""

import io
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image

from local.cloud.paths import hub_home
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
    return [Finding("the gift matrix decides at ¥299.00", right, "; ".join(found)), _labels(world)]


def _labels(world: World) -> Finding:
    """The labels as a packer has them, left in a folder to be looked at: scanned, and read."""
    folder = hub_home() / "demo" / "labels"
    folder.mkdir(parents=True, exist_ok=True)
    found, right = [], True
    for placed, (note, _, is_due) in zip(world.of(KEY), CASES, strict=True):
        image, _ = world.hub.label(placed.order_id, 1, "png", "demo", "check")
        (folder / f"{placed.order_id}.png").write_bytes(image)
        file, _ = world.hub.label(placed.order_id, 1, "pdf", "demo", "check")
        number = world.evidence.orders[placed.order_id]["waybill_number"]
        scanned = [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(image)))]
        has_line = GIFT_LINE in pypdfium2.PdfDocument(file)[0].get_textpage().get_text_range()
        right &= number in scanned and has_line == is_due
        found.append(f"¥{note}: {len(scanned)} codes scanned, gift line {'printed' if has_line else 'absent'}")
    return Finding("labels scan as the waybill and show the gift", right, f"{'; '.join(found)} (PNG in {folder})")


SCENE = Scene(KEY, "赠品矩阵", "gift matrix", play, check)
