"""What people and tools see of the brand's rules: versions, what a version says, what differs between two."""

from collections.abc import Mapping
from typing import Any

from orderhub.domain.rulepack import LiveMark, Pack, PackStatus, RuleKind
from orderhub.ports.rules import PackStore
from orderhub.rules.rows import OUT, Row, field_name, field_of, keys_of, rows, tables
from orderhub.rules.schema import INPUTS, OUTPUTS, Field
from orderhub.rules.thresholds import of_row
from orderhub.services.rule_packs import is_outdated, version_of
from orderhub.services.rule_rows import shown_row
from orderhub.services.rule_words import (
    KINDS,
    UNITS,
    VALUES,
    column_words,
    differences,
    said,
    sentence,
    threshold_words,
)


def kinds(store: PackStore) -> dict[str, Any]:
    """Every kind with its live version."""
    return {"kinds": [{"kind": kind.value, **_live(store.live_mark(kind))} for kind in RuleKind]}


def overview(store: PackStore) -> list[dict[str, Any]]:
    """Every kind for its list: the live version with who answers for it and what its back-test found, open drafts."""
    return [_summed_up(kind, store) for kind in RuleKind]


def _summed_up(kind: RuleKind, store: PackStore) -> dict[str, Any]:
    mark, saved = _live(store.live_mark(kind)), store.versions(kind)
    live = next((head(pack) for pack in saved if pack.version == mark["live"]), None)
    drafts = [pack.version for pack in saved if pack.status in (PackStatus.DRAFT, PackStatus.TESTED)]
    name = {"zh": KINDS[kind][0], "en": KINDS[kind][1]}
    return {"kind": kind.value, "name": name, **mark, "version": live or head(version_of(kind, 0, store)),
            "newer_drafts": [number for number in drafts if number > mark["live"]], "saved": len(saved)}  # fmt: skip


def sheet(kind: RuleKind, number: int, store: PackStore) -> dict[str, Any]:
    """One version as people read and edit it: its columns in words, its rows as sentences and as cells in people's
    words, the numbers its rows compare with; ``live`` beside it. Raises Rejected (``no_such_version``)."""
    pack, mark = version_of(kind, number, store), _live(store.live_mark(kind))
    return {
        **head(pack),
        "live": mark["live"],
        "is_outdated": is_outdated(pack, mark["live"]),
        "is_draft": pack.status in (PackStatus.DRAFT, PackStatus.TESTED),
        "is_plain": len(tables(pack.graph)) == 1,
        "columns": [_column(kind, key) for key in keys_of(pack.graph)],
        "more": [_column(kind, key) for key in (*INPUTS[kind], *(OUT + name for name in OUTPUTS[kind]))
                 if key not in keys_of(pack.graph)],
        "rows": [_row(kind, row) for row in rows(pack.graph)],
    }  # fmt: skip


def _row(kind: RuleKind, row: Row) -> dict[str, Any]:
    zh, en = sentence(kind, row.cells)
    said_cells = {key: dict(zip(("zh", "en"), said(kind, key, cell), strict=True)) for key, cell in row.cells.items()}
    numbers = [{"name": one.name, "words": _words(threshold_words(one.key) or column_words(kind, one.key)),
                "unit": _words(UNITS.get(one.key, ("", ""))),
                "compares": {"zh": one.zh, "en": one.en}, "said": one.said} for one in of_row(kind, row)]  # fmt: skip
    return {
        **shown_row(kind, row),
        "words": said_cells,
        "sentence": {"zh": zh, "en": en},
        "thresholds": numbers,
        "level": _level(row),
    }


def _level(row: Row) -> str:
    """Of interception: 1 to 3, anything else is the brand's own and structure."""
    level = row.cells.get(f"{OUT}level", "").strip()
    return level if level in ("1", "2", "3") else "0"


def _column(kind: RuleKind, key: str) -> dict[str, Any]:
    field = field_of(kind, key)
    choices = [{"value": one, "words": _words(VALUES.get(one, (one, one)))} for one in field.values] if field else []
    return {
        "key": key, "words": _words(column_words(kind, key)), "is_output": key.startswith(OUT),
        "type": field.type.value if field else "text", "choices": choices,
        "is_required": bool(field and key.startswith(OUT) and not field.is_optional),
        "unit": "¥" if field_name(key).endswith("_fen") else "",
    }  # fmt: skip


def _words(pair: tuple[str, str]) -> dict[str, str]:
    return {"zh": pair[0], "en": pair[1]}


def versions(kind: RuleKind, store: PackStore) -> dict[str, Any]:
    """The kind's live version and all saved ones, the newest first."""
    return {
        "kind": kind.value,
        **_live(store.live_mark(kind)),
        "versions": [head(pack) for pack in store.versions(kind)],
    }


def version(kind: RuleKind, number: int, store: PackStore) -> dict[str, Any]:
    """One version whole. Raises Rejected (``no_such_version``)."""
    pack = version_of(kind, number, store)
    return {**head(pack), "graph": pack.graph}


def fields(kind: RuleKind) -> dict[str, Any]:
    """What a row of this kind may ask and must say, in the words of people."""
    return {
        "kind": kind.value,
        "inputs": {name: _field(field) for name, field in INPUTS[kind].items()},
        "outputs": {name: _field(field) for name, field in OUTPUTS[kind].items()},
    }


def difference(kind: RuleKind, old: int, new: int, store: PackStore) -> dict[str, Any]:
    """Rows by their ids: added, removed, and for those that changed each cell before and after; also as sentences."""
    before, after = (_rows(version_of(kind, number, store)) for number in (old, new))
    changed: dict[str, dict[str, list[str]]] = {}
    for row_id in before.keys() & after.keys():
        names = sorted(before[row_id].keys() | after[row_id].keys())
        cells = {name: [before[row_id].get(name, ""), after[row_id].get(name, "")] for name in names}
        differing = {name: pair for name, pair in cells.items() if pair[0] != pair[1]}
        if differing:
            changed[row_id] = differing
    found = {
        "kind": kind.value,
        "old": old,
        "new": new,
        "added": {row_id: after[row_id] for row_id in after if row_id not in before},
        "removed": {row_id: before[row_id] for row_id in before if row_id not in after},
        "changed": dict(sorted(changed.items())),
    }
    return {**found, "sentences": differences(kind, found)}


def head(pack: Pack) -> dict[str, Any]:
    """A version without what it says."""
    return {
        "kind": pack.kind.value,
        "version": pack.version,
        "name": pack.name,
        "status": pack.status.value,
        "owner": pack.owner,
        "note": pack.note,
        "changed_by": pack.changed_by,
        "changed_at": pack.changed_at,
        "reason": pack.reason,
        "tested": dict(pack.tested),
        "based_on": pack.based_on,
    }


def _live(mark: LiveMark | None) -> dict[str, Any]:
    found = mark or LiveMark(0)
    return {
        "live": found.version,
        "switched_by": found.switched_by,
        "switched_at": found.switched_at,
        "reason": found.reason,
    }


def _field(field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": field.type.value, "zh": field.zh, "en": field.en}
    if field.values:
        shown["values"] = list(field.values)
    if field.is_optional:
        shown["is_optional"] = True
    return shown


def _rows(pack: Pack) -> Mapping[str, Mapping[str, str]]:
    """row id → column → cell, filled cells only. Columns of one field are numbered from the second on."""
    return {row.row_id: {key: cell for key, cell in row.cells.items() if cell} for row in rows(pack.graph)}
