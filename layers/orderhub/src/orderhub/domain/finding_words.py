"""What the address gate finds wrong with an address, in the words of people."""

from collections.abc import Mapping
from types import MappingProxyType

FINDINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "no_province": ("缺少省", "the province is missing"),
        "no_city": ("缺少市", "the city is missing"),
        "no_district": ("缺少区县", "the district is missing"),
        "detail_missing": ("缺少详细地址", "the street address is missing"),
        "detail_short": ("详细地址太短", "the street address is too short"),
        "detail_placeholder": ("详细地址不是地址", "the street address is no address"),
        "detail_only_digits": ("详细地址只有数字", "the street address has only digits"),
        "detail_no_number": ("缺少门牌号或楼栋", "a number or building is missing"),
        "no_detail": ("看不出在哪条路、哪个小区或村", "no road, community or village can be read"),
        "no_number": ("缺少门牌号或楼栋", "a number or building is missing"),
        "low_score": ("地址分太低", "the score is too low"),
        "mismatch": ("省市区互不隶属", "the divisions do not lie in each other"),
        "ambiguous": ("有多个同名地区，无法确定", "several places have this name"),
        "two_districts": ("写了两个区县", "two districts are named"),
        "town_in_other_district": ("街道或乡镇不在这个区县", "the town lies in another district"),
        "city_guessed": ("城市是推断的", "the city is only guessed"),
        "district_guessed": ("区县疑有错字", "the district seems to be misspelt"),
        "district_split": ("旧区名已拆分", "an old district that was split since"),
        "too_long": ("地址太长", "the address is too long"),
    }
)
