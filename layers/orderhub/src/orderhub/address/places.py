"""Where an address is on the map, and how precisely that is known (R4)."""

from typing import NamedTuple

from orderhub.address.divisions import divisions
from orderhub.address.model import Address

DOOR, DISTRICT, CITY, PROVINCE = "door", "district", "city", "province"
_PRECISION = {2: PROVINCE, 4: CITY, 6: DISTRICT}  # by length of the code
_CHINA_EAST, _CHINA_NORTH = (73.0, 136.0), (3.0, 54.0)  # degrees that contain all of it


class Point(NamedTuple):
    """Degrees as the source gives them, and what the point is the place of: the door, or the centre of a division."""

    longitude: float
    latitude: float
    precision: str


def locate(address: Address, *, from_platform: tuple[float, float] | None = None) -> Point | None:
    """The platform's own (longitude, latitude) when it has one inside China, else the centre of the smallest known
    division, marked as such: never as if it were the door. None when not even the province is known."""
    if from_platform and _is_in_china(*from_platform):
        return Point(*from_platform, DOOR)
    for code in (address.served_by.lstrip("Z"), address.city_code, address.province_code):
        centre = divisions().centre(code) if code else None
        if centre:
            return Point(*centre, _PRECISION[len(code)])
    return None


def _is_in_china(longitude: float, latitude: float) -> bool:
    return _CHINA_EAST[0] <= longitude <= _CHINA_EAST[1] and _CHINA_NORTH[0] <= latitude <= _CHINA_NORTH[1]
