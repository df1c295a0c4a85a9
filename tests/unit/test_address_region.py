"""Province, city, district and town, from every kind of writing."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderhub.address import Finding, TownMatch, parse
from orderhub.address.region import is_one_edit

SPECIAL = [
    json.loads(line)
    for line in Path(__file__).with_name("address_special_cases.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", SPECIAL, ids=lambda case: case["text"])
def test_special_cases_are_read_as_people_label_them(case: dict[str, Any]) -> None:
    read = parse(case["text"])
    gold = case["gold"]
    assert (read.province, read.city) == (gold["prov"], gold["city"])
    assert read.district == (gold.get("district") or "")
    if "town" in gold:
        assert read.town == gold["town"]


@pytest.mark.parametrize(
    ("text", "district", "town", "rest"),
    [
        ("浙江省杭州市余杭区临平街道东大街1号", "临平区", "临平街道", "东大街1号"),  # rezoned 2021
        ("浙江省杭州市余杭区杭州市余杭区闲林街道五常大道", "余杭区", "闲林街道", "五常大道"),  # repeated
        ("台州路桥路南街道1号", "路桥区", "路南街道", "1号"),  # 路桥 is a district, not a road
        ("济南市中区党家街道1号", "市中区", "党家街道", "1号"),  # names that overlap
        (
            "江西省上饶市鄱阳县古县渡镇滨河大道33号",  # a town that begins like a county
            "鄱阳县",
            "古县渡镇",
            "滨河大道33号",
        ),
        ("东莞长安乌沙社区", "", "长安镇", "乌沙社区"),
        ("甘肃省嘉峪关市雄关街道1号", "", "雄关街道", "1号"),
        ("杭州市杭州高新区滨江区1号", "滨江区", "", "1号"),
    ],
)
def test_the_region_ends_where_the_detail_begins(text: str, district: str, town: str, rest: str) -> None:
    read = parse(text)
    assert (read.district, read.town, read.rest) == (district, town, rest)


def test_the_fields_of_a_platform_tell_homonyms_apart() -> None:
    assert Finding.AMBIGUOUS in parse("鼓楼区中山北路1号").findings
    read = parse("鼓楼区中山北路1号", province="江苏省", city="南京市", district="鼓楼区")
    assert (read.city, read.district, read.rest, read.passes) == ("南京市", "鼓楼区", "中山北路1号", True)


def test_a_homonym_is_told_apart_by_its_town() -> None:
    read = parse("朝阳区三里屯街道工体北路8号")
    assert (read.city, read.district) == ("北京市", "朝阳区")
    assert Finding.RESOLVED_BY_TOWN in read.findings


def test_an_ambiguous_name_has_its_candidates_and_no_code() -> None:
    read = parse("西湖区文三路1号")
    assert read.district == "西湖区"
    assert read.district_code == ""
    assert {"330106", "360103"} <= set(read.candidates)


def test_a_district_of_another_province_is_a_mismatch() -> None:
    assert Finding.MISMATCH in parse("浙江省杭州市浦东新区张江路1号").findings


@pytest.mark.parametrize("detail", ["南昌市西湖区文三路1号", "中国浙江省嘉兴市桐乡市康民路5号", "江苏省南京市1号"])
def test_a_detail_that_names_another_place_than_the_fields_is_a_mismatch(detail: str) -> None:
    read = parse(detail, province="山东省", city="济宁市", district="邹城市")
    assert Finding.MISMATCH in read.findings
    assert not read.passes


def test_two_districts_of_a_city_are_noticed() -> None:
    assert Finding.TWO_DISTRICTS in parse("宁波市海曙区镇海区平海路1号").findings


def test_a_part_of_town_called_like_a_district_contradicts_nothing() -> None:
    read = parse("温州市瓯海区城区中州路174号")
    assert (read.district, read.findings & {Finding.MISMATCH, Finding.TWO_DISTRICTS}) == ("瓯海区", set())


def test_a_town_of_a_sibling_district_is_noticed() -> None:
    read = parse("浙江省杭州市上城区三墩镇1号")
    assert Finding.TOWN_IN_OTHER_DISTRICT in read.findings
    assert (read.district_code, read.served_by) == ("330102", "330106")


def test_a_slip_of_the_pen_is_repaired_and_said() -> None:
    read = parse("广东省深圳市罗糊区黄贝街道1号")
    assert read.district == "罗湖区"
    assert Finding.DISTRICT_GUESSED in read.findings
    assert read.passes  # the town confirms it


def test_a_district_is_found_by_its_town() -> None:
    read = parse("杭州市三墩镇文三路1号")
    assert (read.district, read.town_match) == ("西湖区", TownMatch.EXACT)
    assert Finding.DISTRICT_FROM_TOWN in read.findings


def test_a_short_name_alone_is_a_guess() -> None:
    assert Finding.CITY_GUESSED in parse("滨江国际14幢1室").findings


def test_a_development_zone_is_kept_apart() -> None:
    read = parse("山东省烟台市高新区科技大道1号")
    assert (read.district, read.zone) == ("", "高新区")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("淀海区", "海淀区", True),
        ("鄞州区", "鄞卅区", True),
        ("鄞州区", "鄞区", True),
        ("鄞区", "鄞州区", True),
        ("鄞州区", "鄞州区", True),
        ("鄞州区", "海曙区", False),
        ("鄞州区", "区", False),
    ],
)
def test_one_edit_is_one_character_or_one_swap(one: str, other: str, expected: bool) -> None:
    assert is_one_edit(one, other) is expected
