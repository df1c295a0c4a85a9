"""The structural address gate (R21): what no parcel could be sent to does not pass, an ordinary address does."""

from __future__ import annotations

import pytest

from orderhub.domain.address_check import COST, check_structure
from orderhub.domain.order import Region

WHOLE = Region("浙江省", "杭州市", "西湖区")


@pytest.mark.parametrize(
    "detail",
    [
        "测试路1号2单元",
        "虚构胡同5号院5号楼",
        "样例村三组",
        "人民医院住院部",
        "示范小区东门驿站",
        "测试街１２号",
        "Test Road 12",
    ],
)
def test_an_address_that_somebody_could_find_passes_with_the_full_score(detail: str) -> None:
    found = check_structure(WHOLE, detail)
    assert (found.passes, found.score, found.reasons) == (True, 100, ())


@pytest.mark.parametrize(
    ("region", "detail", "reasons"),
    [
        (Region("", "杭州市", "西湖区"), "测试路1号", ("no_province",)),
        (Region("浙江省", " ", "西湖区"), "测试路1号", ("no_city",)),
        (Region("浙江省", "杭州市", ""), "测试路1号", ("no_district",)),
        (WHOLE, "", ("detail_missing",)),
        (WHOLE, "  -- ", ("detail_missing",)),
        (WHOLE, "1号", ("detail_short",)),
        (WHOLE, "测试大道", ("detail_no_number",)),
        (WHOLE, "测试", ("detail_placeholder",)),
        (WHOLE, "请填写详细地址", ("detail_placeholder",)),
        (WHOLE, "XXXXXX", ("detail_placeholder",)),
        (WHOLE, "123456", ("detail_only_digits",)),
        (WHOLE, "１２３４５－６", ("detail_only_digits",)),
        (Region("", "", ""), "", ("no_province", "no_city", "no_district", "detail_missing")),
    ],
)
def test_what_is_missing_is_named_and_costs_score(region: Region, detail: str, reasons: tuple[str, ...]) -> None:
    found = check_structure(region, detail)
    assert (found.passes, found.reasons) == (False, reasons)
    assert found.score == max(0, 100 - sum(COST[code] for code in reasons))


def test_a_city_without_districts_needs_none() -> None:
    assert check_structure(Region("广东省", "东莞市", ""), "测试镇1号").passes


def test_hostile_text_is_judged_and_never_kept() -> None:
    found = check_structure(WHOLE, "\u202e" + "张三" * 5_000)
    assert found.reasons == ("detail_no_number",)
    assert "张三" not in repr(found)
