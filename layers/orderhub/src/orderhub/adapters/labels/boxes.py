"""What a layout is made of. All lengths in mm, from the label's top left."""

from dataclasses import dataclass, field
from typing import Literal

WIDTH, HEIGHT = 100.0, 150.0
DOT = 0.125
"""One dot of a label printer: 8 per mm, 203.2 per inch."""


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    def holds(self, other: "Box", slack: float = 1e-6) -> bool:
        return (
            self.x <= other.x + slack
            and self.y <= other.y + slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def meets(self, other: "Box") -> bool:
        """Whether they have more than an edge in common."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


PAGE = Box(0, 0, WIDTH, HEIGHT)


@dataclass(frozen=True, slots=True)
class Text:
    """One line; ``box`` is what it covers, from the top of the line to its end. ``paper``: white on black."""

    field: str
    box: Box
    size: float
    text: str
    bold: bool = False
    paper: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    field: str
    box: Box
    look: Literal["line", "filled"] = "line"


@dataclass(frozen=True, slots=True)
class Bars:
    """Code 128 in its place; ``box`` without the quiet zones."""

    field: str
    box: Box
    modules: str
    module: float


@dataclass(frozen=True, slots=True)
class Grid:
    """QR in its place; ``box`` without the quiet zone."""

    field: str
    box: Box
    rows: tuple[str, ...]
    module: float


@dataclass(frozen=True, slots=True)
class Ring:
    """Where a sticker goes."""

    field: str
    box: Box


type Item = Text | Frame | Bars | Grid | Ring


@dataclass(frozen=True, slots=True)
class Layout:
    """Every field's area, and what is drawn, in the order of drawing. ``name`` names the document."""

    name: str
    areas: dict[str, Box]
    items: tuple[Item, ...]
    warnings: tuple[str, ...] = field(default=())
