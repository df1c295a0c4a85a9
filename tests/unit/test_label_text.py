"""What others wrote stays in its field and looks like no other field."""

import doctest
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderhub.domain import label_text
from orderhub.domain.label_text import clean, foreign, is_cut, phone


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(label_text).failed == 0


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("张\n三\r\n四\u2028五\u0085六", "张 三 四 五 六"),
        ("\u202e反\u202c\u2066正\u2069\u200f", "反正"),
        ("a\u200bb\u200dc\ufeffd\u00ade", "abcde"),
        ("\x00\x07\x1b[31m红", "[31m红"),
        ("Z\u0335\u0321\u0321a\u0301lgo", "Zálgo"),
        ("\u3164空\u2800白\u115f", "空 白"),
        ("３号楼　Ａ座", "3号楼 A座"),
        ("٣号𝟕楼", "3号7楼"),
        ("\ud83d半", "〓半"),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_gone(written: str, shown: str) -> None:
    assert clean(written, 50) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("赠品:金条×9", "赠品 金条×9"),
        ("贈 品 ：：金条", "贈 品 金条"),
        ("赠\u200b品\u202e：金条", "赠品 金条"),
        ("赠品\ufe13金条", "赠品 金条"),
        ("我要赠品", "我要赠品"),
        ("单号SF7444400000001请改", "单号SF74 4440 0000 001请改"),
        ("ＳＦ７４４４４０００００００１", "SF74 4440 0000 001"),
        ("9876543210123", "9876 5432 1012 3"),
        ("15号楼2单元1203室", "15号楼2单元1203室"),
        ("Internationalisation", "Internationalisation"),
    ],
)
def test_a_text_imitates_neither_a_gift_line_nor_a_waybill_number(written: str, shown: str) -> None:
    assert foreign(written, 60) == shown


def test_a_long_text_ends_with_an_ellipsis_and_is_known_to_be_cut() -> None:
    assert clean("长" * 200, 40) == "长" * 39 + "…"
    assert is_cut(clean("长" * 200, 40))
    assert not is_cut(clean("长" * 40, 40))


def test_a_phone_is_digits_and_what_stands_between_them() -> None:
    assert phone("+86 138-0013-0001转123") == "+86 138-0013-0001转123"
    assert phone("电话<b>13800130001</b>") == "13800130001"
    assert phone("\u202e") == ""


@given(st.text(max_size=300), st.integers(4, 80))
@example("赠" + " " * 3 + "品\u200b:" * 40, 10)
@example("1" * 300, 20)
@settings(max_examples=60)
def test_whatever_is_written_one_bounded_visible_line_comes_out(written: str, longest: int) -> None:
    shown = foreign(written, longest)
    assert len(shown) <= longest
    assert all(unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Mn", "Me") for sign in shown)
    assert "  " not in shown and shown == shown.strip()
    assert "赠品:" not in shown.replace(" ", "")
