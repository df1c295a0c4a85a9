"""Where an order's goods come from: warehouses by rule, one pool, frozen orders that go on by themselves (R13, R23)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from orderhub.domain.errors import Interrupted
from orderhub.domain.journey import Step, next_step
from orderhub.domain.order import Milestone, Order
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.domain.stock import ReservationStatus
from orderhub.ports.orders import Change
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack
from orderhub.services.release_supplied import release_supplied
from orderhub.services.reserve import reserve
from orderhub.services.source import Sources
from orderhub.services.tasks import TaskCommand
from tests.kit.executions import FakeExecutions
from tests.kit.orders import SHOP, T0, line, order, snapshot
from tests.kit.tables import aws, create_tables, drop_tables

A, B, C = "WH01", "WH02", "WH03"
SKU, MAT = "ZP-2026-01", "ZP-MAT-01"
M = Milestone


@dataclass
class OwnRules:
    """A rule book with the shipped packs, but for a sourcing pack of the test's own."""

    pack: Pack

    def live(self, kind: RuleKind) -> Pack:
        return self.pack if kind is RuleKind.SOURCING else default_pack(kind)


class House:
    """Orders and stock of a hub with two warehouses."""

    def __init__(self, client: Any, orders_table: str, stock_table: str) -> None:
        from orderhub.adapters.dynamodb.orders import DynamoOrders
        from orderhub.adapters.dynamodb.stock import DynamoStockStore

        self.orders = DynamoOrders(client, orders_table)
        self.stock = DynamoStockStore(
            client, orders_table=orders_table, stock_table=stock_table, pause=lambda _seconds: None
        )
        self.executions = FakeExecutions()
        self.sources = Sources(self.stock, OwnRules(default_pack(RuleKind.SOURCING)), (A, B))
        self.now = T0 + 1_000
        self.number = 0

    def has(self, **counts: int) -> None:
        """``has(WH01=2)``: so many pieces of the SKU there."""
        for warehouse, count in counts.items():
            assert self.stock.seed(SKU, warehouse, count, self.now)

    def comes(self, *lines: Any, paid: bool = True, **said: Any) -> str:
        """An order that wants to reserve; its id."""
        self.number += 1
        platform_id = f"E2026112210300000010{self.number:04d}"
        order_id = f"youzan-{platform_id}"
        made = order(M.PLACED, *([M.PAID] if paid else []))
        these = tuple(replace(each, line_id=f"{self.number}-{each.line_id}") for each in lines or (line(),))
        shown = snapshot(*these, paid=paid, **said)
        driver = replace(made.driver, execution=f"{order_id}-1") if made.driver else None
        made = replace(
            made, order_id=order_id, platform_id=platform_id, revision=0, snapshot=shown, driver=driver, shop_id=SHOP
        )
        self.orders.commit(Change(None, made, self.now))
        return order_id

    def reserve(self, order_id: str) -> bool:
        """Whether the order goes on (a paid one interrupts the run, which would wait for the payment next)."""
        with suppress(Interrupted):
            reserve(TaskCommand(order_id, 1), self.orders, self.sources, self.now)
        return not self.known(order_id).holds

    def known(self, order_id: str) -> Order:
        found = self.orders.load(order_id)
        assert found is not None
        return found

    def step(self, order_id: str) -> Step:
        return next_step(self.known(order_id), self.now)

    def held_in(self, order_id: str) -> set[str]:
        rows = self.stock.reservations(order_id)
        return {row.warehouse for row in rows if row.status is not ReservationStatus.RELEASED}

    def available(self, warehouse: str, sku: str = SKU) -> int:
        level = self.stock.level(sku, warehouse)
        assert level is not None
        assert level.balance.is_sound
        return level.available

    def card(self, order_id: str) -> dict[str, str]:
        (card,) = [each for each in self.orders.decisions_of(order_id) if not each.made_at]
        assert card.decision_class.value == "stock_mismatch"
        assert card.kind.owner == "purchasing"
        assert set(card.evidence) <= set(card.kind.evidence)
        return dict(card.evidence)

    def verdicts(self, order_id: str) -> list[Any]:
        return list(self.orders.records_of(order_id).get("verdict", []))

    def release(self) -> dict[str, int]:
        return dict(release_supplied(self.orders, self.sources, self.executions, self.now))


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with aws() as dynamodb:
        yield dynamodb


@contextmanager
def a_house(client: Any) -> Iterator[House]:
    names = create_tables(client)
    yield House(client, *names)
    drop_tables(client, names)


@pytest.fixture
def house(client: Any) -> Iterator[House]:
    with a_house(client) as made:
        yield made


def pack_of(*rows: dict[str, str]) -> Pack:
    """A sourcing pack of these rows; cells by column id of the shipped table."""
    shipped = json.loads(json.dumps(default_pack(RuleKind.SOURCING).graph))
    table = next(node for node in shipped["nodes"] if node["type"] == "decisionTableNode")["content"]
    columns = [column["id"] for column in (*table["inputs"], *table["outputs"])]
    table["rules"] = [dict.fromkeys(columns, "") | {"_id": f"r{n}"} | row for n, row in enumerate(rows)]
    assert check(RuleKind.SOURCING, shipped) == ()
    return Pack(RuleKind.SOURCING, 7, shipped)


# --- which warehouse -----------------------------------------------------------------------------------------------


def test_the_usual_warehouse_is_taken_while_it_has_everything_whatever_others_have(house: House) -> None:
    house.has(WH01=2, WH02=50)
    order_id = house.comes(line(quantity=2))
    assert house.reserve(order_id)
    assert (house.known(order_id).warehouse, house.held_in(order_id)) == (A, {A})
    assert (house.available(A), house.available(B)) == (0, 50)


def test_short_in_the_usual_and_enough_in_the_other_comes_whole_from_the_other(house: House) -> None:
    house.has(WH01=1, WH02=5)
    order_id = house.comes(line(quantity=2))
    assert house.reserve(order_id)
    assert (house.known(order_id).warehouse, house.held_in(order_id)) == (B, {B})
    assert (house.available(A), house.available(B)) == (1, 3)


def test_lines_of_the_same_goods_count_together_and_all_lines_come_from_one_warehouse(house: House) -> None:
    house.has(WH01=3, WH02=4)
    house.stock.seed(MAT, B, 1, house.now)
    order_id = house.comes(line("1", quantity=2), line("2", quantity=2), line("3", MAT))
    assert house.reserve(order_id)
    assert house.held_in(order_id) == {B}
    assert (house.available(A), house.available(B), house.available(B, MAT)) == (3, 0, 0)


def test_a_region_has_its_own_warehouse_by_a_row_of_the_pack(house: House) -> None:
    house.has(WH01=5, WH02=5, WH03=5)
    pack = pack_of(
        {"c1": '"浙江省"', "o1": f'"{B}"', "o2": "2"},
        {"c1": '"浙江省"', "o1": f'"{C}"', "o2": "1"},
        {"c3": "false", "o3": '"source_elsewhere"'},
    )
    house.sources = replace(house.sources, rules=OwnRules(pack))
    near, big, far = house.comes(), house.comes(line(quantity=5)), house.comes(region=_region("广东省"))
    assert all(house.reserve(each) for each in (near, big, far))
    assert [house.known(each).warehouse for each in (near, big, far)] == [C, B, A]


def _region(province: str) -> Any:
    return replace(snapshot().region, province=province)


def test_a_pack_that_says_hold_or_says_nothing_holds_although_another_has_enough(house: House) -> None:
    house.has(WH01=0, WH02=5)
    for pack in (pack_of({"c3": "false", "o3": '"hold"'}), pack_of({"c1": '"西藏自治区"', "o3": '"source_elsewhere"'})):
        house.sources = replace(house.sources, rules=OwnRules(pack))
        order_id = house.comes()
        assert not house.reserve(order_id)
        assert house.card(order_id)["by_warehouse"] == "WH01 0, WH02 5"
        assert house.release()["released"] == 0  # it would only be held again


def test_the_verdict_keeps_levels_version_and_the_row_that_said_so(house: House) -> None:
    house.has(WH01=0, WH02=5)
    order_id = house.comes()
    assert house.reserve(order_id)
    (verdict,) = house.verdicts(order_id)
    (evaluation,) = verdict["evaluations"]
    assert (evaluation["kind"], evaluation["version"]) == ("sourcing", 0)
    assert [match["row_id"] for match in evaluation["matches"]] == ["elsewhere"]
    assert (verdict["outcome"], list(verdict["reasons"])) == ("pass", ["source_elsewhere:WH02"])
    seen = json.loads(verdict["input"])["sourcing"]
    assert (seen["preferred"], seen["preferred_is_enough"], seen["together_enough"]) == (A, False, True)
    assert [(row["warehouse"], row["free"]) for row in seen["levels"]] == [(A, 0), (B, 5)]


@pytest.mark.parametrize("dies_at", ["after one line", "after both lines"])
def test_a_repeat_after_a_crash_keeps_what_the_lines_hold_where_they_hold_it(house: House, dies_at: str) -> None:
    house.has(WH01=2)
    house.stock.seed(MAT, A, 1, house.now)
    house.stock.seed(SKU, B, 9, house.now)
    house.stock.seed(MAT, B, 9, house.now)
    order_id = house.comes(line("1", quantity=2), line("2", MAT))
    lines = house.known(order_id).physical_lines
    for each in lines[: 1 if dies_at == "after one line" else 2]:
        house.stock.reserve(order_id, each.line_id, each.sku, A, each.quantity, T0 + 1_800_000, house.now)
    assert house.reserve(order_id)
    assert house.held_in(order_id) == {A}
    assert (house.available(A), house.available(B)) == (0, 9)


def test_what_others_take_between_looking_and_taking_makes_it_look_again(house: House) -> None:
    house.has(WH01=1, WH02=1)
    order_id = house.comes()
    house.sources = replace(house.sources, stock=Snatching(house.stock, times=1))  # type: ignore[arg-type]
    assert house.reserve(order_id)
    assert house.held_in(order_id) == {B}
    assert (house.available(A), house.available(B)) == (0, 0)


def test_an_order_that_others_are_always_faster_than_is_held_and_holds_nothing(house: House) -> None:
    house.has(WH01=50, WH02=50)
    order_id = house.comes(line(quantity=40))
    house.sources = replace(house.sources, stock=Flickering(house.stock))  # type: ignore[arg-type]
    assert not house.reserve(order_id)
    assert house.held_in(order_id) == set()
    assert house.step(order_id) is Step.AWAIT_RELEASE


class Snatching:
    """A stock from which somebody takes everything just after it was looked at, so many times."""

    def __init__(self, stock: Any, times: int) -> None:
        self._stock, self._times = stock, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stock, name)

    def levels(self, skus: Any, warehouses: Any) -> Any:
        seen = self._stock.levels(skus, warehouses)
        if self._times:
            self._times -= 1
            first = next(level for level in seen if level.available)
            self._stock.reserve(
                f"thief-{self._times}", "1", first.sku, first.warehouse, first.available, T0 + 9_000_000, T0
            )
        return seen


class Flickering:
    """A stock whose pieces are always gone at the moment they are taken, and back when they are counted."""

    def __init__(self, stock: Any) -> None:
        self._stock = stock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stock, name)

    def reserve(self, order_id: str, line_id: str, sku: str, warehouse: str, *rest: Any) -> Any:
        level = self._stock.level(sku, warehouse)
        self._stock.reserve("thief", "1", sku, warehouse, level.available, T0 + 9_000_000, T0)
        answer = self._stock.reserve(order_id, line_id, sku, warehouse, *rest)
        self._stock.release("thief", "1", T0)
        return answer


# --- level 3 -------------------------------------------------------------------------------------------------------


def test_goods_that_no_warehouse_knows_freeze_the_order(house: House) -> None:
    order_id = house.comes(line(sku="NO-SUCH"))
    assert not house.reserve(order_id)
    card = house.card(order_id)
    assert (card["sku"], card["available"], card["missing"]) == ("NO-SUCH", "unknown SKU", "1")
    (verdict,) = house.verdicts(order_id)
    assert json.loads(verdict["input"])["sourcing"]["unknown_skus"] == ["NO-SUCH"]


def test_short_in_all_together_freezes_it_with_what_each_has_and_what_is_at_risk(house: House) -> None:
    house.has(WH01=1, WH02=1)
    first, second = house.comes(line(quantity=3)), house.comes(line(quantity=4))
    assert not house.reserve(first)
    assert not house.reserve(second)
    card = house.card(second)
    assert card == {
        "sku": SKU,
        "warehouse": A,
        "wanted": "4",
        "available": "2",
        "by_warehouse": "WH01 1, WH02 1",
        "missing": "2",
        "order_fen": str(4 * 29_900),
        "orders_waiting": "2",
        "at_risk_fen": str(7 * 29_900),
    }
    assert house.held_in(first) == house.held_in(second) == set()
    assert house.step(first) is Step.AWAIT_RELEASE


def test_when_goods_arrive_the_longest_waiting_go_on_by_themselves_and_no_more_than_there_is_for(house: House) -> None:
    house.has(WH01=0, WH02=0)
    waiting = [house.comes(line(quantity=2)) for _ in range(3)]
    for order_id in waiting:
        assert not house.reserve(order_id)
        house.now += 1_000
    assert house.release() == {"released": 0, "waiting": 3, "decided_meanwhile": 0}
    level = house.stock.level(SKU, B)
    assert level is not None
    house.stock.adjust(SKU, B, 5, level.revision, "delivery", house.now)
    assert house.release() == {"released": 2, "waiting": 1, "decided_meanwhile": 0}
    assert [house.step(each) for each in waiting] == [Step.RESERVE, Step.RESERVE, Step.AWAIT_RELEASE]
    made = [each for each in house.orders.decisions_of(waiting[0]) if each.made_at]
    assert [(each.option, each.made_by) for each in made] == [("retry", "hub")]
    assert "DecisionMade" in [fact.type for fact in house.orders.facts_of(waiting[0])]
    assert house.reserve(waiting[0])
    assert house.reserve(waiting[1])
    assert house.available(B) == 1
    assert house.release()["released"] == 0


def test_a_person_who_was_faster_and_a_second_run_change_nothing(house: House) -> None:
    house.has(WH01=0)
    order_id = house.comes()
    assert not house.reserve(order_id)
    level = house.stock.level(SKU, A)
    assert level is not None
    house.stock.adjust(SKU, A, 1, level.revision, "delivery", house.now)
    assert house.release()["released"] == 1
    assert house.release() == {"released": 0, "waiting": 0, "decided_meanwhile": 0}
    assert house.reserve(order_id)


# --- presale -------------------------------------------------------------------------------------------------------


def test_a_presale_order_that_is_short_goes_on_to_its_payment_and_reserves_after_it(house: House) -> None:
    house.has(WH01=0)
    order_id = house.comes(line(is_presale=True), paid=False)
    assert house.reserve(order_id)
    assert house.step(order_id) is Step.AWAIT_PAYMENT
    assert house.orders.decisions_of(order_id) == ()
    known = house.known(order_id)
    house.orders.commit(Change(known, known.reach(M.PAID, house.now), house.now, wakes=True))
    assert house.step(order_id) is Step.RESERVE
    assert not house.reserve(order_id)  # now it is a mismatch
    assert house.card(order_id)["missing"] == "1"
    level = house.stock.level(SKU, A)
    assert level is not None
    house.stock.adjust(SKU, A, 1, level.revision, "delivery", house.now)
    assert house.release()["released"] == 1
    assert house.reserve(order_id)
    assert house.step(order_id) is Step.ASSESS


def test_a_presale_order_whose_goods_are_there_holds_them_like_any_other(house: House) -> None:
    house.has(WH01=1)
    order_id = house.comes(line(is_presale=True), paid=False)
    assert house.reserve(order_id)
    assert house.held_in(order_id) == {A}
