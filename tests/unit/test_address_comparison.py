"""How far a change of address reaches (R34)."""

import pytest

from orderhub.address import compare, parse
from orderhub.address.change import Level, Scope
from orderhub.address.sameness import same_detail, street_text

OLD = "浙江省杭州市西湖区三墩镇文三路1号翡翠花园2幢301室"


@pytest.mark.parametrize(
    "new",
    [
        "浙江省 杭州市 西湖区 三墩镇 文三路１号翡翠花园2幢301",
        "杭州西湖区三墩镇文三路1号翡翠花园2号楼301房",
        "浙江省杭州市西湖区文三路1号翡翠花园二栋301室",
        "浙江杭州西湖区浙江省杭州市西湖区三墩镇文三路1号翡翠花园2幢301室 13800138000",
    ],
)
def test_another_writing_is_the_same(new: str) -> None:
    change = compare(OLD, new)
    assert (change.scope, change.levels, change.doubts) == (Scope.SAME, (), ())


@pytest.mark.parametrize(
    ("new", "scope", "level"),
    [
        (OLD.replace("301室", "302室"), Scope.DOOR, Level.ROOM),
        (OLD.replace("2幢", "3幢"), Scope.DOOR, Level.BUILDING),
        (OLD.replace("1号", "9号"), Scope.DOOR, Level.ROAD_NUMBER),
        (OLD.replace("翡翠花园", "金色家园"), Scope.STREET, Level.PLACE),
        (OLD.replace("文三路", "文二路"), Scope.STREET, Level.ROAD),
        (OLD.replace("三墩镇", "转塘街道"), Scope.STREET, Level.TOWN),
        (OLD.replace("西湖区三墩镇", "上城区"), Scope.REGION, Level.DISTRICT),
        (OLD.replace("杭州市西湖区三墩镇", "宁波市海曙区"), Scope.REGION, Level.CITY),
        ("上海市静安区文三路1号翡翠花园2幢301室", Scope.REGION, Level.PROVINCE),
    ],
)
def test_a_change_reaches_as_far_as_its_coarsest_level(new: str, scope: Scope, level: Level) -> None:
    change = compare(OLD, new)
    assert change.scope is scope
    assert change.levels[0] is level
    assert change.doubts == ()


def test_the_evidence_says_what_stood_there_and_what_stands_now() -> None:
    (difference,) = compare(OLD, OLD.replace("301室", "1502室")).evidence
    assert (difference.level, difference.old, difference.new) == (Level.ROOM, "301", "1502")
    assert "301" not in repr(difference)


def test_a_road_number_can_be_said_to_be_more_than_a_door() -> None:
    new = OLD.replace("1号", "969号")
    assert compare(OLD, new, road_number_is_door=False).scope is Scope.STREET
    assert compare(OLD, OLD.replace("301", "302"), road_number_is_door=False).scope is Scope.DOOR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("上海市闸北区恒丰路1号", "上海市静安区恒丰路1号"),
        ("浙江省杭州市余杭区临平街道东大街1号", "浙江省杭州市临平区临平街道东大街1号"),
        ("浙江绍兴上虞市百官街道1号", "浙江省绍兴市上虞区百官街道1号"),
    ],
)
def test_a_renamed_or_rezoned_district_is_no_change(one: str, other: str) -> None:
    assert compare(one, other).scope is Scope.SAME


@pytest.mark.parametrize(
    ("new", "doubt"),
    [
        ("浙江省杭州市浦东新区文三路1号", "mismatch"),
        ("鼓楼区文三路1号", "ambiguous"),
        ("宁波市海曙区镇海区文三路1号", "two_districts"),
        ("文三路1号翡翠花园2幢301室", "one_without_region"),
        ("浙江省杭州市文三路1号翡翠花园2幢301室", "one_without_district"),
        ("浙江省杭州市上城区三墩镇文三路1号翡翠花园2幢301室", "written_districts_differ"),
        (OLD + "好" * 300, "too_long"),
    ],
)
def test_a_contradiction_is_never_a_smaller_class(new: str, doubt: str) -> None:
    for change in (compare(OLD, new), compare(new, OLD)):
        assert change.scope is Scope.UNSURE
        assert doubt in change.doubts


def test_addresses_that_were_read_before_are_taken_as_they_are() -> None:
    old = parse("文三路1号", province="浙江省", city="杭州市", district="西湖区")
    assert compare(old, "浙江省杭州市西湖区文三路1号").scope is Scope.SAME


@pytest.mark.parametrize(
    ("one", "other"),
    [("3幢", "三栋"), ("3号楼", "3幢"), ("7楼", "7层"), ("十四层", "14F"), ("3号楼2单元501", "3幢2单元501室")],
)
def test_suffixes_and_numerals_do_not_matter(one: str, other: str) -> None:
    assert same_detail(f"翡翠花园{one}", f"翡翠花园{other}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("文三路", "文二路"),
        ("10号大街", "12号大街"),
        ("翡翠二期", "翡翠一期"),
        ("金仙一弄2号", "金仙三弄2号"),
        ("一区", "二区"),
    ],
)
def test_ordinals_of_a_name_belong_to_the_street(one: str, other: str) -> None:
    assert street_text(one) != street_text(other)


@pytest.mark.parametrize(
    ("one", "other"), [("文三路1号", "文三路2号"), ("翡翠花园2幢", "翡翠花园3幢"), ("文3路1号", "文三路9号")]
)
def test_house_numbers_do_not_belong_to_the_street(one: str, other: str) -> None:
    assert street_text(one) == street_text(other)
