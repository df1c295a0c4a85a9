"""What passes the gate, and what stops there for which reason (R21)."""

import pytest

from orderhub.address import gate, parse

COMPLETE = "浙江省杭州市西湖区三墩镇文三路1号翡翠花园2幢301室"


def test_a_complete_address_passes_with_a_high_score() -> None:
    read = parse(COMPLETE)
    assert read.passes
    assert read.reasons == ()
    assert read.score == 100


@pytest.mark.parametrize(
    "text",
    [
        "浙江省杭州市西湖区文三路1号",
        "湖北省仙桃市干河街道仙桃大道12号",  # its own city
        "广东省东莞市虎门镇虎门大道1号",  # a city without districts
        "山东省烟台市高新区科技大道1号",  # a development zone
        "香港九龙油尖旺区弥敦道1号",
        "浙江省杭州市西湖区三墩镇样例村三组",  # a numbered group of a village
        "上海市闸北区天目西路街道恒丰路1号",  # an old district
    ],
)
def test_what_a_courier_can_find_passes(text: str) -> None:
    assert parse(text).reasons == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_province"),
        ("文三路1号", "no_city"),
        ("浙江省文三路1号", "no_city"),
        ("四川天府新区华阳街道1号", "no_city"),  # a new area over several cities
        ("浙江省杭州市文三路1号", "no_district"),
        ("浙江省杭州市西湖区", "no_detail"),
        ("浙江省杭州市西湖区1号", "no_detail"),
        ("浙江省杭州市西湖区文三路", "no_number"),
        ("浙江省杭州市浦东新区文三路1号", "mismatch"),
        ("鼓楼区文三路1号", "ambiguous"),
        ("宁波市海曙区镇海区平海路1号", "two_districts"),
        ("浙江省杭州市上城区三墩镇文三路1号", "town_in_other_district"),
        ("广东省深圳市罗糊区深南路1号", "district_guessed"),
        ("滨江国际14幢1室", "city_guessed"),
        ("浙江省杭州市西湖区文三路1号" + "好" * 300, "too_long"),
        ("鼓楼区", "low_score"),
    ],
)
def test_what_a_person_must_look_at_stops(text: str, reason: str) -> None:
    read = parse(text)
    assert not read.passes
    assert reason in read.reasons


def test_every_reason_is_one_of_the_published() -> None:
    texts = ["", "鼓楼区", "浙江省杭州市浦东新区", "宁波市海曙区镇海区1号", "渝北区1号", "重庆市渝北区人民路1号"]
    assert {reason for text in texts for reason in parse(text).reasons} <= {str(reason) for reason in gate.REASONS}


def test_an_old_district_whose_land_was_split_needs_its_town() -> None:
    assert "district_split" in parse("重庆市渝北区人民路1号").reasons
    assert parse("重庆市渝北区统景镇人民路1号").district == "北碚区"
    assert parse("重庆市渝北区统景镇人民路1号").passes


def test_the_parts_of_the_score_add_up_to_a_hundred() -> None:
    most = gate.PROVINCE + gate.CITY + gate.DISTRICT + max(gate.TOWN.values())
    assert most + gate.STREET_AT_MOST + gate.HOUSE_AT_MOST == 100
