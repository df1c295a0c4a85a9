"""Remote areas, coordinates, and the division data they stand on."""

import gzip

import pytest

from local.build_divisions import BY_HAND, short_names, zone_names
from orderhub.address import VERSION, parse
from orderhub.address.divisions import DATA, divisions
from orderhub.address.places import CITY, DISTRICT, DOOR, locate
from orderhub.address.remote import RemoteTable, rule_of

TABLE = RemoteTable(
    [
        rule_of("西藏", is_remote=True),
        rule_of("新疆", is_remote=True),
        rule_of("新疆乌鲁木齐市", is_remote=False),
        rule_of("新疆乌鲁木齐市天山区", is_remote=True, carrier="sf"),
        rule_of("浙江省绍兴市上虞区岭南乡", is_remote=True),
        rule_of("四川崇州市", is_remote=True, carrier="sf"),
    ]
)


@pytest.mark.parametrize(
    ("text", "carrier", "is_remote"),
    [
        ("西藏拉萨市城关区扎细街道1号", "sf", True),
        ("新疆喀什地区喀什市恰萨街道1号", "sf", True),
        ("新疆乌鲁木齐市沙依巴克区友好北路1号", "sf", False),  # an exclusion inside the province
        ("新疆乌鲁木齐市天山区新华北路1号", "sf", True),  # the carrier's own rule is more specific
        ("新疆乌鲁木齐市天山区新华北路1号", "ems", False),
        ("浙江绍兴上虞区岭南乡许岙村", "ems", True),  # a single town
        ("浙江绍兴上虞市岭南乡许岙村", "ems", True),  # by the district's old name
        ("浙江绍兴上虞区百官街道1号", "ems", False),
        ("四川省崇州市崇阳街道1号", "sf", True),
        ("四川省崇州市崇阳街道1号", "ems", False),
        ("文三路1号", "sf", False),
    ],
)
def test_the_most_specific_rule_says_what_is_remote(text: str, carrier: str, is_remote: bool) -> None:
    assert TABLE.is_remote(parse(text), carrier) is is_remote


def test_the_rule_that_decided_can_be_shown() -> None:
    rule = TABLE.rule_for(parse("浙江绍兴上虞区岭南乡许岙村"))
    assert rule
    assert (rule.code, rule.town) == ("330604", "岭南")


@pytest.mark.parametrize(
    "place", ["", "火星", "鼓楼区", "新疆乌鲁木齐市新华北路1号", "浙江省不存在镇", "浙江省浦东新区"]
)
def test_a_rule_for_no_place_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="not a province"):
        rule_of(place, is_remote=True)


def test_the_platforms_coordinates_are_kept() -> None:
    point = locate(parse("浙江省杭州市西湖区文三路1号"), from_platform=(120.13, 30.27))
    assert point == (120.13, 30.27, DOOR)


@pytest.mark.parametrize("wrong", [None, (0.0, 0.0), (30.27, 120.13), (float("nan"), 30.0)])
def test_without_them_the_centre_of_the_district_is_said_to_be_one(wrong: tuple[float, float] | None) -> None:
    point = locate(parse("浙江省杭州市西湖区文三路1号"), from_platform=wrong)
    assert point
    assert point.precision == DISTRICT


def test_a_coarser_centre_says_so_and_nothing_is_invented() -> None:
    coarse = locate(parse("浙江省杭州市文三路1号"))
    assert coarse
    assert coarse.precision == CITY
    assert locate(parse("文三路1号")) is None


def test_the_data_is_of_the_version_that_screens_show() -> None:
    assert divisions().version == VERSION


def test_every_district_lies_in_a_city_and_a_province() -> None:
    known = divisions()
    for code in known.codes():
        assert known.name(known.province_of(code))
        assert known.name(known.city_of(code))
    assert len([code for code in known.codes() if len(code) == 2]) == 34


def test_towns_hang_below_divisions_that_exist() -> None:
    known = divisions()
    files = sorted(DATA.glob("towns-*.txt.gz"))
    assert len(files) == 34
    for file in files:
        for line in gzip.decompress(file.read_bytes()).decode().splitlines():
            code, towns = line.split("\t") if line else ("", "")
            assert not code or (known.name(code) and towns)


def test_names_are_shortened_as_people_do() -> None:
    assert short_names("石柱土家族自治县") == {"石柱土家族", "石柱", "石柱县"}
    assert short_names("杭州市") == {"杭州"}
    assert short_names("单县") == set()
    assert {"高新区", "高新技术产业开发区"} <= zone_names("石家庄高新技术产业开发区", "河北省", "石家庄市")


def test_what_was_merged_by_hand_exists_today() -> None:
    known = set(divisions().codes())
    assert {code for codes in BY_HAND["merged"].values() for code in codes} <= known
    assert set(BY_HAND["short_names"].values()) <= known
