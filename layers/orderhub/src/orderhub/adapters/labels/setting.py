"""Text into a box: the largest size at which it fits, wrapped; cut with … where even the smallest does not fit."""

from collections.abc import Callable, Iterator

from orderhub.adapters.labels.boxes import Box, Text
from orderhub.adapters.labels.font import LINE, FontMetrics
from orderhub.domain.label_text import ELLIPSIS

_STEP = 0.2
_NEVER_FIRST = frozenset("，。、；：！？）】》」』,.;:!?)]}%")


class Setter:
    """Sets texts, and remembers which fields had to be cut and which held signs that the font lacks."""

    def __init__(self, metrics: FontMetrics) -> None:
        self._metrics = metrics
        self.warnings: list[str] = []

    def line(self, field: str, box: Box, text: str, most: float, least: float, **look: bool) -> list[Text]:
        """One line, as large as it fits, standing in the middle of the box's height."""
        shown = self._printable(text)
        size = _size_down(most, least, lambda size: self._fits_line(shown, size, box))
        return self._placed(field, box, size, [self._shortened(field, shown, size, box.w)], middle=True, **look)

    def block(self, field: str, box: Box, text: str, most: float, least: float, **look: bool) -> list[Text]:
        """As many lines as the box holds."""
        return self.lines(field, box, [text], most, least, **look)

    def lines(
        self, field: str, box: Box, texts: list[str], most: float, least: float, *, wrap: bool = True, **look: bool
    ) -> list[Text]:
        """Several texts, each on lines of its own; without ``wrap`` on one line each, cut where it is too long."""
        shown = [self._printable(text) for text in texts if text]

        def set_at(size: float) -> list[str]:
            if not wrap:
                return shown
            return [line for text in shown for line in self._wrapped(text, size, box.w)]

        def fits(size: float) -> bool:
            rows = set_at(size)
            return _rows(size, box) >= len(rows) and all(self._metrics.width(row) * size <= box.w for row in rows)

        size = _size_down(most, least, fits)
        rows = set_at(size)
        room = _rows(size, box)
        if len(rows) > room:
            self._cut(field)
            rows = [*rows[: room - 1], rows[room - 1] + ELLIPSIS] if room else []
        return self._placed(field, box, size, [self._shortened(field, row, size, box.w) for row in rows], **look)

    def fits_wrapped(self, box: Box, texts: list[str], size: float) -> bool:
        """Whether all of it fits at this size when long texts go on in the next line."""
        shown = [self._metrics.printable(text) for text in texts]
        return sum(1 for text in shown for _ in self._wrapped(text, size, box.w)) <= _rows(size, box)

    def centred(self, field: str, box: Box, text: str, most: float, least: float, **look: bool) -> list[Text]:
        """``line``, in the middle of the box's width too."""
        (placed,) = self.line(field, box, text, most, least, **look)
        middle = Box(box.x + (box.w - placed.box.w) / 2, placed.box.y, placed.box.w, placed.box.h)
        return [Text(field, middle, placed.size, placed.text, placed.bold, placed.paper)]

    def _fits_line(self, text: str, size: float, box: Box) -> bool:
        return size * LINE <= box.h and self._metrics.width(text) * size <= box.w

    def _placed(self, field: str, box: Box, size: float, rows: list[str], **look: bool) -> list[Text]:
        """From the top of the box; a single row that belongs to its neighbour (``middle``) in the middle."""
        is_middle = look.pop("middle", False) and len(rows) == 1
        top = box.y + (max(0.0, (box.h - size * LINE) / 2) if is_middle else 0)
        height = size * LINE
        covered = (Box(box.x, top + n * height, self._metrics.width(row) * size, height) for n, row in enumerate(rows))
        return [Text(field, place, size, row, **look) for place, row in zip(covered, rows, strict=True)]

    def _wrapped(self, text: str, size: float, room: float) -> Iterator[str]:
        row = ""
        for sign in text:
            if self._metrics.width(row + sign) * size <= room or not row:
                row += sign
            elif sign in _NEVER_FIRST and len(row) > 1:
                yield row[:-1].rstrip()
                row = row[-1] + sign
            else:
                yield row.rstrip()
                row = sign.lstrip()
        if row:
            yield row.rstrip()

    def _shortened(self, field: str, text: str, size: float, room: float) -> str:
        if self._metrics.width(text) * size <= room + 1e-9:
            return text
        self._cut(field)
        kept = text.rstrip(ELLIPSIS)
        while kept and self._metrics.width(kept + ELLIPSIS) * size > room:
            kept = kept[:-1]
        return kept.rstrip() + ELLIPSIS

    def _printable(self, text: str) -> str:
        shown = self._metrics.printable(text)
        if shown != text and "missing_glyph" not in self.warnings:
            self.warnings.append("missing_glyph")
        return shown

    def _cut(self, field: str) -> None:
        if f"cut:{field}" not in self.warnings:
            self.warnings.append(f"cut:{field}")


def _rows(size: float, box: Box) -> int:
    return int((box.h + 1e-9) / (size * LINE))


def _size_down(most: float, least: float, fits: Callable[[float], bool]) -> float:
    size = most
    while size > least + 1e-9 and not fits(size):
        size = max(least, size - _STEP)
    return size
