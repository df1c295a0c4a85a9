"""A pasted address is understood as people write it; hostile text only finds less."""

from __future__ import annotations

import pytest

from orderhub.services.understand_address import understand

WHOLE = {
    "name": "张三", "phone": "13800130001", "province": "浙江省", "city": "杭州市", "district": "西湖区",
    "detail": "文三路1号2幢301室",
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "张三 13800130001 浙江省杭州市西湖区文三路1号2幢301室",
        "收货人: 张三\n手机号码: 138-0013-0001\n所在地区: 浙江省杭州市西湖区\n详细地址: 文三路1号2幢301室",
        "浙江省 杭州市 西湖区 文三路1号2幢301室，张三，+86 138 0013 0001",
        "张三\u200b,13800130001,浙江省,杭州市,西湖区,文三路1号2幢301室",
    ],
)
def test_it_is_understood_in_any_order_with_labels_or_without(text: str) -> None:
    assert understand(text) == WHOLE


def test_what_is_not_there_stays_empty() -> None:
    only_place = understand("杭州市西湖区文三路1号2幢301室")
    assert (only_place["name"], only_place["phone"]) == ("", "")
    assert only_place["province"] == "浙江省"
    assert understand("") == dict.fromkeys(WHOLE, "")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\u202e" * 400, "1" * 5000, "张" * 900, "%s{}\\", "\x00'\""]
)
def test_hostile_text_raises_nothing_and_stays_short(text: str) -> None:
    assert all(len(value) <= 200 for value in understand(text).values())
