"""The label's font: Noto Sans SC (SIL Open Font License 1.1) of the package ``pylopdf-fonts-zh-cn``.

30,890 signs: all of GB 18030's common planes and the extensions that names use. What it lacks is shown as ``MISSING``.
"""

from functools import cache
from pathlib import Path

from orderhub.domain.label_text import MISSING

LINE = 1.22
"""Height of a line of text, in its size."""

BASELINE = 0.98
"""From the top of a line to the foot of its signs, in its size."""


def font_file() -> Path:
    from pylopdf_fonts_zh_cn import sans_path

    return Path(sans_path())


class FontMetrics:
    """How wide signs are, and which there are."""

    def __init__(self, file: Path) -> None:
        from fontTools.ttLib import TTFont

        with TTFont(file, lazy=True) as font:
            advances, per_em = font["hmtx"].metrics, font["head"].unitsPerEm
            signs = font.getBestCmap().items()
            self._widths: dict[int, float] = {code: advances[glyph][0] / per_em for code, glyph in signs}

    def has(self, sign: str) -> bool:
        return ord(sign) in self._widths

    def printable(self, text: str) -> str:
        """The text with ``MISSING`` in place of every sign that the font lacks."""
        return "".join(sign if self.has(sign) else MISSING for sign in text)

    def width(self, text: str) -> float:
        """Of printable text, in its size."""
        return sum(self._widths[ord(sign)] for sign in text)


@cache
def metrics() -> FontMetrics:
    """Read once per instance."""
    return FontMetrics(font_file())
