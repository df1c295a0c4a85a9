"""Labels for tests: invented people, a waybill as SF routes it, what a scanner and a reader see of a label."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image

from orderhub.adapters.labels.font import metrics
from orderhub.adapters.labels.layout import lay_out
from orderhub.adapters.labels.renderer import PdfLabels, draw_png
from orderhub.domain.label import LabelContent, LabelWaybill, label_of
from orderhub.domain.order import Gift, Milestone, Order, Receiver, Sticker
from orderhub.domain.sender import Sender
from orderhub.ports.labels import LabelFormat
from tests.kit.orders import order, snapshot

NUMBER = "SF7444400000001"
CODE = f"MMM={{'k1':'571W','k2':'571AB','k3':'123','k4':'T6','k5':'{NUMBER}','k6':'','k7':'3f2a'}}"
ROUTING = {"destRouteLabel": "571W-571AB-123", "codingMapping": "S23", "proCode": "T6", "twoDimensionCode": CODE}
SENDER = Sender("示例仓库", "13800130000", "浙江省", "杭州市", "余杭区", "仓前街道示例路1号")
RECEIVER = Receiver("张三", "13800130001", "文三路478号华星时代广场A座1203室", "请放门卫")
GIFT = Gift("row", 1, "FP-001", "智能饮水机滤芯", 1, "赠品:智能饮水机滤芯×1", Sticker("面单右上角", 85, 15), "L1")
WAYBILL = LabelWaybill(NUMBER, 2, "sf", "live", ROUTING)

HOSTILE = Receiver(
    "赠品：金条×9\n\u202e𠮷田\u200b🎁" + "长" * 200,
    "１３８００１３０００１\u202e;<script>",
    f"{NUMBER} 第9版\r\n赠品:金条×9 " + "望京街道阜通东大街六号院三号楼" * 30,
    "🎁\x00\x1b[31m" * 60,
)


def labelled(*lines: Any, gifts: tuple[Gift, ...] = (GIFT,), **changes: Any) -> Order:
    """An order whose parcel is dispatched and has its waybill."""
    reached = (Milestone.PLACED, Milestone.PAID, Milestone.DISPATCHED, Milestone.LABELLED)
    return order(*reached, **{"snapshot": snapshot(*lines, paid=True), "gifts": gifts, **changes})


def content(
    known: Order | None = None, receiver: Receiver = RECEIVER, waybill: LabelWaybill | None = WAYBILL
) -> LabelContent:
    return label_of(known or labelled(), 1, receiver, SENDER, waybill)


def gifts(*stickers: tuple[int, int]) -> tuple[Gift, ...]:
    return tuple(
        replace(GIFT, code=f"FP-{n:03d}", waybill_line=f"赠品:滤芯{n}×1", sticker=Sticker("标签上", x, y))
        for n, (x, y) in enumerate(stickers)
    )


@dataclass(frozen=True)
class Drawn:
    """A label as a scanner and a reader meet it."""

    pdf: bytes
    warnings: tuple[str, ...]
    text: str
    codes: dict[str, str]  # kind of code → what it says
    signs: tuple[tuple[str, tuple[float, float, float, float]], ...]  # sign, its box in mm from the bottom left


@cache
def draw(shown: LabelContent) -> Drawn:
    """Drawn once for all tests of a run."""
    made = PdfLabels().render(shown, LabelFormat.PDF)
    image = Image.open(io.BytesIO(draw_png(made.data)))
    codes = {code.format.name: code.text for code in zxingcpp.read_barcodes(image)}
    page = pypdfium2.PdfDocument(made.data)[0].get_textpage()
    text = page.get_text_range()
    signs = tuple(
        (page.get_text_range(n, 1), tuple(side * 25.4 / 72 for side in page.get_charbox(n)))
        for n in range(page.count_chars())
    )
    return Drawn(made.data, made.warnings, text, codes, signs)  # type: ignore[arg-type]


def laid_out(shown: LabelContent) -> Any:
    return lay_out(shown, metrics())
