"""Changes of address in figures: what each fact counts as, and what does not count twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.address_measures import Measures, measured
from orderhub.domain.records import StoredFact


def fact(order_id: str, number: int, kind: str, **data: Any) -> StoredFact:
    return StoredFact(order_id, number, 0, kind, data, number, number, "", "", 0)


STORY = [
    *(fact(f"o{n}", 1, "OrderPlaced") for n in range(1, 9)),
    *(fact(f"o{n}", 2, "AddressChangeRequested", change=1) for n in range(1, 6)),
    fact("o1", 3, "AddressChangeJudged", way="overwrite"),
    fact("o1", 4, "AddressChanged", way="overwrite"),
    fact("o2", 4, "AddressChanged", way="reissue"),
    fact("o3", 4, "AddressChanged", way="intercept"),
    fact("o4", 3, "AddressChangeJudged", way="decide"),
    fact("o5", 4, "AddressChangeEnded", outcome="too_late"),
    fact("o5", 9, "FulfillmentBackAtSender"),
    fact("o8", 9, "FulfillmentBackAtSender"),  # no change: another reason
]
COUNTED = Measures(8, 5, overwritten=1, reissued=1, intercepted=1, manual=1, too_late=1, returned=1)


@given(st.permutations(STORY))
def test_every_order_of_facts_and_every_repetition_counts_the_same(facts: list[StoredFact]) -> None:
    assert measured([*facts, *facts[:5]]) == COUNTED


def test_figures_are_per_ten_thousand_orders() -> None:
    assert COUNTED.per_10_000()["overwritten"] == 1250.0
    assert set(Measures().per_10_000().values()) == {0.0}


def test_a_parcel_that_was_back_before_the_change_did_not_come_back_because_of_it() -> None:
    facts = [fact("o1", 1, "FulfillmentBackAtSender"), fact("o1", 2, "AddressChangeRequested", change=1)]
    assert measured(facts).returned == 0
