"""The picture of a lifecycle, drawn from its deployed definition (R10)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class EdgeKind(StrEnum):
    USUAL = "usual"  # what follows when all goes well
    CHOICE = "choice"
    CAUGHT = "caught"  # what follows trouble


@dataclass(frozen=True, slots=True)
class Edge:
    source: str
    target: str
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Node:
    """``type`` is ASL's: Task, Choice, Succeed, Fail …; ``waits``: it sleeps on a token until something happens."""

    name: str
    type: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Picture:
    start: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def picture_of(definition: Mapping[str, Any]) -> Picture:
    """Every state and every edge once, in the definition's order. Raises KeyError for what is no definition."""
    states: Mapping[str, Mapping[str, Any]] = definition["States"]
    nodes = tuple(
        Node(name, str(state["Type"]), str(state.get("Resource", "")).endswith(".waitForTaskToken"))
        for name, state in states.items()
    )
    edges = dict.fromkeys(edge for name, state in states.items() for edge in _edges(name, state))
    return Picture(str(definition["StartAt"]), nodes, tuple(edges))


def _edges(name: str, state: Mapping[str, Any]) -> Iterator[Edge]:
    if "Next" in state:
        yield Edge(name, str(state["Next"]), EdgeKind.USUAL)
    for choice in state.get("Choices", ()):
        yield Edge(name, str(choice["Next"]), EdgeKind.CHOICE)
    if "Default" in state:
        yield Edge(name, str(state["Default"]), EdgeKind.CHOICE)
    for catcher in state.get("Catch", ()):
        yield Edge(name, str(catcher["Next"]), EdgeKind.CAUGHT)
