"""The drawing of labels as the service sees it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from orderhub.domain.label import LabelContent


class LabelFormat(StrEnum):
    PDF = "pdf"
    PNG = "png"


@dataclass(frozen=True, slots=True)
class DrawnLabel:
    """A label as a file. ``warnings``: ``cut:<field>``, ``missing_glyph``, ``sticker_moved``; nothing personal."""

    data: bytes
    media_type: str
    warnings: tuple[str, ...] = ()


class LabelRenderer(Protocol):
    def render(self, content: LabelContent, form: LabelFormat) -> DrawnLabel:
        """Draw it, 100 × 150 mm, one page. The same content gives the same bytes."""
        ...
