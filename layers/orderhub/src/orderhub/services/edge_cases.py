"""Orders that a gift's threshold just let in or just kept out: what people look at before they switch it on (R20).

An edge is within one part in a hundred of the threshold, at least ¥1, for an order that has the row's main product.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.rules import gift_sentence
from orderhub.rules.gift_matrix import MAINS
from orderhub.rules.rows import rows

EXAMPLES = 20
_LEAST = re.compile(r">=\s*(\d+)")
_TEXT = re.compile(r"[\"']([^\"']*)[\"']")
_ONE_YUAN = 100


@dataclass(frozen=True, slots=True)
class _Threshold:
    row_id: str
    skus: frozenset[str]  # empty: any
    basis: str
    fen: int


class Edges:
    """Takes stored inputs one by one; ``shown`` says how many were edges, with at most 20 of them."""

    def __init__(self, pack: Pack) -> None:
        self._thresholds = tuple(_thresholds(pack)) if pack.kind is RuleKind.GIFTS else ()
        self.orders = 0
        self._found: list[dict[str, Any]] = []

    def take(self, order_id: str, text: str) -> None:
        """An input that is no JSON object has no edge."""
        if not self._thresholds:
            return
        try:
            given = json.loads(text)
        except ValueError:
            return
        edge = next(self._edges(given), None) if isinstance(given, dict) else None
        if edge is not None:
            self.orders += 1
            if len(self._found) < EXAMPLES:
                self._found.append({"order_id": order_id, **edge})

    def _edges(self, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for one in self._thresholds:
            for main in given.get(MAINS, ()):
                if one.skus and main.get("main_sku") not in one.skus:
                    continue
                part, _, name = one.basis.partition(".")
                value = main.get(name) if part == "gift" else given.get(part, {}).get(name)
                if isinstance(value, int) and abs(value - one.fen) <= max(_ONE_YUAN, one.fen // 100):
                    yield {"row": one.row_id, "value_fen": value, "threshold_fen": one.fen}

    def shown(self) -> dict[str, Any]:
        """Nothing for a kind, or a pack, that has no threshold in money."""
        return {"edge_orders": self.orders, "edges": self._found} if self._thresholds else {}


def _thresholds(pack: Pack) -> Iterator[_Threshold]:
    for row in rows(pack.graph):
        skus = frozenset(_TEXT.findall(row.cells.get("gift.main_sku", "")))
        for basis in gift_sentence.BASES:
            least = _LEAST.fullmatch(row.cells.get(basis, "").strip())
            if least and basis.endswith("_fen"):
                yield _Threshold(row.row_id, skus, basis, int(least[1]))
