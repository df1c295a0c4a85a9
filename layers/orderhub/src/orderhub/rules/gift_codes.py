"""Which gifts a matrix knows, read without the engine: for those who only have to name one."""

import json
from collections.abc import Mapping

from orderhub.domain.rulepack import Pack


def gift_codes(pack: Pack) -> Mapping[str, tuple[str, ...]]:
    """Gift code → ids of the rows that give it, in the table's order. A cell that is no plain text is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for node in pack.graph["nodes"]:
        if node["type"] != "decisionTableNode":
            continue
        columns = [column["id"] for column in node["content"]["outputs"] if column["field"] == "code"]
        for row in node["content"]["rules"]:
            for code in filter(None, (_text(row.get(column)) for column in columns)):
                found[code] = (*found.get(code, ()), row["_id"])
    return found


def _text(cell: object) -> str:
    cell = str(cell or "").strip()
    if cell[:1] == cell[-1:] == "'" and len(cell) > 1:
        return cell[1:-1].strip()
    try:
        value = json.loads(cell)
    except ValueError:
        return ""
    return value.strip() if isinstance(value, str) else ""
