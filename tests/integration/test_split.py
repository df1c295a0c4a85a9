"""Orders that a rule splits over warehouses (拆单): held in each, given back in each, planned anew (R13, R19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.domain.stock import ReservationStatus, Reserved
from orderhub.rules.check import check
from orderhub.services.explain import explain_order
from orderhub.services.release_supplied import release_supplied
from tests.integration.test_parcels import assert_sent_once, assert_stock, receive_and_settle
from tests.integration.test_sourcing import MAT, SKU, A, B, C, House, OwnRules, Snatching, pack_of
from tests.kit.crash import Crash
from tests.kit.gift_packs import RuleBookWith, gift_pack, row
from tests.kit.orders import line
from tests.kit.packs import graph
from tests.kit.split import FAR_SKU, FAR_WAREHOUSE, LINES, STOCK, fill_far_warehouse
from tests.kit.tables import create_tables, drop_tables
from tests.kit.world import WAREHOUSE_NO, Clients, World, order_id

pytestmark = pytest.mark.usefixtures("rows_follow")

M = Milestone
SPLIT = pack_of({"c3": "false", "o3": '"split"'})
THIRD = "WH03"
BOTH = (line("1", MAT), line("2", SKU))


# --- reserving ---------------------------------------------------------------------------------------------------


@contextmanager
def a_house(clients: Clients, *stock: tuple[str, str, int]) -> Iterator[House]:
    """Three warehouses with this stock, whose rule is to split."""
    names = create_tables(clients.dynamodb)
    made = House(clients.dynamodb, *names)
    made.sources = replace(made.sources, rules=OwnRules(SPLIT), warehouses=(A, B, C))
    for sku, warehouse, count in stock:
        assert made.stock.seed(sku, warehouse, count, made.now)
    yield made
    drop_tables(clients.dynamodb, names)


def places(house: House, of_order: str) -> dict[str, str]:
    """SKU → the warehouse in which it is held now."""
    rows = house.stock.reservations(of_order)
    return {row.sku: row.warehouse for row in rows if row.status is not ReservationStatus.RELEASED}


def parcels(house: House, of_order: str) -> list[tuple[int, str]]:
    return [(parcel.number, parcel.warehouse) for parcel in house.known(of_order).parcels]


def arrives(house: House, sku: str, warehouse: str, count: int) -> None:
    level = house.stock.level(sku, warehouse)
    assert level is not None
    house.stock.adjust(sku, warehouse, count, level.revision, "delivery", house.now)


def test_each_line_is_held_in_the_warehouse_of_its_parcel_and_the_verdict_says_why(clients: Clients) -> None:
    with a_house(clients, (SKU, A, 1), (MAT, A, 0), (MAT, B, 3)) as house:
        of_order = house.comes(*BOTH)
        assert house.reserve(of_order)
        assert places(house, of_order) == {SKU: A, MAT: B}
        assert parcels(house, of_order) == [(1, A), (2, B)]
        assert (house.available(A), house.available(B, MAT)) == (0, 2)
        (verdict,) = house.verdicts(of_order)
        assert (verdict["outcome"], list(verdict["reasons"])) == ("pass", [f"split:{A}+{B}"])
        (fact,) = [f for f in house.orders.facts_of(of_order) if f.type == "StockReserved"]
        assert {each["warehouse"] for each in fact.data["reservations"]} == {A, B}  # type: ignore[union-attr,index]


def test_a_rule_may_bound_the_number_of_parcels(clients: Clients) -> None:
    rows: list[Mapping[str, str]] = [
        {"sourcing.preferred_is_enough": "false", "sourcing.parcels": "[1..2]", "action": '"split"'}
    ]
    document = graph(rows, outputs=("warehouse", "priority", "action"))
    assert check(RuleKind.SOURCING, document) == ()
    with a_house(clients, (SKU, A, 1), (MAT, B, 2), ("ZP-CUP", C, 1)) as house:
        house.sources = replace(house.sources, rules=OwnRules(Pack(RuleKind.SOURCING, 7, document)))
        two, three = house.comes(*BOTH), house.comes(line("1", MAT), line("2", SKU), line("3", "ZP-CUP"))
        assert not house.reserve(three)
        assert places(house, three) == {}
        assert house.reserve(two)
        assert parcels(house, two) == [(1, A), (2, B)]


def test_a_line_is_not_cut_and_the_card_tells_purchasing_so(clients: Clients) -> None:
    with a_house(clients, (SKU, A, 2), (SKU, B, 1), (MAT, B, 1)) as house:
        of_order = house.comes(line("1", MAT), line("2", SKU, 3))
        assert not house.reserve(of_order)
        card = house.card(of_order)
        assert (card["sku"], card["available"], card["missing"], card["uncut"]) == (SKU, "3", "0", "3")
        (why,) = explain_order(house.known(of_order), house.orders.decisions_of(of_order))
        assert "一行不拆，无仓可整行发出" in why["zh"]
        assert house.release()["released"] == 0
        arrives(house, SKU, B, 2)
        assert house.release()["released"] == 1
        assert house.reserve(of_order)
        assert places(house, of_order) == {MAT: B, SKU: B}
        assert parcels(house, of_order) == []


def test_frozen_orders_go_on_as_several_parcels_when_goods_come_and_no_more_than_there_is_for(clients: Clients) -> None:
    with a_house(clients, (SKU, A, 9), (MAT, B, 0)) as house:
        first, second = house.comes(*BOTH), house.comes(*BOTH)
        assert not house.reserve(first)
        house.now += 1_000
        assert not house.reserve(second)
        arrives(house, MAT, B, 1)
        assert house.release() == {"released": 1, "waiting": 1, "decided_meanwhile": 0}
        assert house.reserve(first)
        assert (places(house, first), places(house, second)) == ({SKU: A, MAT: B}, {})


def test_a_crash_anywhere_between_the_reservations_ends_in_the_same_two_parcels(clients: Clients) -> None:
    died: list[str] = []
    for number in range(40):
        with a_house(clients, (SKU, A, 1), (MAT, B, 1), (MAT, C, 1)) as house:
            of_order = house.comes(*BOTH, paid=False)
            with suppress(Crash), clients.points.watch(number):
                house.reserve(of_order)
            if not clients.points.has_struck:
                break
            died.append(clients.points.passed[-1])
            assert house.reserve(of_order)
            assert places(house, of_order) == {SKU: A, MAT: B}, died[-1]
            assert parcels(house, of_order) == [(1, A), (2, B)], died[-1]
            assert [house.available(A), house.available(B, MAT), house.available(C, MAT)] == [0, 0, 1], died[-1]
    assert died.count("after TransactWriteItems") >= 3


def test_what_others_take_meanwhile_is_given_back_elsewhere_and_planned_anew(clients: Clients) -> None:
    with a_house(clients, (SKU, A, 1), (MAT, B, 1), (SKU, C, 1)) as house:
        of_order = house.comes(*BOTH)
        house.sources = replace(house.sources, stock=_Thief(house.stock, SKU))  # type: ignore[arg-type]
        assert house.reserve(of_order)
        assert places(house, of_order) == {MAT: B, SKU: C}
        assert parcels(house, of_order) == [(1, B), (2, C)]
        assert [house.available(A), house.available(B, MAT), house.available(C)] == [0, 0, 0]


def test_what_others_take_for_good_leaves_nothing_held_in_any_warehouse(clients: Clients) -> None:
    with a_house(clients, (SKU, A, 1), (MAT, B, 1)) as house:
        of_order = house.comes(*BOTH)
        house.sources = replace(house.sources, stock=_Thief(house.stock, SKU))  # type: ignore[arg-type]
        assert not house.reserve(of_order)
        assert house.card(of_order)["sku"] == SKU
        assert (places(house, of_order), house.available(B, MAT)) == ({}, 1)


class _Thief(Snatching):
    """Somebody takes all of one SKU from the first warehouse that has it, just after it was looked at."""

    def __init__(self, stock: object, sku: str) -> None:
        super().__init__(stock, times=1)
        self._sku = sku

    def levels(self, skus: object, warehouses: object) -> object:
        seen = self._stock.levels(skus, warehouses)
        if self._times:
            self._times = 0
            first = next(level for level in seen if level.available and level.sku == self._sku)
            self._stock.reserve("thief", "1", self._sku, first.warehouse, first.available, 2**42, 2**40)
        return seen


# --- the way of the order ----------------------------------------------------------------------------------------


def lies_far(hub: World) -> None:
    """The far SKU lies in the far warehouse only; the rule is to split."""
    fill_far_warehouse(hub)
    near = hub.level(FAR_SKU, WAREHOUSE_NO)
    hub.stock.adjust(FAR_SKU, WAREHOUSE_NO, -near.available, near.revision, "moved away", hub.clock())
    hub.sources = replace(hub.sources, rules=OwnRules(SPLIT), warehouses=(WAREHOUSE_NO, FAR_WAREHOUSE, THIRD))


def ordered(hub: World, **asked: object) -> str:
    tid = hub.place(lines=LINES, **asked)
    hub.receive()
    hub.play()
    return tid


def origins(hub: World, tid: str) -> list[tuple[int, str, int]]:
    """(number, warehouse, lines) of every parcel."""
    return [(parcel.number, parcel.warehouse, len(parcel.line_ids)) for parcel in hub.known(tid).parcels]


def test_r13_an_order_split_by_rule_is_sent_from_both_warehouses_and_settled_once(hub: World) -> None:
    lies_far(hub)
    tid = ordered(hub)
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment"
    assert origins(hub, tid) == [(1, WAREHOUSE_NO, 2), (2, FAR_WAREHOUSE, 1)]
    hub.ship()
    receive_and_settle(hub, tid)
    assert_sent_once(hub, tid)


@pytest.mark.parametrize("main", [LINES[0]["sku"], FAR_SKU])
def test_r30_a_gift_goes_in_the_parcel_of_its_main_sku_only(main: str, hub: World) -> None:
    lies_far(hub)
    hub.rules = RuleBookWith(gift_pack(row("r", f'"{main}"', waybill_line="赠品:测试滤芯×1")))
    tid = ordered(hub)
    assert [gift.code for gift in hub.known(tid).gifts] == ["A"]
    told = ["赠品:测试滤芯×1" in hub.trade(name)["seller_memo"] for name in (tid, f"{tid}-2")]
    assert told == [main != FAR_SKU, main == FAR_SKU]


@pytest.mark.parametrize("pay", [True, False])
def test_r19_cancelled_before_shipping_both_warehouses_have_their_goods_back(pay: bool, hub: World) -> None:
    lies_far(hub)
    tid = ordered(hub, pay=pay)
    assert hub.level(FAR_SKU, FAR_WAREHOUSE).available == STOCK - 2
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    assert hub.known(tid).has(M.CLOSED), (dict(hub.known(tid).at), hub.open_cards(tid))
    assert_stock(hub, near=(STOCK, 0), far=(STOCK, 0))
    trades = [hub.trade(name) for name in (tid, f"{tid}-2")]
    assert [trade["state"] for trade in trades if trade] == ([5, 5] if pay else [])


@pytest.mark.parametrize(
    ("also_there", "planned"),
    [(THIRD, [(1, WAREHOUSE_NO, 2), (2, THIRD, 1)]), (WAREHOUSE_NO, []), ("", [])],
)
def test_one_of_two_parcels_lost_its_stock_before_it_was_paid_and_is_planned_anew(
    also_there: str, planned: list[tuple[int, str, int]], hub: World
) -> None:
    lies_far(hub)
    tid = ordered(hub, pay=False)
    assert origins(hub, tid) == [(1, WAREHOUSE_NO, 2), (2, FAR_WAREHOUSE, 1)]
    hub.shop(tid, "pay")
    later = hub.clock() + 48 * 3_600_000
    taken = hub.stock.reserve("another", "1", FAR_SKU, FAR_WAREHOUSE, STOCK, later + 48 * 3_600_000, later)
    assert isinstance(taken, Reserved)  # all there is: what the order held had expired by then
    if also_there:
        arrive(hub, also_there, 2)
    hub.receive()
    hub.play()
    if not also_there:
        assert [card.decision_class.value for card in hub.open_cards(tid)] == ["stock_mismatch"]
        assert_near_is_free(hub)
        arrive(hub, WAREHOUSE_NO, 2)
        assert release_supplied(hub.orders, hub.sources, hub.executions, hub.clock())["released"] == 1
        hub.play()
    assert hub.open_cards(tid) == []
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment"
    assert origins(hub, tid) == planned
    wanted = planned[-1][1] if planned else WAREHOUSE_NO
    rows = {row.sku: (row.warehouse, row.status.value) for row in hub.stock.reservations(order_id(tid))}
    assert rows == {LINES[0]["sku"]: (WAREHOUSE_NO, "committed"), "FP-001": (WAREHOUSE_NO, "committed"),
                    FAR_SKU: (wanted, "committed")}  # fmt: skip
    assert (hub.trade(tid)["warehouse_no"], hub.trade(f"{tid}-2") is not None) == (WAREHOUSE_NO, bool(planned))
    assert hub.step(tid) is Step.AWAIT_SHIPMENT


def arrive(hub: World, warehouse: str, pieces: int) -> None:
    if not hub.stock.seed(FAR_SKU, warehouse, pieces, hub.clock()):
        level = hub.level(FAR_SKU, warehouse)
        hub.stock.adjust(FAR_SKU, warehouse, pieces, level.revision, "delivery", hub.clock())


def assert_near_is_free(hub: World) -> None:
    level = hub.level()
    assert (level.available, level.firm, sum(level.due.values())) == (STOCK, 0, 0)
