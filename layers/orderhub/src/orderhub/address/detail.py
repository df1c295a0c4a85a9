"""What stands below the town, part by part: road and number, community, place, building, unit, floor, room.

Parts are cut out of the text one kind after the other, the ones with the clearest form first; each cut leaves a mark,
so that what stood apart is not read together. What is left at the end is the place and the rest.
"""

import re

from orderhub.address.model import Detail
from orderhub.address.numerals import HAN, NUMERAL, canonical

_STREET, _HOUSE, _ROOM = "\x01", "\x02", "\x03"  # marks: cut at street level, cut at house level, a room's suffix
_MARKS = re.compile(f"[{_STREET}{_HOUSE}{_ROOM}#-]+")

_BRACKETS = re.compile(r"[()\[\]【】<>{}]")
_ROOM_SUFFIX = re.compile(r"(?<=[0-9A-Z])(?:号房|号室|房间|室|房(?!产|地|屋|东|车|子|门)|户(?!外|型|籍))")
_COMMUNITY = re.compile(
    rf"({HAN}{{1,8}}?(?:社区|居委会|村委会|行政村|自然村|新村|村|嘎查|大队|生产队|屯)"
    r"(?:(?:[\d一二三四五六七八九十]+)(?:组|队|社|区|片))?)"
)
_ROAD = re.compile(
    r"((?:[^\W\d_]{1,10}?|\d{1,3}号?)"
    r"(?:大道|大街|公路|国道|省道|县道|马路|步行街|胡同|路|街(?!道|坊|区)|巷|里弄|条(?=\d)|道(?=\d)|支路|环路|环线)"
    r"(?:[东西南北中]?[一二三四五六七八九十\d]{0,2}(?:段|街|巷|弄|支路|路))?)"
)
_NOT_A_HOUSE = r"(?!楼|栋|房|室|线|铺|商铺)"
_NUMBER_BEHIND_ROAD = re.compile(
    r"[甲乙丙]?(\d{1,5}(?:[-/之]\d{1,4})*[A-Z]?)"
    rf"(?:号{_NOT_A_HOUSE}(?:院|附\d+号?)?|弄|支弄|(?![\d栋幢号座楼单层F#A-Z米-]))"
)
_BUILDING_UNIT_ROOM = re.compile(r"\d{1,3}-\d{1,2}-\d{2,5}$")
_NUMBER_BEHIND_LANE = re.compile(r"(\d{1,4}(?:-\d{1,3})?)(?:号(?!楼|栋|房|室|铺|门)|弄|支弄)")
_LONE_NUMBER = re.compile(
    r"附?([甲乙丙]?\d{1,5}(?:[-/之]\d{1,4})*(?:[A-Z](?=号|弄|院|$))?)"
    r"(?:号(?!楼|栋|房|室|线|门(?!面)|铺|商铺)(?:院|附\d+号?|之\d+)?|弄|支弄)"
)
_BY_DASHES = re.compile(r"([A-Z]?\d{1,3}[A-Z]?)(?:栋|幢|号楼|#)?-(\d{1,2})-(?:(\d{1,2})-)?(\d{2,5}[A-Z]?)(?!\d|号)")
_BY_ONE_DASH = re.compile(r"([A-Z]?\d{1,3}[A-Z]?)(?:栋|幢|号楼|#|座)?-(\d{3,5}[A-Z]?)(?!\d|号)")
_BUILDING = re.compile(
    r"((?:[A-Z]{1,2}\d{0,3}|\d{1,4}[A-Z]?|[一二三四五六七八九十百]{1,4}|[东西南北甲乙丙丁][0-9一二三四五六七八九十]{0,3})"
    r"(?:-\d{1,3})?)(?:栋楼?|幢楼?|座|号楼|#楼|号栋|号院(?=\d)|#(?=\d)|舍)"
)
_UNIT = re.compile(rf"({NUMERAL}{{1,3}}|[A-Z])(?:单元|单位|号门|门洞|门(?![市口面店诊])|梯)")
_FLOOR = re.compile(rf"第?((?:负|地下|B|-)?{NUMERAL}{{1,3}})(?:层|楼|F(?![A-Z]))|(底|顶)[层楼]")
_BELOW_GROUND = re.compile(r"^(?:负|地下|B|-)")
_MARKED_ROOM = re.compile(rf"([A-Z]{{0,2}}\d{{1,5}}[A-Z]?)(?:{_ROOM}|单间)")
_ROOM_BEHIND_HOUSE = re.compile(r"#?-?([A-Z]{0,2}-?\d{2,5}[A-Z]?(?:[-/]\d{1,5})?)号?(?=[^\d]|$)")
_ROOM_AT_END = re.compile(r"(?<!\d)([A-Z]?\d{3,5}[A-Z]?)$")


def read_detail(text: str) -> Detail:
    """The parts of what is left of an address below its town."""
    sheet = _Sheet(_ROOM_SUFFIX.sub(_ROOM, _BRACKETS.sub("", text)))
    _read_street(sheet)
    _read_house(sheet)
    if "road_number" not in sheet.parts and (found := _LONE_NUMBER.search(sheet.text)):
        sheet.cut(found, _STREET, road_number=found[1].replace("之", "-"))
    left = [piece for piece in _MARKS.split(sheet.text) if piece]
    return Detail(**sheet.parts, place=left[0] if left else "", rest="".join(left[1:]))


class _Sheet:
    """The text with the parts cut out of it so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: dict[str, str] = {}

    def cut(self, found: re.Match[str], mark: str, **parts: str) -> None:
        self.parts.update({name: value for name, value in parts.items() if value})
        self.text = self.text[: found.start()] + mark + self.text[found.end() :]


def _read_street(sheet: _Sheet) -> None:
    community = _COMMUNITY.match(sheet.text)
    if community and len(community[1]) <= 10:
        sheet.cut(community, _STREET, community=community[1])
    road = _ROAD.search(sheet.text)
    if not road or road.start() > 12:
        return
    sheet.cut(road, _STREET, road=road[1])
    behind = road.start() + 1
    number = _NUMBER_BEHIND_ROAD.match(sheet.text, behind)
    if not number or _BUILDING_UNIT_ROOM.match(sheet.text, behind):
        return
    sheet.cut(number, "", road_number=number[1].replace("之", "-").replace("/", "-"))
    lane = _NUMBER_BEHIND_LANE.match(sheet.text, behind)
    if lane:  # 553弄8号: the number of the lane, then of the house in it
        sheet.cut(lane, "", road_number=f"{sheet.parts['road_number']}/{lane[1]}")


def _read_house(sheet: _Sheet) -> None:
    if found := _BY_DASHES.search(sheet.text):  # 47-6-746
        building, unit, floor, room = found.groups()
        sheet.cut(found, _HOUSE, building=canonical(building), unit=unit, floor=floor or "", room=room)
    elif found := _BY_ONE_DASH.search(sheet.text):  # 11-2301
        sheet.cut(found, _HOUSE, building=canonical(found[1]), room=found[2])
    elif found := _BUILDING.search(sheet.text):
        sheet.cut(found, _HOUSE, building=canonical(found[1]))
    if "unit" not in sheet.parts and (found := _UNIT.search(sheet.text)):
        sheet.cut(found, _HOUSE, unit=canonical(found[1]))
    if "floor" not in sheet.parts and (found := _FLOOR.search(sheet.text)):
        sheet.cut(found, _HOUSE, floor=_floor(found))
    if "room" not in sheet.parts and (found := _find_room(sheet.text)):
        sheet.cut(found, _HOUSE, room=found[1].lstrip("-").replace("-", ""))


def _floor(found: re.Match[str]) -> str:
    """-2 for 负二层, 底 and 顶 as they are."""
    if found[2]:
        return found[2]
    number = _BELOW_GROUND.sub("", found[1])
    return ("-" if number != found[1] else "") + canonical(number)


def _find_room(text: str) -> re.Match[str] | None:
    """A number with a room's suffix; else the number behind the last house part; else one at the very end."""
    last = text.rfind(_HOUSE)
    return (
        _MARKED_ROOM.search(text)
        or (_ROOM_BEHIND_HOUSE.match(text, last + 1) if last >= 0 else None)
        or _ROOM_AT_END.search(text)
    )
