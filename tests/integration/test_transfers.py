"""Goods are brought from another warehouse (跨仓调拨): once, tracked to receipt, then the order goes on (R13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.errors import Rejected
from orderhub.domain.order import Milestone
from orderhub.domain.rulepack import RuleKind
from orderhub.domain.stock import ReservationStatus
from orderhub.services.follow_transfers import follow_transfers
from orderhub.services.release_supplied import release_supplied
from orderhub.services.stock_transfer import TRANSFER_DUE_MS, reference_of
from tests.integration.test_sourcing import OwnRules, pack_of
from tests.kit.crash import Crash
from tests.kit.neighbours import Neighbours
from tests.kit.world import LEASE_OVER_MS, OTHER_WAREHOUSE, SKU, WAREHOUSE_NO, Clients, World, order_id, world

pytestmark = pytest.mark.usefixtures("rows_follow")

M = Milestone
TRANSFER = pack_of({"c3": "false", "o3": '"transfer"'})
ONE = [{"sku": SKU, "title": "宠物智能喂食器", "price_fen": 29_900, "num": 1}]
TWO = [{**ONE[0], "num": 2}, {"sku": "ZP-2026-02", "title": "喂食器", "price_fen": 9_900, "num": 1}]


@pytest.fixture
def hub(near: Neighbours, clients: Clients) -> Iterator[World]:
    """One piece of the goods in the usual warehouse, fifty in the other one, at the warehouse's system too."""
    with world(near, clients, stock=1) as made:
        made.sources = replace(made.sources, rules=OwnRules(TRANSFER))
        made.stock.seed(SKU, OTHER_WAREHOUSE, 50, made.clock())
        rows = [{"spec_no": SKU, "warehouse_no": OTHER_WAREHOUSE, "stock_num": 50}]
        near.control("wangdiantong", "stock", rows)
        yield made


def follow(hub: World) -> dict[str, int]:
    counts = dict(follow_transfers(hub.warehouse, hub.executions))
    hub.play()
    return counts


def arrived(hub: World) -> None:
    hub.near.advance("wangdiantong", 90_000)


def ordered(hub: World, lines: Any = None, **asked: Any) -> str:
    tid = hub.place(lines=lines or TWO, **asked)
    hub.receive()
    hub.play()
    return tid


def instructed(hub: World, tid: str) -> list[Any]:
    return [each for each in hub.near.truth("wangdiantong")["transfers"] if each["outer_no"].startswith(order_id(tid))]


def cards(hub: World, tid: str) -> list[str]:
    return [card.decision_class.value for card in hub.open_cards(tid)]


def rows(hub: World, tid: str) -> dict[str, tuple[str, str]]:
    held = hub.stock.reservations(order_id(tid))
    return {row.sku: (row.warehouse, row.status.value) for row in held}


def levels(hub: World, sku: str = SKU) -> tuple[int, int, int, int]:
    """(available, stocked) of the usual and of the other warehouse, both sound."""
    here, there = hub.stock.level(sku, WAREHOUSE_NO), hub.stock.level(sku, OTHER_WAREHOUSE)
    assert here is not None
    assert there is not None
    assert here.balance.is_sound
    assert there.balance.is_sound
    return here.available, here.stocked, there.available, there.stocked


def ships(hub: World, tid: str) -> None:
    hub.ship()
    hub.shop(tid, "receive")
    hub.receive()
    hub.play()
    assert hub.known(tid).has(M.SETTLED), (dict(hub.known(tid).at), hub.open_cards(tid))


def test_goods_are_brought_tracked_to_receipt_and_shipped_from_the_usual_warehouse(hub: World) -> None:
    tid = ordered(hub)
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitRelease"
    assert hub.open_cards(tid) == []  # nobody has to decide anything
    assert rows(hub, tid) == {SKU: (OTHER_WAREHOUSE, "firm"), "ZP-2026-02": (WAREHOUSE_NO, "firm")}
    assert follow(hub) == {"instructed": 1}
    (transfer,) = instructed(hub, tid)
    assert (transfer["from"], transfer["to"], transfer["items"]) == (OTHER_WAREHOUSE, WAREHOUSE_NO, {SKU: 2})
    assert levels(hub) == (1, 1, 48, 48)
    assert follow(hub) == {"under_way": 1}
    arrived(hub)
    assert follow(hub) == {"received": 1}
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment"
    assert hub.known(tid).warehouse == WAREHOUSE_NO
    assert hub.trade(tid)["warehouse_no"] == WAREHOUSE_NO
    facts = [fact for fact in hub.fact_types(tid) if fact.startswith("Transfer")]
    assert facts == ["TransferRequested", "TransferReceived"]
    assert follow(hub) == {}
    ships(hub, tid)
    assert levels(hub) == (1, 3, 48, 48)


def test_an_unpaid_order_only_holds_goods_elsewhere_and_they_are_brought_once_it_is_paid(hub: World) -> None:
    tid = ordered(hub, pay=False)
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitPayment"
    assert rows(hub, tid)[SKU] == (OTHER_WAREHOUSE, "reserved")
    assert follow(hub) == {}
    hub.shop(tid, "pay")
    hub.receive()
    hub.play()
    assert follow(hub) == {"instructed": 1}
    arrived(hub)
    follow(hub)
    ships(hub, tid)


def test_a_transfer_that_nobody_can_fill_alone_holds_the_order_until_goods_come(hub: World) -> None:
    tid = ordered(hub, [{**ONE[0], "num": 60}])
    assert cards(hub, tid) == ["stock_mismatch"]
    level = hub.stock.level(SKU, OTHER_WAREHOUSE)
    assert level is not None
    hub.stock.adjust(SKU, OTHER_WAREHOUSE, 20, level.revision, "delivery", hub.clock())
    hub.near.control("wangdiantong", "stock", [{"spec_no": SKU, "warehouse_no": OTHER_WAREHOUSE, "stock_num": 70}])
    assert release_supplied(hub.orders, hub.sources, hub.executions, hub.clock())["released"] == 1
    hub.play()
    assert follow(hub) == {"instructed": 1}


def test_the_wms_refuses_and_a_person_may_try_again_with_a_new_transfer(hub: World) -> None:
    hub.near.control("wangdiantong", "stock", [{"spec_no": SKU, "warehouse_no": OTHER_WAREHOUSE, "stock_num": 0}])
    tid = ordered(hub)
    assert follow(hub) == {"refused": 1}
    assert cards(hub, tid) == ["warehouse_rejected"]
    assert {status for _, status in rows(hub, tid).values()} == {"released"}
    assert levels(hub) == (1, 1, 50, 50)
    hub.near.control("wangdiantong", "stock", [{"spec_no": SKU, "warehouse_no": OTHER_WAREHOUSE, "stock_num": 50}])
    hub.decide(tid, "warehouse_rejected", "retry")
    hub.play()
    assert follow(hub) == {"instructed": 1}
    assert [each["outer_no"] for each in instructed(hub, tid)] == [reference_of(order_id(tid), 2)]


def test_goods_that_do_not_come_are_a_card_and_coming_late_they_close_it(hub: World) -> None:
    tid = ordered(hub)
    follow(hub)
    hub.clock.advance(TRANSFER_DUE_MS + 1)
    assert follow(hub) == {"overdue": 1}
    assert follow(hub) == {"under_way": 1}
    (card,) = hub.open_cards(tid)
    assert (card.decision_class.value, card.kind.owner) == ("transfer_overdue", "purchasing")
    assert set(card.evidence) <= set(card.kind.evidence)
    arrived(hub)
    assert follow(hub) == {"received": 1}
    assert hub.open_cards(tid) == []
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment"


def test_a_person_who_waits_on_is_asked_again_as_long_after(hub: World) -> None:
    tid = ordered(hub)
    follow(hub)
    hub.clock.advance(TRANSFER_DUE_MS + 1)
    follow(hub)
    hub.decide(tid, "transfer_overdue", "retry")
    hub.play()
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitRelease"
    assert follow(hub) == {"under_way": 1}
    hub.clock.advance(TRANSFER_DUE_MS + 1)
    assert follow(hub) == {"overdue": 1}
    assert cards(hub, tid) == ["transfer_overdue"]


def test_a_transfer_cancelled_at_the_wms_is_a_card_and_nothing_is_lost(hub: World) -> None:
    tid = ordered(hub)
    follow(hub)
    hub.near.control("wangdiantong", "cancel_transfer", {"outer_no": reference_of(order_id(tid), 1)})
    assert follow(hub) == {"cancelled": 1}
    assert cards(hub, tid) == ["transfer_overdue"]
    assert {status for _, status in rows(hub, tid).values()} == {"released"}
    assert levels(hub) == (1, 1, 48, 48)  # the WMS's count brings the two back
    hub.decide(tid, "transfer_overdue", "cancel")
    hub.play()
    assert hub.known(tid).has(M.CLOSED)


@pytest.mark.parametrize("when", ["before it is instructed", "while it is under way"])
def test_an_order_cancelled_meanwhile_ends_and_the_goods_are_not_lost(hub: World, when: str) -> None:
    tid = ordered(hub)
    if when != "before it is instructed":
        follow(hub)
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    assert hub.known(tid).has(M.CLOSED)
    follow(hub)
    arrived(hub)
    assert follow(hub) == {}
    assert {status for _, status in rows(hub, tid).values()} == {ReservationStatus.RELEASED.value}
    if when == "before it is instructed":
        assert instructed(hub, tid) == []
        assert levels(hub) == (1, 1, 50, 50)
    else:
        assert levels(hub) == (1, 1, 48, 48)  # two are in the usual warehouse now, and its count says so


def test_the_verdict_says_transfer(hub: World) -> None:
    tid = ordered(hub)
    verdicts = hub.orders.records_of(order_id(tid))["verdict"]
    assert list(verdicts[0]["reasons"]) == [f"transfer:{OTHER_WAREHOUSE}"]  # type: ignore[call-overload]
    assert verdicts[0]["evaluations"][0]["kind"] == RuleKind.SOURCING.value  # type: ignore[index]


def test_r73_whatever_dies_while_following_there_is_one_transfer_and_the_order_ships(hub: World) -> None:
    """Every point between two side effects, for the instruction and for the receipt."""
    deadly = 0
    while True:
        tid = ordered(hub, [{**ONE[0], "num": 2}])
        has_struck, passed = _die_at(hub, deadly)
        hub.clock.advance(LEASE_OVER_MS)
        run(hub)
        arrived(hub)
        if not has_struck:
            has_struck, _ = _die_at(hub, deadly - passed)
        run(hub)
        assert len(instructed(hub, tid)) == 1, deadly
        assert hub.known(tid).transfer == "", deadly
        assert rows(hub, tid)[SKU] == (WAREHOUSE_NO, "firm"), deadly
        if not has_struck:
            break
        deadly += 1
    assert deadly >= 6
    orders = deadly + 1
    assert levels(hub) == (1, 1 + 2 * orders, 50 - 2 * orders, 50 - 2 * orders)
    hub.play()
    ships(hub, tid)


def run(hub: World) -> None:
    """The schedule's next call; runs that it wakes are not played."""
    follow_transfers(hub.warehouse, hub.executions)


def _die_at(hub: World, deadly: int) -> tuple[bool, int]:
    """Follow, dying at this point: whether it was reached, and how many points were passed."""
    points = hub.clients.points
    try:
        with points.watch(deadly):
            follow_transfers(hub.warehouse, hub.executions)
    except Crash:
        pass
    return points.has_struck, len(points.passed)


def test_r72_while_the_wms_is_down_the_order_waits_and_is_served_after(hub: World) -> None:
    tid = ordered(hub)
    hub.near.control("wangdiantong", "faults", {"kind": "status", "status": 503, "times": 1})
    assert follow(hub) == {"PartnerUnavailable": 1}
    assert follow(hub) == {"instructed": 1}
    assert len(instructed(hub, tid)) == 1


def test_an_answer_that_is_lost_after_the_wms_took_it_leads_to_no_second_transfer(hub: World) -> None:
    tid = ordered(hub)
    hub.near.control("wangdiantong", "faults", {"kind": "status", "status": 504, "after": True, "times": 1})
    assert follow(hub) == {"PartnerUnavailable": 1}
    assert follow(hub) == {"instructed": 1}
    (transfer,) = instructed(hub, tid)
    (kept,) = hub.orders.transfers_of(order_id(tid))
    assert kept.transfer_no == transfer["transfer_no"]


def test_references_fit_the_wms_and_differ(hub: World) -> None:
    long = "youzan-" + "E" * 33
    assert len(reference_of(long, 1)) <= 40
    assert reference_of(long, 1) != reference_of(long, 2) != reference_of("youzan-" + "E" * 32 + "F", 2)


# --- by a person -----------------------------------------------------------------------------------------------------


def held(hub: World) -> str:
    """An order whose goods lie in the other warehouse, while the rules say that purchasing decides."""
    hub.sources = replace(hub.sources, rules=OwnRules(pack_of({"c3": "false", "o3": '"hold"'})))
    tid = ordered(hub)
    assert cards(hub, tid) == ["stock_mismatch"]
    return tid


def test_a_person_has_the_goods_brought_and_the_order_goes_on_when_they_came(hub: World) -> None:
    tid = held(hub)
    hub.decide(tid, "stock_mismatch", "transfer", from_warehouse=OTHER_WAREHOUSE)
    hub.play()
    follow(hub)
    (transfer,) = instructed(hub, tid)
    assert (transfer["from"], transfer["to"]) == (OTHER_WAREHOUSE, WAREHOUSE_NO)
    assert (hub.known(tid).overrides, hub.trade(tid)) == ((), None)
    arrived(hub)
    follow(hub)
    ships(hub, tid)
    assert len(instructed(hub, tid)) == 1
    assert "TransferReceived" in hub.fact_types(tid)


def test_goods_that_are_gone_when_they_are_sent_for_are_asked_about_again(hub: World) -> None:
    tid = held(hub)
    now = hub.clock()
    hub.stock.reserve("youzan-OTHER", "1", SKU, OTHER_WAREHOUSE, 50, now + 3_600_000, now)
    hub.decide(tid, "stock_mismatch", "transfer", from_warehouse=OTHER_WAREHOUSE)
    hub.play()
    assert (cards(hub, tid), instructed(hub, tid)) == (["stock_mismatch"], [])


@pytest.mark.parametrize("chosen", [WAREHOUSE_NO, "WH99", "W H", "", None])
def test_a_warehouse_that_has_not_what_is_short_is_refused_and_says_which_has(hub: World, chosen: Any) -> None:
    tid = held(hub)
    with pytest.raises(Rejected) as refused:
        hub.decide(tid, "stock_mismatch", "transfer", from_warehouse=chosen)
    assert (refused.value.code, refused.value.evidence["parameter"]) == ("bad_parameter", "from_warehouse")
    assert cards(hub, tid) == ["stock_mismatch"]
    if chosen == "WH99":
        assert "must have 2 of ZP-2026-01; these have: WH02" in refused.value.evidence["why"]
