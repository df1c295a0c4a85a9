"""The lifecycle as it is deployed, laid out for reading: the usual way in a row, beside it where orders may wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages.state_colour import colour_of
from pages.tiles import link_to
from pages.visit import Visit


@dataclass(frozen=True, slots=True)
class Place:
    """A state; ``count`` None: no order rests in it. ``colour``: one of the five."""

    state: str
    name: str
    count: int | None
    colour: str
    link: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """``way``: along the usual edges; ``beside``: other states that orders rest in; ``edges``: (from, to, kind) of the
    whole definition, as it stands there."""

    way: tuple[Place, ...]
    beside: tuple[Place, ...]
    edges: tuple[tuple[str, str, str], ...]


def flow_of(lifecycle: Mapping[str, Any], visit: Visit) -> Flow:
    """The picture of what ``services.show_lifecycle`` answered."""
    places = {state["name"]: _place(state, visit) for state in lifecycle["states"]}
    following = {edge["from"]: edge["to"] for edge in lifecycle["edges"] if edge["kind"] == "usual"}
    way = _longest(list(places), following)
    beside = [name for name, place in places.items() if name not in way and place.count is not None]
    edges = tuple((edge["from"], edge["to"], edge["kind"]) for edge in lifecycle["edges"])
    return Flow(tuple(places[name] for name in way), tuple(places[name] for name in beside), edges)


def _longest(names: Sequence[str], following: Mapping[str, str]) -> tuple[str, ...]:
    """The longest way along the usual edges: how an order goes when all goes well."""
    best: tuple[str, ...] = ()
    for name in names:
        way = [name]
        while (then := following.get(way[-1], "")) and then in names and then not in way:
            way.append(then)
        best = max(best, tuple(way), key=len)
    return best


def _place(state: Mapping[str, Any], visit: Visit) -> Place:
    return Place(
        state["name"], state["words"]["en" if visit.language == "en" else "zh"], state["count"],
        colour_of(state["name"]), link_to(state["filter"]) if state["filter"] else "", state["is_final"],
    )  # fmt: skip
