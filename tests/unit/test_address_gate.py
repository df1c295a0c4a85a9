"""The address gate of an order: what the fields must hold, and what the reader of addresses makes of the whole."""

from __future__ import annotations

import pytest

from local.partners.youzan.buyers import invented
from orderhub.domain.order import Region
from orderhub.services.address_gate import check_address

WHOLE = Region("浙江省", "杭州市", "西湖区")


@pytest.mark.parametrize("seed", range(5))
def test_every_invented_buyer_lives_somewhere(seed: int) -> None:
    buyer = invented(seed)
    assert check_address(Region(buyer.province, buyer.city, buyer.district), buyer.detail).passes


@pytest.mark.parametrize(
    ("region", "detail", "reasons"),
    [
        (WHOLE, "无", ("detail_placeholder", "no_detail", "low_score")),
        (WHOLE, "123456", ("detail_only_digits",)),
        (WHOLE, "请填写详细地址", ("detail_placeholder",)),
        (WHOLE, "测试大道", ("no_number",)),
        (Region("浙江省", "", "西湖区"), "测试路1号", ("no_city",)),
        (Region("浙江省", "杭州市", ""), "西湖区测试路1号", ("no_district",)),
    ],
)
def test_what_stops_an_address_is_named_once(region: Region, detail: str, reasons: tuple[str, ...]) -> None:
    found = check_address(region, detail)
    assert (found.passes, found.reasons) == (False, reasons)
    assert found.score < 100


def test_hostile_addresses_are_judged_without_being_kept() -> None:
    for detail in ("", "\u202e\x00", "张三" * 20_000, "号" * 50_000, "9" * 50_000):
        found = check_address(WHOLE, detail)
        assert 0 <= found.score <= 100
        assert "张三" not in repr(found)
