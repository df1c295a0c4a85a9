"""Cells in the words of people, and back: what editors show in place of the engine's language (R45).

    a condition on a text      新疆、西藏             "新疆", "西藏"
                               ≠ express              != "express"
              on a number      ≥ 299.00               >= 29900      (fen are written as yuan)
                               > 2 且 ≤ 5, 1..5       > 2 and <= 5, [1..5]
              on an instant    ≥ 2026-11-01 00:00     >= 1761926400000      (Asia/Shanghai)
              on a truth       true                   true
              on a list        A、B                   contains($, "A") or contains($, "B")
    an output                  its value

Whatever else a cell says stands behind an equals sign as it is: ``=lines.pieces > 2``. No engine is needed here.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

from orderhub.rules.schema import Field, FieldType

ZONE = timezone(timedelta(hours=8))
_TEXT = r"""(?:"[^"\\]*"|'[^'\\]*')"""
_ONE_TEXT = re.compile(_TEXT)
_TEXTS = re.compile(rf"{_TEXT}(?:\s*,\s*{_TEXT})*")
_OTHER = re.compile(rf"!=\s*({_TEXT})")
_HAS = re.compile(rf"contains\(\$,\s*({_TEXT})\)")
_BOUND = re.compile(r"(>=|<=|!=|==|>|<)?\s*(-?\d+)")
_RANGE = re.compile(r"\[\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*\]")
_SEPARATORS = re.compile(r"[、,，;；\n]")
_SIGNS = {">=": "≥", "<=": "≤", "!=": "≠", "==": "", "": ""}
_OPERATORS = {"≥": ">=", "≤": "<=", "≠": "!=", "＞": ">", "＜": "<", "=": "", "": ""}
_SAID_BOUND = re.compile(r"(>=|<=|!=|[≥≤≠><＞＜=])?\s*(.+)")


class Unclear(ValueError):
    """What was written is no value of this field; ``code`` is one of ``rules.problems``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail[:80]


def plain(cell: str, name: str, field: Field, is_output: bool = False) -> str:
    """A checked cell as people write it. What cannot be said so comes back as it is, behind an equals sign."""
    cell = cell.strip()
    if not cell:
        return ""
    said = _output_said(cell, name, field) if is_output else _condition_said(cell, name, field)
    return f"={cell}" if said is None else said


def cell_of(said: str, name: str, field: Field, is_output: bool = False) -> str:
    """The cell that says it. Raises Unclear; whether the cell is good for the engine is left to ``rules.check``."""
    said = said.strip()
    if not said:
        return ""
    if said.startswith("=") and not said.startswith("=="):
        return said[1:].strip()
    if field.type is FieldType.TEXT:
        return quoted(said) if is_output else _texts_cell(said)
    if field.type is FieldType.TEXTS:
        return " or ".join(f"contains($, {quoted(one)})" for one in _split(said))
    if field.type is FieldType.TRUTH:
        if said not in ("true", "false"):
            raise Unclear("not_a_truth", said)
        return said
    return str(whole(said, name)) if is_output else _number_cell(said, name)


def quoted(text: str) -> str:
    """A text of the engine's language. Raises Unclear: it has no way to write both kinds of quotes, or a backslash."""
    if "\\" in text or "\n" in text or ('"' in text and "'" in text):
        raise Unclear("quotes", text)
    return f"'{text}'" if '"' in text else f'"{text}"'


def whole(said: str, name: str) -> int:
    """A number as it is stored: yuan as fen, a time of Shanghai as ms UTC. Raises Unclear."""
    said = said.strip().lstrip("¥￥").strip()
    if name.endswith("_at"):
        return _instant(said)
    try:
        number = Decimal(said.replace(",", ""))
    except InvalidOperation:
        raise Unclear("not_a_number", said) from None
    number = number * 100 if name.endswith("_fen") else number
    if not number.is_finite() or number != number.to_integral_value() or abs(number) > 10**13:
        raise Unclear("not_a_number", said)
    return int(number)


def written(number: int, name: str) -> str:
    """A stored number as people write it."""
    if name.endswith("_at"):
        then = datetime.fromtimestamp(number / 1000, UTC).astimezone(ZONE)
        return f"{then:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    if name.endswith("_fen"):
        return f"{'-' if number < 0 else ''}{abs(number) // 100}.{abs(number) % 100:02d}"
    return str(number)


def _instant(said: str) -> int:
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"):
        try:
            return int(datetime.strptime(said, shape).replace(tzinfo=ZONE).timestamp() * 1000)
        except ValueError:
            continue
    raise Unclear("not_a_time", said)


def _split(said: str) -> list[str]:
    return [one for part in _SEPARATORS.split(said) if (one := part.strip())]


def _texts_cell(said: str) -> str:
    if said[0] in "≠!":
        others = _split(said.removeprefix("!=").removeprefix("≠"))
        return " and ".join(f"!= {quoted(one)}" for one in others)
    return ", ".join(quoted(one) for one in _split(said))


def _number_cell(said: str, name: str) -> str:
    if not name.endswith("_at") and ".." in said:
        low, _, high = said.partition("..")
        return f"[{whole(low, name)}..{whole(high, name)}]"
    bounds = []
    for part in re.split(r"且|\band\b|&", said):
        match = _SAID_BOUND.fullmatch(part.strip())
        if match is None:
            raise Unclear("not_a_number", said)
        sign = match[1] or ""
        bounds.append(f"{_OPERATORS.get(sign, sign)} {whole(match[2], name)}".strip())
    return " and ".join(bounds)


def _condition_said(cell: str, name: str, field: Field) -> str | None:
    match field.type:
        case FieldType.TRUTH:
            return cell if cell in ("true", "false") else None
        case FieldType.TEXT:
            return _texts_said(cell)
        case FieldType.TEXTS:
            found = [_HAS.fullmatch(part.strip()) for part in cell.split(" or ")]
            return _joined([one[1][1:-1] for one in found if one]) if all(found) else None
    between = _RANGE.fullmatch(cell)
    if between:
        return f"{written(int(between[1]), name)}..{written(int(between[2]), name)}"
    bounds = [_BOUND.fullmatch(part.strip()) for part in cell.split(" and ")]
    if not all(bounds):
        return None
    return " 且 ".join(f"{_sign(one[1])}{written(int(one[2]), name)}" for one in bounds if one)


def _sign(operator: str | None) -> str:
    sign = _SIGNS.get(operator or "", operator or "")
    return f"{sign} " if sign else ""


def _texts_said(cell: str) -> str | None:
    if _TEXTS.fullmatch(cell):
        return _joined([text[1:-1] for text in _ONE_TEXT.findall(cell)])
    others = [_OTHER.fullmatch(part.strip()) for part in cell.split(" and ")]
    said = _joined([one[1][1:-1] for one in others if one]) if all(others) else None
    return None if said is None else f"≠ {said}"


def _joined(texts: list[str]) -> str | None:
    """None when a text has what would be read otherwise."""
    if any(not text or text != text.strip() or _SEPARATORS.search(text) or text[0] in "=≠!" for text in texts):
        return None
    return "、".join(texts)


def _output_said(cell: str, name: str, field: Field) -> str | None:
    if field.type is FieldType.TEXT and _ONE_TEXT.fullmatch(cell):
        text = cell[1:-1]
        return text if text and text == text.strip() and not text.startswith("=") else None
    if field.type is FieldType.TRUTH and cell in ("true", "false"):
        return cell
    if field.type is FieldType.INTEGER and re.fullmatch(r"-?\d+", cell):
        return written(int(cell), name)
    return None
