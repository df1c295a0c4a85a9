"""What the frame of every page tells all the time: the age of the oldest source, how many decisions wait."""

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.runtime import reading
from orderhub.services.staff import Action
from pages.frame import show
from pages.page import Answer
from pages.tiles import age_of
from pages.visit import Visit

SOON_MS = 900_000
OWN = "orderhub"
"""The hub's own facts are as old as the last order: no fault of any source."""


def pulse(visit: Visit) -> Answer:
    """GET /pulse: one answer for the top and the rail."""
    shops = visit.person.shops
    sources = reading.source_ages(shops)
    decisions = reading.open_decisions(shops) if visit.may(Action.SEE_DECISIONS) else None
    oldest = oldest_of(sources)
    return show(
        "_pulse.html", visit, oldest=age_of(oldest, visit) if oldest else None,
        ages=[age_of(source, visit) for source in sources], decisions=decisions,
        urgent=bool(decisions and decisions["n"] and decisions["nearest_at"] - visit.now < SOON_MS),
    )  # fmt: skip


def oldest_of(sources: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Who was not heard of for longest; before all others who never was, or not for three times the usual time."""
    outside = [source for source in sources if source["name"] != OWN]
    rank = lambda source: (source["is_stale"], source["age_ms"] is None, source["age_ms"] or 0)  # noqa: E731
    return max(outside, key=rank, default=None)
