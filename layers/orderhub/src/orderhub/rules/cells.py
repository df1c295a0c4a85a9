"""Check one cell: its syntax as zen has it, every name in it, and that its types fit the column.

At run time zen silently does not match what it cannot compare (``"29900"`` on a number, ``> 0`` on a text), so types
are found here, by a small parser for the part of the language that packs may use:

    condition    "a"   "a", "b"   ["a", "b"]   > 5   >= 5 and < 9   [1..5]   in [..]   not in [..]   != null
                 contains($, "a")   startsWith($, "a")   len($) > 2   some($, # == "a")   lines.pieces > 2
    output       a literal, or a sum, difference or product of whole numbers and fields

``$`` is the column's own value, a dotted name a published field. Whatever else zen knows is refused.
Source: GoRules ZEN language (docs.gorules.io, Expression language: standard and unary), zen-engine 2.1.3.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import zen

from orderhub.rules.schema import Field, FieldType

MAX_CELL = 500
MAX_DEPTH = 12

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\\]*"|'[^'\\]*')|(?P<number>\d+(?:\.(?!\.)\d*)?(?:[eE]\d+)?)
    |(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|\$|\#)|(?P<op>==|!=|>=|<=|\.\.|[<>+\-*%()\[\],]))""",
    re.VERBOSE | re.ASCII,
)
_ORDERING = frozenset({">", ">=", "<", "<="})
_EQUALITY = frozenset({"==", "!="})


class CellProblem(Exception):
    """What is wrong with the cell: a code of ``rules.problems``, and the place or name."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Typed:
    """A part of the cell: ``kind`` is a FieldType, or null, range, list (of ``of``). ``said`` is a literal text."""

    kind: str
    values: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    of: str = ""
    is_condition: bool = False


_TEXT, _INTEGER, _TRUTH, _TEXTS = (one.value for one in FieldType)
_CONDITION = _Typed(_TRUTH, is_condition=True)


def check_condition(cell: str, column: Field, fields: Mapping[str, Field]) -> None:
    """Raises CellProblem when zen would not compile the cell, or would never match it."""
    parser = _Parser(cell, fields, _Typed(column.type.value, column.values))
    parser.alternatives()
    _compile(zen.compile_unary_expression, cell)


def check_output(cell: str, column: Field, fields: Mapping[str, Field]) -> None:
    """Raises CellProblem when the cell does not say a value of the column's type."""
    parser = _Parser(cell, fields, None)
    said = parser.expression()
    parser.end()
    if said.kind != column.type.value:
        raise _misfit(column.type.value, said.kind)
    _only_known(said, column.values)
    _compile(zen.compile_expression, cell)


def _compile(compiler: Callable[[str], object], cell: str) -> None:
    try:
        compiler(cell)
    except RuntimeError as error:
        raise CellProblem("broken", str(error).partition("\n")[0][:120]) from None


def _misfit(wanted: str, given: str) -> CellProblem:
    if wanted == _INTEGER and given == _TEXT:
        return CellProblem("text_for_number")
    if wanted == _TEXT and given == _INTEGER:
        return CellProblem("number_for_text")
    if _TEXTS in (wanted, given):
        return CellProblem("needs_contains")
    return CellProblem("wrong_type", f"{wanted} ≠ {given}")


def _only_known(given: _Typed, values: tuple[str, ...]) -> None:
    unknown = [text for text in given.said if values and text not in values]
    if unknown:
        raise CellProblem("unknown_value", unknown[0])


class _Parser:
    """Recursive descent over the cell's tokens; ``own`` is the type of ``$``, None in an output cell."""

    def __init__(self, cell: str, fields: Mapping[str, Field], own: _Typed | None) -> None:
        if len(cell) > MAX_CELL:
            raise CellProblem("cell_too_long")
        self._tokens = _tokens(cell)
        self._place = 0
        self._depth = 0
        self._calls = 0
        self._fields = fields
        self._own = own
        self._element: _Typed | None = None

    # --- a condition cell ----------------------------------------------------------------------------------

    def alternatives(self) -> None:
        self._alternative()
        while self._took(","):
            self._alternative()
        self.end()

    def _alternative(self) -> None:
        self._asked(self.expression())

    def _asked(self, said: _Typed) -> None:
        """What is no condition by itself is compared with ``$``, also between ``and`` and ``or``."""
        own = self._own
        if said.is_condition or said.kind == "null" or own is None:
            return
        if own.kind == _TEXTS:
            raise CellProblem("needs_contains")
        if said.kind in ("list", "range"):
            self._inside(own, said)
        else:
            self._comparable(own, said)

    # --- expressions ---------------------------------------------------------------------------------------

    def expression(self) -> _Typed:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CellProblem("not_allowed", "nested too deeply")
        left = self._both()
        while self._took("or"):
            left = self._joined(left, self._both())
        self._depth -= 1
        return left

    def _both(self) -> _Typed:
        left = self._negated()
        while self._took("and"):
            left = self._joined(left, self._negated())
        return left

    def _joined(self, *sides: _Typed) -> _Typed:
        for side in sides:
            if self._own and not self._calls:
                self._asked(side)
            elif side.kind != _TRUTH:
                raise _misfit(_TRUTH, side.kind)
        return _CONDITION

    def _negated(self) -> _Typed:
        if self._peek() == "not" and self._peek(1) != "in":
            self._next()
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise CellProblem("not_allowed", "nested too deeply")
            said = self._negated()
            self._depth -= 1
            if not said.is_condition:  # in a condition zen would compare the negated value with ``$``
                raise CellProblem("not_allowed", "not")
            return said
        return self._compared()

    def _compared(self) -> _Typed:
        starts_with_operator = self._peek() in _ORDERING | _EQUALITY | {"in", "not"}
        if starts_with_operator and self._own is None:
            raise CellProblem("broken", self._peek())
        left = self._own if starts_with_operator and self._own else self._sum()
        match self._peek():
            case "in" | "not":
                if self._next() == "not" and self._next() != "in":
                    raise CellProblem("broken", "not")
                self._inside(left, self._sum())
                return _CONDITION
            case operator if operator in _ORDERING:
                self._next()
                right = self._sum()
                for side in (left, right):
                    if side.kind != _INTEGER:
                        raise _misfit(_INTEGER, side.kind)
                return _CONDITION
            case operator if operator in _EQUALITY:
                self._next()
                self._comparable(left, self._sum())
                return _CONDITION
        return left

    def _comparable(self, left: _Typed, right: _Typed) -> None:
        if "null" in (left.kind, right.kind):
            return
        if left.kind != right.kind or left.kind in (_TEXTS, "list", "range"):
            raise _misfit(left.kind, right.kind)
        _only_known(right, left.values)
        _only_known(left, right.values)

    def _inside(self, left: _Typed, right: _Typed) -> None:
        if right.kind == "range":
            if left.kind != _INTEGER:
                raise _misfit(left.kind, _INTEGER)
        elif right.kind == "list":
            if left.kind != right.of:
                raise _misfit(left.kind, right.of)
            _only_known(right, left.values)
        elif right.kind != _TEXTS or left.kind != _TEXT:
            raise _misfit("list", right.kind)

    def _sum(self) -> _Typed:
        left = self._product()
        while self._peek() in ("+", "-"):
            self._next()
            left = self._calculated(left, self._product())
        return left

    def _product(self) -> _Typed:
        left = self._signed()
        while self._peek() in ("*", "%"):
            self._next()
            left = self._calculated(left, self._signed())
        return left

    def _signed(self) -> _Typed:
        if self._took("-"):
            said = self._primary()
            return self._calculated(said, said)
        return self._primary()

    def _calculated(self, left: _Typed, right: _Typed) -> _Typed:
        for side in (left, right):
            if side.kind != _INTEGER:
                raise _misfit(_INTEGER, side.kind)
        return _Typed(_INTEGER)

    # --- the smallest parts --------------------------------------------------------------------------------

    def _primary(self) -> _Typed:
        word = self._next()
        if word[:1] in "\"'" and word:
            return _Typed(_TEXT, said=(word[1:-1],))
        if word[:1].isdigit():
            if not word.isdigit():
                raise CellProblem("not_whole", word)
            return _Typed(_INTEGER)
        if word in ("(", "[", "]"):
            return self._bracket(word)
        if word in ("true", "false"):
            return _Typed(_TRUTH)
        if word == "null":
            return _Typed("null")
        if word == "$" and self._own:
            return self._own
        if word == "#" and self._element:
            return self._element
        if word and (word[0].isalpha() or word[0] == "_"):
            return self._call(word) if self._peek() == "(" else self._field(word)
        raise CellProblem("broken", word or "unexpected end")

    def _field(self, name: str) -> _Typed:
        field = self._fields.get(name)
        if field is None:
            raise CellProblem("unknown_name", name)
        return _Typed(field.type.value, field.values)

    def _bracket(self, opening: str) -> _Typed:
        if opening == "[" and self._took("]"):
            raise CellProblem("broken", "[]")
        first = self.expression()
        if self._took(".."):
            self._calculated(first, self.expression())
            if self._next() not in (")", "]", "["):
                raise CellProblem("broken", "..")
            return _Typed("range")
        if opening == "(":
            self._expect(")")
            return first
        if opening == "]":
            raise CellProblem("broken", "]")
        said = first.said
        while self._took(","):
            other = self.expression()
            if other.kind != first.kind:
                raise CellProblem("wrong_type", f"{first.kind} ≠ {other.kind}")
            said += other.said
        self._expect("]")
        return _Typed("list", said=said, of=first.kind)

    def _call(self, name: str) -> _Typed:
        self._expect("(")
        self._calls += 1
        first = self.expression()
        match name:
            case "len" if first.kind in (_TEXT, _TEXTS):
                answer = _Typed(_INTEGER)
            case "contains" | "startsWith" | "endsWith" if first.kind == _TEXT or (
                name == "contains" and first.kind == _TEXTS
            ):
                self._expect(",")
                second = self.expression()
                if second.kind != _TEXT:
                    raise _misfit(_TEXT, second.kind)
                answer = _CONDITION
            case "some" | "all" | "none" if first.kind == _TEXTS:
                self._expect(",")
                before, self._element = self._element, _Typed(_TEXT, first.values)
                answer = self._joined(self.expression())
                self._element = before
            case "len" | "contains" | "startsWith" | "endsWith" | "some" | "all" | "none":
                raise CellProblem("wrong_type", f"{name}({first.kind})")
            case _:
                raise CellProblem("unknown_function", name)
        self._calls -= 1
        self._expect(")")
        return answer

    # --- tokens --------------------------------------------------------------------------------------------

    def end(self) -> None:
        if self._peek():
            raise CellProblem("broken", self._peek())

    def _peek(self, ahead: int = 0) -> str:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self._place += 1
        return word

    def _took(self, word: str) -> bool:
        if self._peek() != word:
            return False
        self._place += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._took(word):
            raise CellProblem("broken", f"{word} expected")


def _tokens(cell: str) -> list[str]:
    found: list[str] = []
    place, end = 0, len(cell.rstrip())
    while place < end:
        match = _TOKEN.match(cell, place)
        if match is None:
            rest = cell[place:].lstrip()
            code = "broken" if rest[:1] in "\"'" and "\\" not in rest else "not_allowed"
            raise CellProblem(code, rest[:20])
        found.append(match[0].strip())
        place = match.end()
    return found
