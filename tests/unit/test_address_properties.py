"""What holds for any text: hostile, broken, or in the middle of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.address import compare, gate, parse
from orderhub.address.change import Scope
from orderhub.address.normal import MAX_LENGTH, normalise

FRAGMENTS = st.sampled_from(
    [
        *("浙江省", "杭州市", "杭州", "西湖区", "鼓楼区", "城区", "市辖区", "三墩镇", "东莞", "重庆市", "县", "高新区"),
        *("文三路", "一", "1号", "２幢", "301室", "-", "#", "号楼", "负二层", "顶楼", "村", "之", "附", "地址"),
        *("13800138000", " ", "\u202e", "😀", "\x00", "\x01", "\x02", "\ue031", "（", "】", "İ", "ß", "區"),
    ]
)
ADDRESSES = st.lists(FRAGMENTS, max_size=14).map("".join) | st.text(max_size=60)
HOSTILE = [
    "路" * 10_000,
    "1" * 10_000,
    "1-" * 5_000,
    "地址" * 5_000,
    "地" * 2_500 + "址" * 2_500,
    "浙江省杭州市西湖区" * 1_200,
    "一百" * 5_000,
    "A" * 10_000,
    "号楼层室" * 2_500,
    "(" * 10_000,
    "\x00\x01\x02\x03" * 2_500,
    "😀" * 2_500,
    "ﷺ" * 2_500,  # one character that NFKC makes eighteen of
    "\ud800西湖区",
    "\u202e区湖西市州杭省江浙",
]


@given(ADDRESSES)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert len(once) <= MAX_LENGTH


@given(ADDRESSES)
def test_reading_never_raises_and_invents_nothing(text: str) -> None:
    read = parse(text)
    assert 0 <= read.score <= 100
    assert set(read.reasons) <= {str(reason) for reason in gate.REASONS}
    assert read.text.endswith(read.rest)
    assert read.district_code[:2].removeprefix("Z") in (read.province_code, "")
    assert read.passes is (not read.reasons)


@given(ADDRESSES)
def test_reading_the_normal_form_reads_the_same(text: str) -> None:
    read = parse(text)
    if "too_long" not in read.reasons:
        assert parse(read.text) == read


@given(ADDRESSES, ADDRESSES)
def test_comparing_is_symmetric(one: str, other: str) -> None:
    there, back = compare(one, other), compare(other, one)
    assert there.scope is back.scope
    assert [d.level for d in there.evidence] == [d.level for d in back.evidence]
    assert set(there.doubts) == set(back.doubts)


@given(ADDRESSES)
def test_an_address_is_the_same_as_itself_or_too_doubtful_to_say(text: str) -> None:
    change = compare(text, text)
    assert change.scope in (Scope.SAME, Scope.UNSURE)
    assert change.evidence == ()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:6]))
def test_hostile_texts_are_read_and_stop_at_the_gate(text: str) -> None:
    assert not parse(text).passes
    assert compare(text, "浙江省杭州市西湖区文三路1号").scope is not Scope.SAME
