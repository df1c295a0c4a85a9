"""Evaluate one pack on many stored inputs, fast: what a back-test does (R20).

A plain table runs as a batch without trace: an output column that says the row's id is added for the run. zen takes
a stored input as the JSON text it is. Packs of several tables go one by one. Both ways answer the same rows.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import zen

from orderhub.domain.rulepack import Match, Pack, RuleKind
from orderhub.rules.engine import evaluate, table_nodes
from orderhub.rules.gift_matrix import MAINS

CHUNK = 2_000
ENTRIES = "entries"
"""In an input: the entries that settlement asks a bearer for."""
_ASKED_FOR_EACH = {RuleKind.GIFTS: (MAINS, "gift"), RuleKind.SETTLEMENT_BEARER: (ENTRIES, "entry")}
_ROW = "_row"

type Rows = tuple[Match, ...]


def evaluate_many(pack: Pack, inputs: Iterable[str]) -> Iterator[Rows | None]:
    """For each input, as stored, the rows of the pack that match it (without their conditions); None where the
    engine, or the input itself, is broken."""
    tables = table_nodes(pack.graph)
    if len(tables) != 1:
        yield from (_one(pack, text) for text in inputs)
        return
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"pack": _with_row_ids(pack.graph)}}})
    places = {row["_id"]: place for place, row in enumerate(tables[0]["content"]["rules"], 1)}
    for texts in _chunks(inputs):
        try:
            yield from _together(engine, pack, texts, places)
        except (RuntimeError, ValueError):  # one input of the chunk is broken, and the engine refuses them all
            yield from (_one(pack, text) for text in texts)


def _together(engine: Any, pack: Pack, texts: list[str], places: Mapping[str, int]) -> list[Rows | None]:
    asked = [_contexts(pack.kind, text) for text in texts]
    requests = [{"key": "pack", "context": context} for contexts in asked for context in contexts]
    answers = iter(engine.evaluate_batch(requests))
    return [_rows([next(answers) for _ in contexts], places) for contexts in asked]


def _chunks(inputs: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for text in inputs:
        chunk.append(text)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _contexts(kind: RuleKind, text: str) -> list[Any]:
    """What the engine is asked for one stored input: of two kinds once for each main product, each entry."""
    if kind not in _ASKED_FOR_EACH:
        return [text]
    several, one = _ASKED_FOR_EACH[kind]
    given = _read(text)
    return [{**given, one: part} for part in given.get(several, ())]


def _rows(answers: Iterable[Mapping[str, Any]], places: Mapping[str, int]) -> Rows | None:
    """A row that matched for several main products or entries stands there once."""
    found: dict[str, Match] = {}
    for answer in answers:
        if not answer.get("success"):
            return None
        for said in answer["data"]["result"]:
            row_id = said[_ROW]
            outputs = {name: value for name, value in said.items() if name != _ROW}
            found.setdefault(row_id, Match(row_id, places[row_id], (), outputs))
    return tuple(found.values())


def _one(pack: Pack, text: str) -> Rows | None:
    found: dict[str, Match] = {}
    try:
        for context in _contexts(pack.kind, text):
            given = _read(context) if isinstance(context, str) else context
            for match in evaluate(pack, given).matches:
                found.setdefault(match.row_id, match)
    except (RuntimeError, ValueError):
        return None
    return tuple(found.values())


def _read(text: str) -> dict[str, Any]:
    """Raises ValueError when the text is no JSON object."""
    given = json.loads(text)
    if not isinstance(given, dict):
        raise ValueError("a stored input is a JSON object")
    return given


def _with_row_ids(graph: Mapping[str, Any]) -> dict[str, Any]:
    return {**graph, "nodes": [_saying_rows(node) for node in graph["nodes"]]}


def _saying_rows(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if node["type"] != "decisionTableNode":
        return node
    content = node["content"]
    rows = [{**row, _ROW: json.dumps(row["_id"])} for row in content["rules"]]
    outputs = [*content["outputs"], {"id": _ROW, "field": _ROW, "name": _ROW}]
    return {**node, "content": {**content, "outputs": outputs, "rules": rows}}
