"""A person's correction of an address is listed with its card: current, taken back, or changed since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orderhub.domain.decision import DecisionClass, decision_id_of
from orderhub.domain.facts import FactType
from orderhub.domain.order import Correction, Milestone, Order, Region
from orderhub.services.show_address_changes import corrections
from tests.kit.facts import Told
from tests.kit.orders import ORDER_ID, order

CARD = decision_id_of(ORDER_ID, DecisionClass.ADDRESS_UNMATCHED, "x")
MADE = {"decision_id": CARD, "class": "address_unmatched", "option": "correct_address", "made_by": "cs01"}


def corrected(at: int, base: str = "receiver-a") -> Order:
    held = Correction(base, Region("浙江省", "杭州市", "余杭区"), "sealed", "receiver-b", "p", "张*", "138****0002", at)
    return replace(order(Milestone.PLACED, Milestone.PAID), correction=held)


@pytest.mark.parametrize("state", ["current", "undone", "replaced"])
def test_a_correction_says_what_became_of_it(state: str) -> None:
    told = Told().placed().paid().tell(FactType.DECISION_MADE, **MADE)
    made_at = told.now
    if state == "undone":
        told.tell(FactType.DECISION_UNDONE, **{**MADE, "undone_by": "cs02"})
    known = corrected(made_at, "receiver-z" if state == "replaced" else "receiver-a")
    (one,) = corrections(known, (), told.facts)
    assert (one["state"], one["by"], one["at"], one["decision_id"]) == (state, "cs01", made_at, CARD)
    is_current = state == "current"
    assert (one["region"], one["receiver"]) == (("浙江省 杭州市 余杭区", "张* 138****0002") if is_current else ("", ""))
    assert one["undone_by"] == ("cs02" if state == "undone" else "")


def test_what_other_cards_decided_is_no_correction() -> None:
    assert (
        corrections(order(Milestone.PLACED), (), Told().to_warehouse().made("address_unmatched", "continue").facts)
        == []
    )
