"""The address gate (R21, level 1): the platform's own fields must all be there, and the whole must be readable."""

from orderhub.domain.address_check import check_structure
from orderhub.domain.order import AddressCheck, Region

_ABOUT_FIELDS = frozenset({"no_province", "no_city", "no_district", "detail_placeholder", "detail_only_digits"})
"""What the structural rules alone can tell: the fields go to partners as they are, and a number is no address. The
detail itself ``orderhub.address`` reads better."""


def check_address(region: Region, detail: str) -> AddressCheck:
    """Score, verdict and findings of an address in clear; nothing of the address is in what comes back.

    >>> check_address(Region("浙江省", "杭州市", "西湖区"), "测试路1号2单元").passes
    True
    >>> check_address(Region("浙江省", "杭州市", "西湖区"), "无").reasons
    ('detail_placeholder', 'no_detail', 'low_score')
    """
    from orderhub.address import parse  # its division data is loaded where an address is at hand, and nowhere else

    structure = check_structure(region, detail)
    read = parse(detail, province=region.province, city=region.city, district=region.district)
    found = [code for code in structure.reasons if code in _ABOUT_FIELDS]
    found += [code for code in read.reasons if code not in found]
    score = min(read.score, structure.score) if found else read.score
    return AddressCheck(score, not found, tuple(found))


def divisions_version() -> str:
    """Which divisions (provinces to towns) addresses are read by, as screens show it."""
    from orderhub.address.divisions import VERSION

    return VERSION


def load_divisions() -> None:
    """Read the division data ahead of the first address, once per instance."""
    from orderhub.address import parse

    parse("")
