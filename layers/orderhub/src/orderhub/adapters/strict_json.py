"""JSON as it was meant: UTF-8, no NaN, no lone surrogates, no absurd numbers, at most 32 levels deep."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_JSON_DEPTH = 32


def strict_json(body: bytes) -> Any:
    """Read JSON; numbers with a point become Decimal (``299.10`` stays exactly that).

    A byte order mark is accepted (.NET servers send one). Raises ValueError for anything else.
    """
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_no_constant, parse_float=_decimal)
    except RecursionError as failure:
        raise ValueError("nested too deeply") from failure
    if "\\ud" in text or "\\uD" in text:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    if text.count("[") + text.count("{") > MAX_JSON_DEPTH:
        _refuse_depth(value)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent that no Decimal holds
        raise ValueError("absurd number") from None
    if len(text) > 60 or abs(number.adjusted()) > 30:
        raise ValueError("absurd number")
    return number


def _refuse_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise ValueError("nested too deeply")
