"""Evaluate a pack's decision tables on an input, with the trace of what matched (R9).

The engine is GoRules' zen (MIT): its trace names the rows that matched and the values it saw. At run time it
silently does not match a cell it cannot understand, so nothing reaches it that ``rules.check`` has not passed.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import zen

from orderhub.domain.rulepack import Condition, Evaluation, Match, Pack


def evaluate(pack: Pack, given: Mapping[str, Any]) -> Evaluation:
    """The rows of ``pack`` that match the input (nested as ``rules.schema`` says), in the table's order.

    Pure: the same pack and input give the same evaluation. Raises RuntimeError when the engine refuses the graph.
    """
    answer = _decision(json.dumps(pack.graph, sort_keys=True)).evaluate(dict(given), {"trace": True})
    return Evaluation(pack.kind, pack.version, tuple(_matches(pack.graph, answer["trace"])))


@lru_cache(maxsize=64)
def _decision(graph: str) -> Any:
    return zen.ZenEngine().create_decision(graph)


def _matches(graph: Mapping[str, Any], trace: Mapping[str, Any]) -> list[Match]:
    found: list[Match] = []
    for node in table_nodes(graph):
        traced = trace.get(node["id"])
        if not traced or traced["traceData"] is None:
            continue
        hits, said = traced["traceData"], traced["output"]
        hits = hits if isinstance(hits, list) else [hits]
        said = said if isinstance(said, list) else [said]
        for hit, outputs in zip(hits, said, strict=True):
            found.append(_match(node, hit, outputs))
    return found


def _match(node: Mapping[str, Any], hit: Mapping[str, Any], outputs: Mapping[str, Any]) -> Match:
    content = node["content"]
    row = content["rules"][hit["index"]]
    conditions = tuple(
        Condition(column["field"], row[column["id"]], hit["reference_map"].get(column["field"]))
        for column in content["inputs"]
        if row.get(column["id"])
    )
    return Match(row["_id"], hit["index"] + 1, conditions, outputs)


def table_nodes(graph: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The decision tables of a graph, in its own order."""
    return [node for node in graph["nodes"] if node["type"] == "decisionTableNode"]
