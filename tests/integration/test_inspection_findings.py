"""A line of the daily inspection as a card in the real queue: once, listed, decided and taken back like any other."""

from __future__ import annotations

from typing import Any

from orderhub.domain.day import day_of
from orderhub.domain.decision import DecisionClass
from orderhub.services import decision_queue
from orderhub.services.decide import decide
from orderhub.services.inspection_findings import NOBODY, Wanted, ask, asked
from orderhub.services.undo_decision import undo
from tests.kit.orders import T0
from tests.kit.queue import Queue
from tests.kit.rows import RowsInMemory, SignaturesInMemory, order_row


def test_a_finding_is_one_card_that_is_decided_like_any_other(table: tuple[Any, str]) -> None:
    queue, rows = Queue(*table), RowsInMemory(order_row(1, exceptions=("stock_mismatch",)))
    wanted = Wanted("ops01", "exceptions", "buy01", note="供应商没有按时到货")
    first, again = (ask(wanted, rows, queue.orders, SignaturesInMemory(), T0 + after) for after in (0, 9))  # type: ignore[arg-type]
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert first["decision_id"] == again["decision_id"]
    wanted_class = decision_queue.Filter(decision_class=DecisionClass.INSPECTION_FINDING.value)
    (card,) = decision_queue.listed(wanted_class, queue.orders)["decisions"]
    assert (card["owner"], card["evidence"]["assignee"], card["requested_at"]) == ("operations", "buy01", T0)
    assert "负责人 buy01" in card["why"]["zh"]
    decide(NOBODY, card["decision_id"], "dismiss", "buy01", "", queue.orders, T0 + 60_000, desk=queue.desk)
    line = asked(day_of(T0), ("exceptions", "overdue"), queue.orders)
    assert {name: one["status"] for name, one in line.items()} == {"exceptions": "made"}
    undo(card["decision_id"], "buy01", "", queue.orders, T0 + 90_000)
    assert asked(day_of(T0), ("exceptions",), queue.orders)["exceptions"]["status"] == "requested"
    told = [fact.type for fact in queue.orders.facts_of(NOBODY)]
    assert told == ["DecisionRequested", "DecisionMade", "DecisionUndone"]
