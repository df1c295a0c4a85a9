"""Ask the gift matrix: once for every main product of the order (R30)."""

from collections.abc import Mapping
from typing import Any

from orderhub.domain.gifts import GiftRow, MainProduct, read_row
from orderhub.domain.rulepack import Evaluation, Match, Pack
from orderhub.rules.engine import evaluate

MAINS = "mains"
"""In the input: the main products, each with ``main_sku``, ``main_quantity``, ``main_paid_fen``, ``line_id``.
A row's columns see one of them at a time, as ``gift.main_sku`` …"""


def ask_matrix(pack: Pack, given: Mapping[str, Any]) -> tuple[Evaluation, tuple[GiftRow, ...]]:
    """One evaluation of all main products together (a row that matched several stands there once, with the first),
    and every matched row read. Pure. Raises ValueError for a row that matched and says nothing sensible."""
    matches: dict[str, Match] = {}
    rows: list[GiftRow] = []
    for values in given[MAINS]:
        main = MainProduct(**values)
        for match in evaluate(pack, {**given, "gift": values}).matches:
            rows.append(read_row(match, pack.version, main))
            matches.setdefault(match.row_id, match)
    return Evaluation(pack.kind, pack.version, tuple(matches.values())), tuple(rows)
