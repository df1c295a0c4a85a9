"""The province level of Wangdiantong's address library, with the integer codes its queries return."""

from __future__ import annotations

import zlib

_PROVINCES = {
    "北京": 11, "天津": 12, "河北": 13, "山西": 14, "内蒙古": 15, "辽宁": 21, "吉林": 22,
    "黑龙江": 23, "上海": 31, "江苏": 32, "浙江": 33, "安徽": 34, "福建": 35, "江西": 36,
    "山东": 37, "河南": 41, "湖北": 42, "湖南": 43, "广东": 44, "广西": 45, "海南": 46,
    "重庆": 50, "四川": 51, "贵州": 52, "云南": 53, "西藏": 54, "陕西": 61, "甘肃": 62,
    "青海": 63, "宁夏": 64, "新疆": 65, "台湾": 71, "香港": 81, "澳门": 82,
}  # fmt: skip


def is_in_library(province: str) -> bool:
    return _province_code(province) != 0


def codes(province: str, city: str, district: str) -> tuple[int, int, int]:
    """Codes are stable per name; only the province's is the real one."""
    top = _province_code(province)
    middle = top * 100 + zlib.crc32(city.encode()) % 99 + 1
    return top * 10000, middle * 100, middle * 100 + zlib.crc32(district.encode()) % 99 + 1


def _province_code(province: str) -> int:
    return next((code for name, code in _PROVINCES.items() if province.startswith(name)), 0)
