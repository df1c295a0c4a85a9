"""One way of writing."""

import pytest

from orderhub.address.normal import MAX_LENGTH, is_too_long, normalise
from orderhub.address.numerals import canonical


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("浙江省 杭州市,西湖区", "浙江省杭州市西湖区"),
        ("文三路４７-６号Ａ座", "文三路47-6号A座"),
        ("臺北市大安區", "台北市大安区"),
        ("收货人:张三 电话:13800138000 地址:文三路1号", "张三文三路1号"),
        ("杭州市138 0013 8000文三路", "杭州市文三路"),
        ("北京市市辖区朝阳区", "北京市朝阳区"),
        ("湖北省省直辖县级行政区划仙桃市", "湖北省仙桃市"),
        ("重庆市县石柱土家族自治县", "重庆市石柱土家族自治县"),
        ("翡翠城6—3一145", "翡翠城6-3-145"),
        ("昆山市--周市", "昆山市周市"),
        ("文三路\u202e1号\x00\ufeff😀", "文三路1号😀"),
        ("", ""),
    ],
)
def test_writing_is_made_one(written: str, normal: str) -> None:
    assert normalise(written) == normal


def test_what_a_removal_brings_together_is_removed_as_well() -> None:
    assert normalise("地地址址文三路") == "文三路"


def test_a_text_is_cut_and_the_cut_is_known() -> None:
    assert len(normalise("路" * 10_000)) == MAX_LENGTH
    assert is_too_long("路" * (MAX_LENGTH + 1))
    assert not is_too_long(" " * 10_000 + "路")


@pytest.mark.parametrize(
    ("number", "digits"),
    [("十", "10"), ("十二", "12"), ("二十", "20"), ("一百二十三", "123"), ("二〇一", "201"), ("007", "7"), ("0", "0")],
)
def test_numbers_become_arabic(number: str, digits: str) -> None:
    assert canonical(number) == digits


@pytest.mark.parametrize("text", ["甲", "", "A1", "一甲"])
def test_what_is_no_number_stays(text: str) -> None:
    assert canonical(text) == text
