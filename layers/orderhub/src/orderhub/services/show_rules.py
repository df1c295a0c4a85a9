"""What people and tools see of the brand's rules: versions, what a version says, what differs between two."""

from collections.abc import Mapping
from typing import Any

from orderhub.domain.rulepack import LiveMark, Pack, RuleKind
from orderhub.ports.rules import PackStore
from orderhub.rules.engine import table_nodes
from orderhub.rules.schema import INPUTS, OUTPUTS, Field
from orderhub.services.rule_packs import version_of


def kinds(store: PackStore) -> dict[str, Any]:
    """Every kind with its live version."""
    return {"kinds": [{"kind": kind.value, **_live(store.live_mark(kind))} for kind in RuleKind]}


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
    """Rows by their ids: added, removed, and for those that changed each cell before and after."""
    before, after = (_rows(version_of(kind, number, store)) for number in (old, new))
    changed: dict[str, Any] = {}
    for row_id in before.keys() & after.keys():
        names = sorted(before[row_id].keys() | after[row_id].keys())
        cells = {name: [before[row_id].get(name, ""), after[row_id].get(name, "")] for name in names}
        differing = {name: pair for name, pair in cells.items() if pair[0] != pair[1]}
        if differing:
            changed[row_id] = differing
    return {
        "kind": kind.value,
        "old": old,
        "new": new,
        "added": {row_id: after[row_id] for row_id in after if row_id not in before},
        "removed": {row_id: before[row_id] for row_id in before if row_id not in after},
        "changed": dict(sorted(changed.items())),
    }


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
    found: dict[str, dict[str, str]] = {}
    for node in table_nodes(pack.graph):
        content = node["content"]
        names: dict[str, str] = {}
        for prefix, columns in (("", content["inputs"]), ("out:", content["outputs"])):
            for column in columns:
                name = prefix + column["field"]
                count = sum(1 for known in names.values() if known.partition(" ")[0] == name) + 1
                names[column["id"]] = name if count == 1 else f"{name} {count}"
        for row in content["rules"]:
            found[row["_id"]] = {names[key]: str(cell) for key, cell in row.items() if key in names and cell}
    return found
