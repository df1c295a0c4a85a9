"""A verdict reads as a sentence in the words of the rule editor; why a change of address went so has words (R9)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from orderhub.domain.code_words import CHANGE_REASONS, reason_words
from orderhub.domain.rulepack import RuleKind
from orderhub.rules.defaults import default_pack
from orderhub.rules.rows import OUT, Row, rows
from orderhub.rules.schema import INPUTS, OUTPUTS, Field, FieldType
from orderhub.services import (
    intercept_parcel,
    interception_outcome,
    read_back_address,
    tell_shop_address,
    verdict_words,
)
from orderhub.services.request_address_change import WINDOW_OVER
from orderhub.services.verdict_words import told
from tests.kit.leaks import leaks

ROWS = [(kind, row) for kind in RuleKind for row in rows(default_pack(kind).graph)]
SERVICES = Path(verdict_words.__file__).parent


def verdict(kind: RuleKind, matches: list[dict[str, Any]], version: int = 0, **more: Any) -> dict[str, Any]:
    evaluation = {"kind": kind.value, "version": version, "matches": matches}
    (one,) = told([{"judged_at": 1, "outcome": "pass", "reasons": [], "evaluations": [evaluation], **more}])
    return one


def matched(kind: RuleKind, row: Row) -> dict[str, Any]:
    """The row as the engine tells of it, with what an order may have had there."""
    asked = {key: cell for key, cell in row.cells.items() if cell and not key.startswith(OUT)}
    said = {key.removeprefix(OUT): cell for key, cell in row.cells.items() if cell and key.startswith(OUT)}
    conditions = [
        {"field": key, "cell": cell, "actual": seen(INPUTS[kind][key])} for key, cell in asked.items()
    ]  # fmt: skip
    outputs = {name: answer(OUTPUTS[kind][name], cell) for name, cell in said.items()}
    return {"row_id": row.row_id, "row": row.place, "conditions": conditions, "outputs": outputs}


def seen(field: Field) -> Any:
    match field.type:
        case FieldType.TRUTH:
            return False
        case FieldType.INTEGER:
            return 7
        case FieldType.TEXTS:
            return ["ZP-2026-01"]
    return field.values[0] if field.values else "西藏"


def answer(field: Field, cell: str) -> Any:
    if field.type is FieldType.TRUTH:
        return cell == "true"
    return int(cell) if field.type is FieldType.INTEGER else cell.strip("\"'")


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=[f"{kind}-{row.row_id}" for kind, row in ROWS])
def test_every_shipped_row_that_matches_is_told_in_words(kind: RuleKind, row: Row) -> None:
    (said,) = verdict(kind, [matched(kind, row)])["rows"]
    assert leaks(f"{said['pack'][0]} {said['words'][0]}") == []
    assert said["row_id"] == row.row_id


def test_a_row_says_what_it_asked_what_the_order_had_and_what_follows() -> None:
    (usual,) = [row for kind, row in ROWS if (kind, row.row_id) == (RuleKind.CARRIER, "usual")]
    (said,) = verdict(RuleKind.CARRIER, [matched(RuleKind.CARRIER, usual)])["rows"]
    assert (said["pack"][0], said["row"]) == ("承运商规则 随产品", 2)
    assert said["words"][0] == "承运商 顺丰, 附加费 ¥0.00, 附加费承担方 品牌"
    condition = {"field": "amounts.paid_goods_fen", "cell": ">= 29900", "actual": 31_000}
    match = {"row_id": "r", "row": 1, "conditions": [condition], "outputs": {"carrier": "ems"}}
    (said,) = verdict(RuleKind.CARRIER, [match], 7)["rows"]
    assert (said["pack"][0], said["words"][0]) == ("承运商规则 v7", "当 实付货款 ≥ ¥299.00 (实际 ¥310.00) → 承运商 EMS")


def test_reasons_are_told_once_and_a_brands_own_code_stays_as_it_is() -> None:
    (none,) = verdict(RuleKind.CARRIER, [])["rows"]
    assert (none["pack"][0], none["row"], none["words"][0]) == ("承运商规则 随产品", 0, "没有一行命中")
    held = verdict(RuleKind.INTERCEPTION, [], outcome="hold", reasons=["phone_velocity", "our_own"])
    assert (held["is_hold"], [one[0] for one in held["reasons"]]) == (True, ["同号码下单过频", "our_own"])


def test_every_reason_of_a_change_of_address_has_words() -> None:
    patterns = (
        r'ChangeStatus\.\w+, now, "(\w+)"',
        r'State\.\w+, "(\w+)"',
        r'Way\.\w+, "(\w+)"',
        r'system\.value, "(\w+)"',
    )
    files = [*SERVICES.glob("*.py"), SERVICES.parent / "domain" / "carrier_capability.py"]
    found = {code for path in files for pattern in patterns for code in re.findall(pattern, path.read_text("utf-8"))}
    named = {interception_outcome.CONFIRMED, intercept_parcel.ASKED, intercept_parcel.UNCLEAR, read_back_address.CLERK,
             tell_shop_address.STAYS_HERE, WINDOW_OVER}  # fmt: skip
    assert {*found, *named} <= set(CHANGE_REASONS)
    assert reason_words("stays_in_the_hub:4201")[0] == "店铺不接受, 只在中枢生效 (4201)"
    assert reason_words("change_2")[0] == "被改址 #2 取代"
