"""Evaluate a pack's decision tables on an input, with the trace of what matched (R9).

The engine is GoRules' zen (MIT): its trace names the rows that matched and the values it saw. At run time it
silently does not match a cell it cannot understand, so nothing reaches it that ``rules.check`` has not passed.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import zen

from orderhub.domain.rulepack import Condition, Evaluation, Match, Pack


def evaluate(pack: Pack, given: Mapping[str, Any]) -> Evaluation:
    """The rows of ``pack`` that match the input (nested as ``rules.schema`` says), in the table's order.

    Pure: the same pack and input give the same evaluation. Raises RuntimeError when the engine refuses the graph.
    """
    answer = _engine(pack.graph).evaluate("pack", dict(given), {"trace": True})
    return Evaluation(pack.kind, pack.version, tuple(_matches(pack.graph, answer["trace"])))


_HELD: OrderedDict[int, tuple[Mapping[str, Any], Any]] = OrderedDict()
_HELD_AT_MOST = 64


def _engine(graph: Mapping[str, Any]) -> Any:
    """The graph compiled, once for each graph in memory (a third of the cost of compiling it for each call)."""
    held = _HELD.get(id(graph))
    if held is None or held[0] is not graph:
        zen.ZenEngine().create_decision(json.dumps(graph))  # raises RuntimeError for what the loader takes no graph for
        held = graph, zen.ZenEngine({"loader": {"type": "static", "content": {"pack": dict(graph)}}})
        _HELD[id(graph)] = held
        if len(_HELD) > _HELD_AT_MOST:
            _HELD.popitem(last=False)
    return held[1]


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
