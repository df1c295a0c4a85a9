"""A figure's last days as a small line, drawn by the server as SVG points; the words say the same (R40)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages import text

WIDTH, HEIGHT, EDGE = 150, 30, 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """``lines``: SVG points of each unbroken stretch; ``dots``: where a known day stands alone; ``last``: where the
    day that is shown stands, None when nothing is known of it. ``low`` and ``high``: what the edges mean, as text."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    last: tuple[float, float] | None
    low: str
    high: str
    n_known: int

    @property
    def is_empty(self) -> bool:
        return self.n_known == 0


def value_of(key: str, point: Mapping[str, Any]) -> float | None:
    """A point's height: ms, or a share; None where nothing was counted."""
    value, n = point["value"], point["n"]
    if value is None or not n:
        return None
    return float(value) if key == "payment_to_outbound" else value / n


def shown_point(key: str, point: Mapping[str, Any]) -> str:
    """A point as people read it; a dash where nothing was counted."""
    if value_of(key, point) is None:
        return text.UNKNOWN
    return text.duration(point["value"]) if key == "payment_to_outbound" else str(point["shown"])


def sparkline(key: str, trend: Sequence[Mapping[str, Any]]) -> Sparkline:
    """The line from the least to the greatest known value; what is unknown is a gap, never a zero."""
    values = [value_of(key, point) for point in trend]
    known = [(value, shown_point(key, point)) for value, point in zip(values, trend, strict=True) if value is not None]
    if not known:
        return Sparkline((), (), None, text.UNKNOWN, text.UNKNOWN, 0)
    (least, low), (most, high) = min(known), max(known)
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)

    def at(place: int, value: float) -> tuple[float, float]:
        height = 0.5 if most == least else (value - least) / (most - least)
        return round(EDGE + place * step, 1), round(HEIGHT - EDGE - height * (HEIGHT - 2 * EDGE), 1)

    stretches: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append(at(place, value))
    lines = tuple(" ".join(f"{x},{y}" for x, y in stretch) for stretch in stretches if len(stretch) > 1)
    dots = tuple(stretch[0] for stretch in stretches if len(stretch) == 1)
    last = at(len(values) - 1, values[-1]) if values[-1] is not None else None
    return Sparkline(lines, dots, last, low, high, len(known))
