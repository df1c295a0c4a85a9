"""The parts below the town."""

import pytest

from orderhub.address.detail import read_detail
from orderhub.address.model import Detail


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("文三路1号2幢301室", Detail(road="文三路", road_number="1", building="2", room="301")),
        (
            "文一西路969号阿里巴巴西溪园区",
            Detail(road="文一西路", road_number="969", place="阿里巴巴西溪园区"),
        ),
        ("文汇路553弄8号门472", Detail(road="文汇路", road_number="553", unit="8", room="472")),
        ("柳营路669弄14号1102", Detail(road="柳营路", road_number="669/14", room="1102")),
        ("缤纷北苑47-6-746", Detail(place="缤纷北苑", building="47", unit="6", room="746")),
        ("南区市场11-2301", Detail(place="南区市场", building="11", room="2301")),
        ("沿山村5组6号", Detail(community="沿山村5组", road_number="6")),
        ("翡翠城三幢二单元十二层1203", Detail(place="翡翠城", building="3", unit="2", floor="12", room="1203")),
        ("万象城负二层", Detail(place="万象城", floor="-2")),
        ("万象城底层", Detail(place="万象城", floor="底")),
        ("文三路之1号", Detail(road="文三路", road_number="1", place="之")),
        ("", Detail()),
    ],
)
def test_a_detail_is_taken_apart(text: str, detail: Detail) -> None:
    assert read_detail(text) == detail
