"""The grids on the real stores: a row by its form, paste and CSV with every bad row told, the window of a shop."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orderhub.domain.rulepack import RuleKind
from orderhub.rules.rows import rows
from pages.visit import form_of
from tests.integration.test_console_rules import HOSTILE, Console, console
from tests.kit.console import text_of

__all__ = ["console"]

REMOTE = "编号,省 [region.province],承运商 [out:carrier],附加费(元) [out:surcharge_fen],附加费承担方 [out:bearer]"


def table_of(console: Console, kind: RuleKind, version: int) -> list[tuple[str, dict[str, str]]]:
    pack = console.desk.packs.load(kind, version)
    assert pack is not None
    return [(row.row_id, dict(row.cells)) for row in rows(pack.graph)]


def test_a_remote_area_is_added_before_the_usual_row(console: Console) -> None:
    assert "承运商" in console.read("/tables")
    page = console.read("/tables/carrier/0")
    assert "新疆维吾尔自治区、新疆" in page
    form = {"c:region.province": "青海省、青海", "c:out:carrier": "ems", "c:out:surcharge_fen": "12.50",
            "c:out:bearer": "buyer", "place": "2", "wish": "qinghai"}  # fmt: skip
    assert console.post("/tables/carrier/0/new", form) == "/tables/carrier/1?try=1"
    found = table_of(console, RuleKind.CARRIER, 1)
    assert [row_id for row_id, _ in found] == ["remote", "qinghai", "usual"]
    assert found[1][1] == {
        "region.province": '"青海省", "青海"', "out:carrier": '"ems"', "out:surcharge_fen": "1250",
        "out:bearer": '"buyer"',
    }  # fmt: skip


def test_what_is_wrong_in_a_row_stands_at_its_cell(console: Console) -> None:
    form = {"c:region.province": HOSTILE, "c:out:carrier": "yunda", "c:out:surcharge_fen": "ten", "c:out:bearer": ""}
    answer = console.ask("/tables/carrier/0/new", form)
    page = text_of(answer)
    assert answer.status == 422
    assert 'id="wrong-out:surcharge_fen"' in page
    assert "<script>alert" not in page
    answer = console.ask("/tables/carrier/0/new", {**form, "c:out:surcharge_fen": "10"})
    assert set(re.findall(r'id="wrong-([\w:.]+)"', text_of(answer))) == {"out:carrier", "out:bearer"}
    assert console.desk.packs.versions(RuleKind.CARRIER) == ()


def test_a_column_more_is_asked_of_one_row_only(console: Console) -> None:
    form = {"more": "order.shop_id", "more_cell": "12345678", "place": "1"}
    console.post("/tables/carrier/0/rows/remote", form)
    assert [cells["order.shop_id"] for _, cells in table_of(console, RuleKind.CARRIER, 1)] == ['"12345678"', ""]


def test_a_file_with_two_bad_rows_is_refused_naming_lines_and_changes_nothing(console: Console) -> None:
    text = f"{REMOTE}\nremote,西藏,EMS,十五,品牌\nusual,,顺丰,0,品牌\nfar,青海,韵达,1,品牌\n"
    answer = console.ask("/tables/carrier/0/import", {"text": text})
    page = text_of(answer)
    assert answer.status == 422
    told = re.findall(r'<tr><td class="number">(\d+)</td><td>([\w-]+)</td><td>([^<]+)</td>', page)
    assert told == [("2", "remote", "附加费"), ("4", "far", "承运商")]
    assert "remote,西藏,EMS,十五,品牌" in page  # nothing of it is lost
    assert console.desk.packs.versions(RuleKind.CARRIER) == ()


@pytest.mark.parametrize("sign", [",", "\t"], ids=["file", "pasted"])
def test_a_table_goes_out_and_comes_back_the_same(console: Console, sign: str) -> None:
    given = text_of(console.ask("/tables/carrier/0/csv"))
    assert given.startswith("\ufeff编号,省 [region.province]")
    console.post("/tables/carrier/0/import", {"text": given.replace(",", sign)})
    assert "与启用版本没有差别" in console.read("/tables/carrier/1")
    other = given.replace("15.00", "18").replace("EMS", "ems").replace(",", sign)
    console.post("/tables/carrier/0/import", {"text": other})
    assert "附加费 由「¥15.00」改为「¥18.00」" in console.read("/tables/carrier/2")


def test_no_cell_that_goes_out_is_a_formula(console: Console) -> None:
    gift = {"code": "FP", "name": "=HYPERLINK(1)", "quantity": "1", "waybill_line": "@x", "sticker_x_mm": "15",
            "sticker_y_mm": "15", "sticker_position": "+上", "basis": "amounts.paid_goods_fen"}  # fmt: skip
    cells = {f"c:out:{name}": text for name, text in gift.items() if name != "basis"}
    console.post("/tables/gifts/0/new", {**cells, "c:out:name": "='=HYPERLINK(1)'"})
    out = text_of(console.ask("/tables/gifts/1/csv"))
    assert "'='=HYPERLINK(1)'" in out
    assert "'@x" in out
    assert "'+上" in out
    console.post("/tables/gifts/1/import", {"text": out})
    assert table_of(console, RuleKind.GIFTS, 1) == table_of(console, RuleKind.GIFTS, 2)


def test_a_shop_has_a_window_of_its_own_and_loses_it_again(console: Console) -> None:
    assert console.post("/tables/address_change/0/window", {"shop": "12345678", "minutes": "240"})
    page = console.read("/tables/address_change/1")
    assert '<th scope="row">12345678</th><td class="number">240' in page
    assert '其它店铺</th><td class="number">120' in page
    own = [row_id for row_id, cells in table_of(console, RuleKind.ADDRESS_CHANGE, 1) if cells["order.shop_id"]]
    assert own == [f"{one}.12345678" for one in ("late", "in_transit", "door", "between", "region", "unsure")]
    console.post("/tables/address_change/1/window", {"shop": "12345678", "minutes": ""})
    assert [row_id for row_id, _ in table_of(console, RuleKind.ADDRESS_CHANGE, 2)] == [
        "same", "delivering", "late", "in_transit", "door", "between", "region", "unsure",
    ]  # fmt: skip
    for minutes in ("0", "soon", "99999999"):
        bad = console.ask("/tables/address_change/0/window", {"shop": "", "minutes": minutes})
        assert (bad.status, 'id="wrong-minutes"' in text_of(bad)) == (422, True)


def test_a_file_may_be_sent_as_excel_saves_it() -> None:
    head = 'content-disposition: form-data; name="{}"'
    parts: list[Any] = []
    for name, data in (("csrf", b"t"), ("file", "编号,省\r\nx,西藏\r\n".encode("gb18030"))):
        parts.append(b"--b\r\n" + head.format(name).encode() + b"\r\n\r\n" + data + b"\r\n")
    found = form_of(b"".join(parts) + b"--b--\r\n", 'multipart/form-data; boundary="b"')
    assert found == {"csrf": ("t",), "file": ("编号,省\r\nx,西藏\r\n",)}
    nested = b"".join(
        f"--b{n}\r\ncontent-type: multipart/mixed; boundary=b{n + 1}\r\n\r\n".encode() for n in range(2_000)
    )
    with pytest.raises(ValueError, match="nested"):
        form_of(nested, "multipart/form-data; boundary=b0")
    with pytest.raises(ValueError, match="too many parts"):
        form_of(b"\r\n--b" * 3_000, "multipart/form-data; boundary=b")
    with pytest.raises(ValueError, match="too large"):
        form_of(b"x" * 1_500_001, "multipart/form-data; boundary=b")
