"""The lifecycle as it is deployed, with how many orders stand in each state now (R10, R40)."""

from collections.abc import Collection, Mapping
from typing import Any

from orderhub.domain.day import day_of
from orderhub.domain.lifecycle_picture import picture_of
from orderhub.domain.order_row import FINAL, State
from orderhub.domain.state_words import STATES
from orderhub.ports.read_models import Rows


def lifecycle(definition: Mapping[str, Any], rows: Rows, now: int, shops: Collection[str] = ()) -> dict[str, Any]:
    """``{"start", "states": [{name, words, type, waits, count, is_final, filter}], "edges": [{from, to, kind}], …}``.

    ``count`` is None for states in which no order rests (choices, FindNextStep); of a final state it counts today's.
    ``shops``: orders of these only, of all when empty.
    """
    picture, day = picture_of(definition), day_of(now)
    states = []
    for node in picture.nodes:
        is_place = node.name in set(State)
        is_final = is_place and State(node.name) in FINAL
        count = rows.count(State(node.name), day if is_final else "", shops) if is_place else None
        states.append(
            {
                "name": node.name,
                "words": dict(zip(("zh", "en"), STATES.get(node.name, (node.name,) * 2), strict=True)),
                "type": node.type,
                "waits": node.waits,
                "is_final": is_final,
                "count": count,
                "filter": {"state": node.name, **({"day": day} if is_final else {})} if is_place else {},
            }
        )
    edges = [{"from": edge.source, "to": edge.target, "kind": edge.kind.value} for edge in picture.edges]
    return {"start": picture.start, "states": states, "edges": edges, "day": day, "computed_at": now}
