"""Interception in one process (R21, R22, R25): held by the rules, released by people or because the cause is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orderhub.domain.order import Milestone
from orderhub.domain.rulepack import Pack, RuleKind
from tests.kit.world import BUYER, World, order_id

pytestmark = pytest.mark.usefixtures("rows_follow")

M = Milestone
HOUR = 3_600_000
PHONE = "13800139901"


def cards(hub: World, tid: str) -> list[str]:
    return [card.decision_class.value for card in hub.open_cards(tid)]


def placed(hub: World, many: int = 1, *, phone: str = PHONE, **asked: Any) -> list[str]:
    """So many orders of one phone, one after another, heard of and carried as far as they go."""
    tids = [hub.place(buyer={**BUYER, "phone": phone}, **asked) for _ in range(many)]
    hub.receive()
    hub.play()
    return tids


def verdicts(hub: World, tid: str) -> list[Any]:
    """The interception pack's own; other kinds of rules judge the order too."""
    kept: list[Any] = list(hub.orders.records_of(order_id(tid)).get("verdict", []))
    return [one for one in kept if one["evaluations"][0]["kind"] == "interception"]


def test_an_address_that_cannot_be_matched_is_held_with_its_score_and_goes_on_when_released(hub: World) -> None:
    tid = hub.place(buyer={**BUYER, "detail": "无"})
    hub.receive()
    hub.play()
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["score"]) == ("address_unmatched", "40")
    assert (card.evidence["found"], card.evidence["level"]) == ("detail_placeholder, no_detail, low_score", "1")
    assert hub.trade(tid) is None
    hub.decide(tid, "address_unmatched", "continue")
    hub.play()
    assert hub.trade(tid) is not None
    assert cards(hub, tid) == []
    assert [one["outcome"] for one in verdicts(hub, tid)] == ["hold", "pass"]
    assert hub.fact_types(tid).count("OrderJudged") == 2


def test_a_hold_whose_cause_is_gone_goes_by_itself_and_says_so(hub: World) -> None:
    tid = hub.place(buyer={**BUYER, "detail": "无"})
    hub.receive()
    hub.play()
    held = hub.open_cards(tid)[0].decision_id
    hub.shop(tid, "address", detail="测试路8号1单元")
    hub._read_again("12345678", tid)
    hub.play()
    made = hub.orders.decision(order_id(tid), held)
    assert made is not None
    assert (made.option, made.made_by) == ("moot", "hub")
    assert "judged again by interception v0" in made.note
    facts = [f.data for f in hub.orders.facts_of(order_id(tid)) if f.type == "DecisionMade"]
    assert {"decision_id": held, "class": "address_unmatched", "option": "moot", "made_by": "hub"} in facts


def test_the_sixth_order_of_a_phone_is_held_and_the_fifth_is_not(hub: World) -> None:
    tids = placed(hub, 6)
    assert [cards(hub, tid) for tid in tids] == [[], [], [], [], [], ["phone_velocity"]]
    (card,) = hub.open_cards(tids[5])
    assert (card.evidence["rank"], card.evidence["orders_24h"]) == ("6", "6")
    assert hub.trade(tids[5]) is None
    assert hub.known(tids[5]).holds == {card.decision_id: "phone_velocity"}
    hub.decide(tids[5], "phone_velocity", "continue")
    hub.play()
    assert hub.trade(tids[5]) is not None


def test_an_order_heard_of_late_makes_the_one_placed_after_it_the_sixth(hub: World) -> None:
    """The late one is the first of the day; the sixth has no label yet because the carrier does not answer."""
    late = hub.place(buyer={**BUYER, "phone": PHONE}, push=False)
    hub.near.fault("sf", "drop_before", "EXP_RECE_CREATE_ORDER", times=-1)
    tids = placed(hub, 5)
    assert [cards(hub, tid) for tid in tids] == [[]] * 5
    hub._read_again("12345678", late)
    hub.play()
    assert cards(hub, tids[4]) == ["phone_velocity"]
    assert [cards(hub, tid) for tid in (late, *tids[:4])] == [[]] * 5
    assert verdicts(hub, tids[4])[-1]["outcome"] == "hold"


def test_a_hold_goes_when_an_earlier_order_of_the_phone_is_closed_unpaid(hub: World) -> None:
    (unpaid,) = placed(hub, 1, pay=False)
    tids = placed(hub, 5)
    assert cards(hub, tids[4]) == ["phone_velocity"]
    hub.shop(unpaid, "cancel")
    hub.receive()
    hub.play()
    assert hub.known(unpaid).has(M.CLOSED)
    assert cards(hub, tids[4]) == []
    assert hub.trade(tids[4]) is not None


def test_an_order_paid_and_then_cancelled_still_counts(hub: World) -> None:
    (gone,) = placed(hub, 1, lines=[{"sku": "NO-SUCH", "title": "x", "price_fen": 100, "num": 1}])
    hub.shop(gone, "cancel")
    hub.receive()
    hub.play()
    assert cards(hub, placed(hub, 5)[4]) == ["phone_velocity"]


class Rules:
    """A rule book that raises, or whose live pack cannot judge."""

    def __init__(self, live: Callable[[RuleKind], Pack]) -> None:
        self.live = live


def broken_book(kind: RuleKind) -> Pack:
    raise ConnectionError("the table does not answer")


def broken_graph(kind: RuleKind) -> Pack:
    return Pack(kind, 7, {"nodes": [], "edges": []})


@pytest.mark.parametrize("live", [broken_book, broken_graph])
def test_while_the_rules_cannot_judge_no_order_passes(hub: World, live: Callable[[RuleKind], Pack]) -> None:
    shipped, hub.rules = hub.rules, Rules(live)
    (tid,) = placed(hub)
    assert cards(hub, tid) == ["step_failed"]
    assert not hub.known(tid).has(M.ASSESSED)
    assert hub.trade(tid) is None
    hub.rules = shipped
    hub.decide(tid, "step_failed", "retry")
    hub.play()
    assert hub.trade(tid) is not None


def test_the_phones_other_orders_are_held_too_when_a_person_says_so_and_only_people_end_that(hub: World) -> None:
    hub.near.fault("sf", "drop_before", "EXP_RECE_CREATE_ORDER", times=-1)
    tids = placed(hub, 6)
    hub.decide(tids[5], "phone_velocity", "hold_siblings")
    hub.play()
    assert [cards(hub, tid) for tid in tids] == [["phone_velocity"]] * 6
    assert hub.open_cards(tids[0])[0].evidence["with_order"] == order_id(tids[5])
    hub.decide(tids[0], "phone_velocity", "continue")
    hub.decide(tids[5], "phone_velocity", "hold_siblings")
    placed(hub, 1)  # judged, with all that follows it
    assert [cards(hub, tid) for tid in tids] == [[], *[["phone_velocity"]] * 5]
    assert all(hub.known(tid).holds for tid in tids[1:])
