"""ExecuteBillQuery and View: how a saved bill is read back (sheet §3.1).

A query answers rows of values in the order of FieldKeys, one row per line as soon as a line's field is
asked for; its errors come in the same shape, `[[{"Result": …}]]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from local.partners.chassis import Doc
from local.partners.kingdee.envelopes import NO_SUCH_FIELD, PARAMETER, Refused
from local.partners.kingdee.receivable import HEAD_FIELDS, LINE_FIELDS, number_of, whole_of

LARGEST_PAGE = 2000
Reader = Callable[[Doc, Doc], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<op><>|!=|>=|<=|=|>|<)|(?P<mark>[(),])|(?P<word>[^\s'(),=<>!]+))"
)


def _column(name: str) -> tuple[Reader, bool]:
    """(reader of bill and line, is it a line's field). Raises Refused for a field that does not exist."""
    key, _, inner = name.partition(".")
    if inner and inner.lower() not in ("fnumber", "fname", "fid"):
        raise Refused(f"元数据中标识为{inner}的字段不存在", NO_SUCH_FIELD)
    computed: dict[str, tuple[Reader, bool]] = {
        "fid": (lambda bill, _: bill["id"], False),
        "fbillno": (lambda bill, _: bill["bill_no"], False),
        "fdocumentstatus": (lambda bill, _: bill["status"], False),
        "fallamountfor": (lambda bill, _: bill["total_fen"] / 100, False),
        "fentitydetail_fentryid": (lambda _, line: line["entry_id"], True),
        "fmaterialid": (lambda _, line: line["material"], True),
        "fpriceqty": (lambda _, line: float(line["quantity"]), True),
        "ftaxprice": (lambda _, line: float(line["tax_price"]), True),
        "fentrytaxrate": (lambda _, line: float(line["tax_rate"]), True),
        "fallamountfor_d": (lambda _, line: line["amount_fen"] / 100, True),
        "fnotaxamountfor_d": (lambda _, line: line["no_tax_fen"] / 100, True),
        "ftaxamountfor_d": (lambda _, line: line["tax_fen"] / 100, True),
    }
    if key.lower() in computed:
        return computed[key.lower()]
    for fields, of_line in ((HEAD_FIELDS, False), (LINE_FIELDS, True)):
        real = next((field for field in fields if field.lower() == key.lower()), None)
        if real is not None:
            return _raw_reader(real, of_line), of_line
    raise Refused(f"元数据中标识为{key}的字段不存在", NO_SUCH_FIELD)


def run(data: dict[str, Any], bills: list[Doc]) -> list[list[Any]]:
    """The rows of one page. Raises Refused."""
    names = [name.strip() for name in str(data.get("FieldKeys") or "").split(",") if name.strip()]
    if not names:
        raise Refused("参数错误: FieldKeys不能为空", PARAMETER)
    columns = [_column(name) for name in names]
    keep = condition(data.get("FilterString") or "")
    per_line = any(of_line for _, of_line in columns)
    pairs = [(bill, line) for bill in bills for line in (bill["lines"] if per_line else bill["lines"][:1])]
    pairs = [pair for pair in pairs if keep(*pair)]
    for part in reversed([part for part in str(data.get("OrderString") or "").split(",") if part.strip()]):
        name, _, direction = part.strip().partition(" ")
        reader = _column(name)[0]
        pairs.sort(key=lambda pair: reader(*pair), reverse=direction.strip().lower() == "desc")
    first = whole_of(data, "StartRow")
    size = min(whole_of(data, "Limit") or LARGEST_PAGE, LARGEST_PAGE)
    end = min(first + size, whole_of(data, "TopRowCount") or first + size)
    return [[reader(bill, line) for reader, _ in columns] for bill, line in pairs[first:end]]


def view(bill: Doc) -> dict[str, Any]:
    """`Result.Result` of View: property names without the F, base data as `{Number}`."""
    head = {_bare(key): _property(value) for key, value in bill["head"].items()}
    lines = [
        {
            **{_bare(key): _property(value) for key, value in line["raw"].items()},
            "Id": line["entry_id"],
            "ALLAMOUNTFOR_D": line["amount_fen"] / 100,
            "NoTaxAmountFor_D": line["no_tax_fen"] / 100,
            "TAXAMOUNTFOR_D": line["tax_fen"] / 100,
        }
        for line in bill["lines"]
    ]
    return {
        **head,
        "Id": bill["id"],
        "BillNo": bill["bill_no"],
        "DocumentStatus": bill["status"],
        "ALLAMOUNTFOR": bill["total_fen"] / 100,
        "EntityDetail": lines,
    }


def condition(wanted: Any) -> Callable[[Doc, Doc], bool]:
    """A filter from SQL-like text or from the array form, both joined by and/or. Raises Refused."""
    if isinstance(wanted, list):
        parts = []
        for row in wanted:
            value = str(row.get("Value", "")).replace("'", "''")
            term = f"{row.get('FieldName')} {row.get('Compare', '=')} '{value}'"
            parts.append(f"{row.get('Left', '')}{term}{row.get('Right', '')} {row.get('Logic') or 'and'}")
        wanted = re.sub(r"\s*(and|or)$", "", " ".join(parts), flags=re.IGNORECASE)
    if not str(wanted).strip():
        return lambda bill, line: True
    return _Parser(str(wanted)).parse()


class _Parser:
    """field (=|<>|>|>=|<|<=|like) value, field in (…), and, or, brackets."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            match = _TOKEN.match(text, at)
            if match is None:
                raise Refused("过滤条件语法错误", PARAMETER)
            self._tokens.append(match.group().strip())
            at = match.end()

    def parse(self) -> Callable[[Doc, Doc], bool]:
        parsed = self._either()
        if self._tokens:
            raise Refused("过滤条件语法错误", PARAMETER)
        return parsed

    def _either(self) -> Callable[[Doc, Doc], bool]:
        parts = [self._both()]
        while self._tokens and self._tokens[0].lower() == "or":
            self._tokens.pop(0)
            parts.append(self._both())
        return lambda bill, line: any(part(bill, line) for part in parts)

    def _both(self) -> Callable[[Doc, Doc], bool]:
        parts = [self._term()]
        while self._tokens and self._tokens[0].lower() == "and":
            self._tokens.pop(0)
            parts.append(self._term())
        return lambda bill, line: all(part(bill, line) for part in parts)

    def _term(self) -> Callable[[Doc, Doc], bool]:
        if self._next() == "(":
            inner = self._either()
            self._expect(")")
            return inner
        reader, compare = _column(self._last)[0], self._next().lower()
        if compare == "in":
            self._expect("(")
            values = [_value(self._next())]
            while self._next() == ",":
                values.append(_value(self._next()))
            return lambda bill, line: str(reader(bill, line)) in values
        value = _value(self._next())
        if compare == "like":
            pattern = re.compile(".*".join(map(re.escape, value.split("%"))), re.IGNORECASE)
            return lambda bill, line: pattern.fullmatch(str(reader(bill, line))) is not None
        return _comparison(reader, compare, value)

    def _next(self) -> str:
        if not self._tokens:
            raise Refused("过滤条件语法错误", PARAMETER)
        self._last = self._tokens.pop(0)
        return self._last

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise Refused("过滤条件语法错误", PARAMETER)


def _comparison(reader: Reader, compare: str, value: str) -> Callable[[Doc, Doc], bool]:
    def order(bill: Doc, line: Doc) -> int:
        seen = reader(bill, line)
        if isinstance(seen, int | float):
            try:
                return (seen > float(value)) - (seen < float(value))
            except ValueError as error:
                raise Refused("过滤条件的值不是数值", PARAMETER) from error
        return (str(seen) > value) - (str(seen) < value)

    tests: dict[str, Callable[[int], bool]] = {
        "=": lambda o: o == 0,
        "<>": lambda o: o != 0,
        "!=": lambda o: o != 0,
        ">": lambda o: o > 0,
        ">=": lambda o: o >= 0,
        "<": lambda o: o < 0,
        "<=": lambda o: o <= 0,
    }
    if compare not in tests:
        raise Refused("过滤条件语法错误", PARAMETER)
    return lambda bill, line: tests[compare](order(bill, line))


def _value(token: str) -> str:
    return token[1:-1].replace("''", "'") if token.startswith("'") else token


def _raw_reader(key: str, of_line: bool) -> Reader:
    if of_line:
        return lambda _, line: number_of(line["raw"].get(key))
    return lambda bill, _: number_of(bill["head"].get(key))


def _bare(key: str) -> str:
    return key[1:] if key[:1] == "F" else key


def _property(value: Any) -> Any:
    if isinstance(value, dict):
        return {_bare(key): _property(inner) for key, inner in value.items()}
    return value
