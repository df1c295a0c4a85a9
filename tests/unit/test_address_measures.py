"""Changes of address in figures: what each fact counts as, and what does not count twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.address_measures import COUNTED, Measures, measured
from orderhub.domain.errors import Rejected
from orderhub.domain.records import StoredFact
from orderhub.services.show_measures import address_changes

DAY = 86_400_000


def fact(order_id: str, number: int, kind: str, **data: Any) -> StoredFact:
    return StoredFact(order_id, number, 0, kind, data, number, number, "", "", 0)


STORY = [
    *(fact(f"o{n}", 2, "AddressChangeRequested", change=1) for n in range(1, 6)),
    fact("o1", 3, "AddressChangeJudged", way="overwrite"),
    fact("o1", 4, "AddressChanged", way="overwrite"),
    fact("o2", 4, "AddressChanged", way="reissue"),
    fact("o3", 4, "AddressChanged", way="intercept"),
    fact("o3", 5, "AddressChanged", way="nothing"),
    fact("o4", 3, "AddressChangeJudged", way="decide"),
    fact("o5", 4, "AddressChangeEnded", outcome="too_late"),
    fact("o6", 4, "AddressChangeEnded", outcome="superseded"),
    fact("o5", 9, "FulfillmentBackAtSender", changes=1),
    fact("o5", 10, "FulfillmentBackAtSender", changes=1),  # its other parcel: one order came back
    fact("o7", 9, "FulfillmentBackAtSender", changes=2),  # asked for before the period
    fact("o8", 9, "FulfillmentBackAtSender", changes=0),  # no change: another reason
    fact("o9", 9, "FulfillmentBackAtSender"),  # as facts were before this figure
    fact("o9", 10, "OrderPlaced"),
]
EXPECTED = Measures(5, overwritten=1, reissued=1, intercepted=1, manual=1, too_late=1, returned=2)


@given(st.permutations(STORY))
def test_every_order_of_facts_and_every_repetition_counts_the_same(facts: list[StoredFact]) -> None:
    assert measured([*facts, *facts[:5]]) == EXPECTED


def test_only_facts_that_are_found_by_the_index_are_counted() -> None:
    assert measured([one for one in STORY if one.type in COUNTED]) == EXPECTED


class Counted:
    """What was recorded, and how many orders were placed."""

    def __init__(self, facts: list[StoredFact], orders: int) -> None:
        self.facts, self.orders = facts, orders

    def counted(self, since: int, until: int) -> list[StoredFact]:
        return [one for one in self.facts if since <= one.recorded_at < until]

    def orders_placed(self, since: int, until: int) -> int:
        return self.orders


def test_each_figure_is_shown_as_a_share_of_the_orders_with_what_it_may_really_be() -> None:
    shown = address_changes(0, DAY, Counted(STORY, 10_000))
    assert (shown["since"], shown["until"], shown["orders"]) == (0, DAY, 10_000)
    figures = {row["code"]: row for row in shown["figures"]}
    assert list(figures) == [
        "requested", "overwritten", "reissued", "intercepted", "manual", "too_late", "returned",
    ]  # fmt: skip
    assert figures["returned"] | {"name": None} == {
        "code": "returned", "count": 2, "per_10_000": 2, "percent": "0.02 %", "low": "0.00 %", "high": "0.08 %",
        "name": None,
    }  # fmt: skip


def test_of_no_orders_nothing_is_known() -> None:
    (row, *_) = address_changes(0, DAY, Counted([], 0))["figures"]
    assert (row["count"], row["per_10_000"], row["percent"]) == (0, None, "–")
    assert (row["low"], row["high"]) == ("0.00 %", "100.00 %")


def test_more_changes_than_orders_placed_are_shown_without_an_interval() -> None:
    """The orders of a quiet day's changes were placed the day before."""
    (row, *_) = address_changes(0, DAY, Counted(STORY, 2))["figures"]
    assert (row["count"], row["percent"], row["low"], row["high"]) == (5, "250.00 %", "–", "–")
    (row, *_) = address_changes(0, DAY, Counted(STORY, 0))["figures"]
    assert (row["count"], row["per_10_000"], row["percent"], row["low"]) == (5, None, "–", "–")


@pytest.mark.parametrize(("since", "until"), [(5, 5), (6, 5), (0, 93 * DAY)])
def test_a_period_that_is_none_or_too_long_is_refused(since: int, until: int) -> None:
    with pytest.raises(Rejected, match="bad_period"):
        address_changes(since, until, Counted([], 0))
