"""The four figures of the health board as people read them: value, unit, n, ages, why, the way to the orders (R40)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from orderhub.contracts.words import PARTNERS
from pages import text
from pages.sparkline import Sparkline, shown_point, sparkline
from pages.visit import Visit

LIST = "/orders"
WHY_LINES = 4
OUTBOUND, EXCEPTIONS, CONSISTENCY, ACCURACY = "payment_to_outbound", "exceptions", "consistency", "accuracy"

SOURCES: Mapping[str, tuple[str, ...]] = {
    OUTBOUND: ("orderhub", "youzan"),
    EXCEPTIONS: ("orderhub", "youzan"),
    CONSISTENCY: ("orderhub", "wangdiantong", "youzan"),
    ACCURACY: ("orderhub", "wangdiantong"),
}
"""What each figure is made of: the hub's facts, what shops send, what the warehouse says."""

NOTHING: Mapping[str, tuple[str, str]] = {
    OUTBOUND: ("这一天还没有已付款的订单出库", "No paid order has left on this day yet"),
    EXCEPTIONS: ("这一天还没有人下单", "No order was placed on this day yet"),
    CONSISTENCY: ("这一天还没有订单出库, 无从比对", "No order has left on this day yet, nothing to compare"),
    ACCURACY: ("近 15 天没有订单出库", "No order has left in these 15 days"),
}
"""Why a figure is a dash."""


@dataclass(frozen=True, slots=True)
class Age:
    """When a source was last heard of, in words; ``is_unknown``: never, as far as the hub knows."""

    name: str
    text: str
    is_stale: bool
    is_unknown: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One of the largest contributors, with the way to its orders."""

    name: str
    count: int
    shown: str
    link: str


@dataclass(frozen=True, slots=True)
class Tile:
    """``value`` is a dash where nothing was counted, and ``reason`` says why; else ``reason`` is empty."""

    key: str
    name: str
    formula: str
    value: str
    unit: str
    more: str
    n: int
    reason: str
    why: tuple[Line, ...]
    link: str
    ages: tuple[Age, ...]
    line: Sparkline
    days: tuple[tuple[str, str, int | None], ...]

    @property
    def is_stale(self) -> bool:
        return any(age.is_stale and not age.is_unknown for age in self.ages)


def tiles_of(board: Mapping[str, Any], visit: Visit) -> list[Tile]:
    """The tiles of what ``services.show_health`` answered."""
    ages = {source["name"]: age_of(source, visit) for source in board["sources"]}
    return [
        _tile(tile, [ages[name] for name in SOURCES[tile["key"]] if name in ages], visit) for tile in board["tiles"]
    ]


def link_to(filter_: Mapping[str, str]) -> str:
    """The page of the very orders."""
    return f"{LIST}?{urlencode(filter_)}"


def ranges_of(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each part of a distribution holds: ``≤ 1 h``, ``1–2 h`` … ``> 48 h`` of the bounds ``≤ 1 h``, ``≤ 2 h`` …"""
    bounds = [part["key"].removeprefix("≤ ") for part in parts]
    inner = [f"{before.removesuffix(' h')}–{bound}" for before, bound in pairwise(bounds[:-1])]
    return [part["key"] for part in parts[:1]] + inner + [part["key"] for part in parts[1:][-1:]]


def short_day(day: str) -> str:
    """``11-29`` of ``20261129``."""
    return f"{day[4:6]}-{day[6:]}"


def _tile(tile: Mapping[str, Any], ages: Iterable[Age], visit: Visit) -> Tile:
    key = tile["key"]
    value, unit, more = _value(tile, visit) if tile["n"] else (text.UNKNOWN, "", "")
    return Tile(
        key=key, name=_said(tile["name"], visit), formula=_said(tile["formula"], visit), value=value, unit=unit,
        more=more, n=tile["n"], reason="" if tile["n"] else visit.say(*NOTHING[key]), why=_why(tile, visit),
        link=link_to(tile["filter"]), ages=tuple(ages), line=sparkline(key, tile["trend"]),
        days=tuple((short_day(point["day"]), shown_point(key, point), point["n"]) for point in tile["trend"]),
    )  # fmt: skip


def _value(tile: Mapping[str, Any], visit: Visit) -> tuple[str, str, str]:
    """(value, unit, what stands under it)."""
    match tile["key"]:
        case "payment_to_outbound":
            return text.duration(tile["median_ms"]), visit.say("中位", "median"), f"p90 {text.duration(tile['p90_ms'])}"
        case "exceptions":
            return tile["shown"], "", f"{tile['count']:,} / {tile['n']:,} {visit.say('单', 'orders')}"
        case "consistency":
            parts = {part["key"]: part["count"] for part in tile["parts"]}
            return (
                tile["shown"],
                "",
                visit.say(
                    f"{parts['differs']:,} 单不一致 · {parts['unknown']:,} 单未知",
                    f"{parts['differs']:,} differ · {parts['unknown']:,} unknown",
                ),
            )
    since = visit.say(f"{short_day(tile['since'])} 起", f"since {short_day(tile['since'])}")
    rate = f"{tile['shown']} {tile['interval']} · {since}"
    return f"{tile['per_10_000']} / 10,000", visit.say("差错", "defects"), rate


def _why(tile: Mapping[str, Any], visit: Visit) -> tuple[Line, ...]:
    """The largest contributors; of payment to outbound, the slowest orders."""
    if tile["key"] == OUTBOUND:
        named = list(zip(ranges_of(tile["parts"]), tile["parts"], strict=True))[::-1]
        slowest = [
            Line(name, part["count"], part["shown"], link_to(part["filter"])) for name, part in named if part["count"]
        ]
        return tuple(slowest[:WHY_LINES])
    counted = [part for part in tile["parts"] if part["count"]]
    if tile["key"] == CONSISTENCY:
        counted = [part for part in counted if part["key"] != "agrees"]
    return tuple(
        Line(_said(part["name"], visit), part["count"], part["shown"], link_to(part["filter"]))
        for part in counted[:WHY_LINES]
    )


def age_of(source: Mapping[str, Any], visit: Visit) -> Age:
    """When a source was last heard of, as people read it."""
    name = visit.say(*PARTNERS.get(source["name"], ("订单中枢", "Order hub")))
    if source["age_ms"] is None:
        return Age(name, visit.say("— 还没有听到过", "— never heard of yet"), is_stale=True, is_unknown=True)
    age = text.duration(max(1000, source["age_ms"]))
    return Age(name, visit.say(f"{age} 前", f"{age} ago"), source["is_stale"], is_unknown=False)


def _said(words: Mapping[str, str], visit: Visit) -> str:
    return words["en" if visit.language == "en" else "zh"]
