"""Whether an address can be delivered to (地址校验), and the structural rules that every address must meet (R21).

The rules look only at what the platform gives: the division in three fields and the detail as text. They find what is
missing or no address at all; whether the street exists, they cannot tell.
"""

import re
import unicodedata
from collections.abc import Callable

from orderhub.domain.order import AddressCheck, Region

PASSED = 100

WITHOUT_DISTRICTS = frozenset({"东莞市", "中山市", "儋州市", "嘉峪关市"})
"""Prefecture-level cities that have no districts (GB/T 2260: their towns follow at once)."""

LEAST_DETAIL = 4


type Gate = Callable[[Region, str], AddressCheck]
"""(division, detail in clear) → what was found. Called where the plain address is at hand."""

COST = {
    "no_province": 40,
    "no_city": 40,
    "no_district": 30,
    "detail_missing": 60,
    "detail_short": 40,
    "detail_placeholder": 60,
    "detail_only_digits": 50,
    "detail_no_number": 30,
}
"""The codes of the structural rules, and what each takes from the score."""

_PLACEHOLDERS = frozenset(
    {"无", "暂无", "没有", "未知", "同上", "待定", "不详", "测试", "地址", "详细地址", "默认", "test", "null", "none"}
)
_PLACEHOLDER_PARTS = ("请填写", "请输入", "填写详细", "地址不详", "地址待", "待补充", "见备注", "看备注", "联系客服")
_REPEATED = re.compile(r"^(.)\1{3,}$")
_SIGNS = re.compile(r"[\W_]+")
_NUMBER_WORDS = re.compile(
    r"\d|号|栋|幢|座|单元|室|楼|层|弄|院|巷|村|组|队|屯|庄|店|铺|厂|校|学院|大学|医院|大厦|广场|小区|花园|公寓|苑|园区|中心|酒店|宾馆|市场|驿站|家属院"
)


def check_structure(region: Region, detail: str) -> AddressCheck:
    """The structural gate: every part of the division, and a detail that somebody could find.

    >>> check_structure(Region("浙江省", "杭州市", "西湖区"), "测试路1号2单元").passes
    True
    >>> check_structure(Region("浙江省", "", "西湖区"), "测试路").reasons
    ('no_city', 'detail_short', 'detail_no_number')
    """
    reasons = [code for code in (*_division_problems(region), *_detail_problems(detail)) if code]
    score = max(0, PASSED - sum(COST[code] for code in reasons))
    return AddressCheck(score, not reasons, tuple(reasons))


def _division_problems(region: Region) -> tuple[str, ...]:
    needs_district = region.city.strip() not in WITHOUT_DISTRICTS
    return (
        "" if region.province.strip() else "no_province",
        "" if region.city.strip() else "no_city",
        "" if region.district.strip() or not needs_district else "no_district",
    )


def _detail_problems(detail: str) -> tuple[str, ...]:
    words = _SIGNS.sub("", unicodedata.normalize("NFKC", detail)).lower()
    if not words:
        return ("detail_missing",)
    if words in _PLACEHOLDERS or _REPEATED.match(words) or any(part in words for part in _PLACEHOLDER_PARTS):
        return ("detail_placeholder",)
    if words.isdigit():
        return ("detail_only_digits",)
    return (
        "detail_short" if len(words) < LEAST_DETAIL else "",
        "" if _NUMBER_WORDS.search(words) else "detail_no_number",
    )
