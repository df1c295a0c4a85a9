"""One address, from text to Address: normalise, read the region, read the detail, pass it through the gate."""

from orderhub.address import gate
from orderhub.address.detail import read_detail
from orderhub.address.divisions import divisions
from orderhub.address.model import Address, Finding
from orderhub.address.normal import is_too_long, normalise
from orderhub.address.reading import Reading
from orderhub.address.region import read_region


def parse(text: str, *, province: str | None = None, city: str | None = None, district: str | None = None) -> Address:
    """Read an address; never raises, whatever the text.

    The fields of a platform, where it has them, are put in front of the text: that tells most homonyms apart, and
    the detail may repeat them.
    """
    whole = "".join(part for part in (province, city, district, text) if part)
    normal = normalise(whole)
    reading = read_region(normal)
    if is_too_long(whole):
        reading.find(Finding.TOO_LONG)
    detail = read_detail(reading.rest)
    has_district = _has_district(reading)
    points = gate.score(reading, detail, has_district=has_district)
    city_name, district_name = _names(reading)
    return Address(
        text=normal,
        province=_name(reading.province),
        city=city_name,
        district=district_name,
        town=reading.town,
        zone=reading.zone,
        province_code=reading.province,
        city_code=reading.city,
        district_code=reading.district,
        served_by=reading.served_by or reading.district,
        town_match=reading.town_match,
        candidates=reading.candidates,
        rest=reading.rest,
        detail=detail,
        findings=frozenset(reading.findings),
        score=points,
        reasons=gate.reasons(reading, detail, points, has_district=has_district),
    )


def _has_district(reading: Reading) -> bool:
    """A city without districts needs none, and a district governed by its province is its own city."""
    if reading.district or len(reading.city) == 6:
        return True
    return bool(reading.city) and divisions().has_no_districts(reading.city)


def _names(reading: Reading) -> tuple[str, str]:
    """(city, district). An ambiguous name is shown as it is today, without a code."""
    if reading.has(Finding.AMBIGUOUS):
        name = _name(reading.candidates[0])
        return (name, "") if len(reading.candidates[0]) == 4 else ("", name)
    return _name(reading.city), _name(reading.district)


def _name(code: str) -> str:
    return divisions().name(code) if code else ""
