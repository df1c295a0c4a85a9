"""Gift matrices for tests: rows in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orderhub.domain.rulepack import Pack, PackStatus, RuleKind
from orderhub.rules.defaults import default_pack
from tests.kit.packs import graph

_INPUTS = ("gift.main_sku", "amounts.paid_goods_fen", "gift.main_paid_fen")
_USUAL = {
    "code": "A",
    "name": "滤芯",
    "quantity": 1,
    "waybill_line": "赠品:滤芯×1",
    "sticker_position": "面单右上角",
    "sticker_x_mm": 85,
    "sticker_y_mm": 15,
    "quota": 0,
    "priority": 0,
    "exclusive": False,
}


def row(
    rule_id: str, main_sku: str = "", *, basis: str = "amounts.paid_goods_fen", least: int = 0, **said: Any
) -> dict[str, str]:
    """One row: cell on the main SKU (empty: any), a least amount on ``basis``, and what it says."""
    says = {name: json.dumps(value, ensure_ascii=False) for name, value in (_USUAL | said).items()}
    return {"_id": rule_id, "gift.main_sku": main_sku, basis: f">= {least}" if least else "", **says}


def gift_pack(*rows: Mapping[str, str], version: int = 1) -> Pack:
    """A live matrix of these rows."""
    return Pack(RuleKind.GIFTS, version, graph(rows, _INPUTS, tuple(_USUAL)), PackStatus.LIVE)


class RuleBookWith:
    """A rule book with these packs live, and the shipped defaults of other kinds."""

    def __init__(self, *packs: Pack) -> None:
        self.packs = {pack.kind: pack for pack in packs}

    def live(self, kind: RuleKind) -> Pack:
        return self.packs.get(kind) or default_pack(kind)
