"""Labels as drawn: scanned back from the image, read back from the PDF, nothing over the edge or over another (R39)."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import replace
from itertools import combinations

import pypdfium2
import pytest
from fontTools.cffLib import CFFFontSet
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.adapters.labels.areas import AREAS, COVERABLE
from orderhub.adapters.labels.boxes import PAGE, Bars, Grid, Ring, Text
from orderhub.adapters.labels.font import metrics
from orderhub.adapters.labels.renderer import PdfLabels
from orderhub.domain.label import LabelContent
from orderhub.domain.order import Receiver
from orderhub.ports.labels import LabelFormat
from tests.kit.labels import CODE, GIFT, HOSTILE, NUMBER, RECEIVER, WAYBILL, content, draw, gifts, labelled, laid_out
from tests.kit.orders import line

MANY = tuple(line(f"L{n}", f"ZP-2026-{n:02d}", n + 1, name="宠物智能喂食器豪华升级版带摄像头" * 3) for n in range(14))
LONGEST = "A1b2C3d4E5f6G7h8J9k0L1m2N3p4"
CONTENTS: dict[str, LabelContent] = {
    "usual": content(),
    "preview": content(waybill=None),
    "hostile": content(receiver=HOSTILE),
    "many of everything": content(
        labelled(*MANY, gifts=gifts((85, 15), (50, 35), (50, 95), (0, 0), (20, 110))),
        waybill=replace(WAYBILL, number=LONGEST),
    ),
    "longest words": content(
        receiver=Receiver("欧阳" * 20, "13800130001-1234567890", "W" * 120, "W" * 60),
        known=labelled(gifts=(replace(GIFT, waybill_line="赠品:" + "滤" * 57),)),
    ),
    "nothing said": content(receiver=Receiver("", "", ""), known=labelled(gifts=()), waybill=None),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_text_and_code_stays_in_its_own_field_on_the_page(name: str) -> None:
    for item in laid_out(CONTENTS[name]).items:
        if isinstance(item, Text | Bars | Grid):
            area = PAGE if item.field == "sticker" else AREAS[item.field]
            assert area.holds(item.box), (item.field, item.box)
        assert PAGE.holds(item.box)


@pytest.mark.parametrize("name", CONTENTS)
def test_texts_and_codes_do_not_touch_each_other(name: str) -> None:
    drawn = [i for i in laid_out(CONTENTS[name]).items if isinstance(i, Text | Bars | Grid) and i.field != "sticker"]
    assert [(a.field, b.field) for a, b in combinations(drawn, 2) if a.box.meets(b.box)] == []


@given(st.text(max_size=200), st.text(max_size=400), st.text(max_size=200), st.integers(0, 9), st.booleans())
@settings(max_examples=25)
def test_whatever_a_buyer_wrote_nothing_leaves_its_field(
    name: str, detail: str, note: str, gifts_given: int, is_live: bool
) -> None:
    known = labelled(gifts=gifts(*((n * 11, n * 16) for n in range(gifts_given))))
    layout = laid_out(content(known, Receiver(name, name, detail, note), WAYBILL if is_live else None))
    drawn = [item for item in layout.items if isinstance(item, Text | Bars | Grid) and item.field != "sticker"]
    assert all(AREAS[item.field].holds(item.box) for item in drawn)
    assert not any(a.box.meets(b.box) for a, b in combinations(drawn, 2))
    assert all(metrics().has(sign) for item in drawn if isinstance(item, Text) for sign in item.text)


def test_a_long_gift_line_goes_on_and_of_many_each_is_begun() -> None:
    long = tuple(replace(GIFT, waybill_line=f"赠品:{n}" + "滤" * 56) for n in range(4))
    only = laid_out(content(labelled(gifts=long[:1])))
    one = [item.text for item in only.items if item.field == "gifts" and isinstance(item, Text)]
    assert "".join(one) == long[0].waybill_line
    layout = laid_out(content(labelled(gifts=long)))
    four = [item.text for item in layout.items if item.field == "gifts" and isinstance(item, Text)]
    assert [text[:4] for text in four] == ["赠品:0", "赠品:1", "赠品:2", "赠品:3"]
    assert "cut:gifts" in layout.warnings


def test_fields_do_not_overlap() -> None:
    assert [(a, b) for (a, x), (b, y) in combinations(AREAS.items(), 2) if x.meets(y)] == []


@pytest.mark.parametrize(
    ("asked", "is_moved"),
    [((85, 15), False), ((50, 35), True), ((80, 115), True), ((0, 0), True), ((100, 150), True), ((20, 112), False)],
)
def test_a_sticker_covers_nothing_that_must_be_read(asked: tuple[int, int], is_moved: bool) -> None:
    layout = laid_out(content(labelled(gifts=gifts(asked))))
    (ring,) = [item for item in layout.items if isinstance(item, Ring)]
    assert [name for name, area in AREAS.items() if area.meets(ring.box) and name not in COVERABLE] == []
    assert ("sticker_moved" in layout.warnings) == is_moved
    if not is_moved:
        assert (ring.box.x + ring.box.w / 2, ring.box.y + ring.box.h / 2) == asked


def test_stickers_for_one_place_are_one_mark_that_counts_them() -> None:
    layout = laid_out(content(labelled(gifts=gifts((85, 15), (86, 16)))))
    assert len([item for item in layout.items if isinstance(item, Ring)]) == 1
    assert "贴×2" in [item.text for item in layout.items if isinstance(item, Text)]


def test_a_scanner_reads_number_and_carriers_code_and_a_reader_everything_else() -> None:
    seen = draw(CONTENTS["usual"])
    assert seen.codes == {"Code128": NUMBER, "QRCode": CODE}
    for word in ("顺丰速运", "T6", "第2版", NUMBER, "571W-571AB-123", "S23", RECEIVER.name, RECEIVER.phone, "请放门卫",
                 "示例仓库", "共 1 件", "赠品:智能饮水机滤芯×1", "贴", "FP-001"):  # fmt: skip
        assert word in seen.text, word
    assert RECEIVER.detail in "".join(seen.text.split())
    assert seen.warnings == ()


def test_the_page_is_100_by_150_mm_and_every_sign_is_on_it() -> None:
    for name in ("usual", "longest words"):
        seen = draw(CONTENTS[name])
        page = pypdfium2.PdfDocument(seen.pdf)
        assert len(page) == 1
        assert [round(side * 25.4 / 72, 2) for side in page[0].get_size()] == [100, 150]
        outside = [sign for sign, (left, low, right, high) in seen.signs
                   if min(left, low) < 0 or right > 100 or high > 150]  # fmt: skip
        assert outside == []


def test_a_hostile_receiver_neither_breaks_nor_forges_a_label() -> None:
    seen = draw(CONTENTS["hostile"])
    assert seen.codes == {"Code128": NUMBER, "QRCode": CODE}
    rows = [row.strip() for row in seen.text.splitlines()]
    assert rows.count("赠品:智能饮水机滤芯×1") == 1
    assert [row for row in rows if row.startswith("赠品:")] == ["赠品:智能饮水机滤芯×1"]
    assert seen.text.count(NUMBER) == 1
    assert "\u202e" not in seen.text and "script" not in seen.text
    assert {"cut:receiver.name", "cut:receiver.detail", "cut:note", "missing_glyph"} <= set(seen.warnings)


def test_a_preview_carries_no_code_and_no_number_and_says_so() -> None:
    seen = draw(CONTENTS["preview"])
    assert seen.codes == {}
    assert "预览：尚无运单号" in seen.text and "不可发货" in seen.text
    assert NUMBER not in seen.text and RECEIVER.phone in seen.text


def test_the_longest_number_is_still_scanned() -> None:
    assert draw(CONTENTS["many of everything"]).codes == {"Code128": LONGEST, "QRCode": LONGEST}


def test_a_sign_the_font_lacks_is_shown_and_told_and_a_rare_one_it_has_is_printed() -> None:
    seen = draw(content(receiver=Receiver("㐂𬱖", "13800130001", "𠮷祥里🎁1号", "")))
    assert "㐂𬱖" in seen.text
    assert "〓祥里〓1号" in seen.text
    assert "missing_glyph" in seen.warnings


def test_every_sign_on_a_label_has_a_glyph_embedded_in_the_file() -> None:
    seen = draw(CONTENTS["hostile"])
    assert b"/FontFile3" in seen.pdf
    assert all(metrics().has(sign) for sign in "".join(seen.text.split()))
    embedded = CFFFontSet()
    embedded.decompile(io.BytesIO(_font_program(seen.pdf)), None)
    assert len(embedded[0].CharStrings) > len(set("".join(seen.text.split())))
    assert len(seen.pdf) < 120_000


def test_the_same_content_gives_the_same_bytes() -> None:
    again = PdfLabels().render(CONTENTS["usual"], LabelFormat.PDF)
    assert again.data == draw(CONTENTS["usual"]).pdf


def _font_program(pdf: bytes) -> bytes:
    """The embedded font: the stream whose dictionary says CIDFontType0C."""
    start = pdf.index(b"/CIDFontType0C")
    begin = pdf.rindex(b"<<", 0, start)
    match = re.compile(rb"stream\r?\n").search(pdf, begin)
    assert match
    body = pdf[match.end() : pdf.index(b"endstream", match.end())]
    return zlib.decompress(body)
