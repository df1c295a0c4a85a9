"""The core of the hub in one process: real stores on moto, real clients on simulators, the real state machine.

Queues and the bus are lists that the test empties; time stands still between the test's own steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local import brand
from orderhub.adapters.aws.seal import KmsSeal
from orderhub.adapters.dynamodb.effects import DynamoEffects
from orderhub.adapters.dynamodb.limits import DynamoLimits, Rate
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.stock import DynamoStockStore
from orderhub.adapters.dynamodb.waiting_room import DynamoWaitingRoom
from orderhub.adapters.ems.client import EmsClient, EmsCredentials
from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.adapters.kingdee.client import KingdeeClient, KingdeeCredentials
from orderhub.adapters.kingdee.mapping import LedgerSettings
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.adapters.sf.client import SfClient, SfCredentials
from orderhub.adapters.sf.order_states import read_order_states
from orderhub.adapters.sf.routes import read_push as read_route_push
from orderhub.adapters.wangdiantong.client import WangdiantongClient
from orderhub.adapters.youzan import mapping as youzan
from orderhub.adapters.youzan.client import YouzanClient
from orderhub.adapters.youzan.crypto import PersonalDataKeys
from orderhub.domain.errors import HubError, PartnerUnavailable
from orderhub.domain.facts import FactType
from orderhub.domain.journey import Step, next_step
from orderhub.domain.order import Order
from orderhub.domain.order_fold import row_of
from orderhub.domain.order_row import FINAL, STATE_OF
from orderhub.domain.parcel import parcels_of
from orderhub.domain.records import StoredFact
from orderhub.domain.sender import Sender
from orderhub.domain.stock import StockLevel
from orderhub.ports.alerts import Press
from orderhub.services import after_shipping, decide, drain, pay_back, shipments, sweep
from orderhub.services.address_change_run import advance_change
from orderhub.services.address_gate import check_address
from orderhub.services.after_shipping import Shopfront
from orderhub.services.assess import assess
from orderhub.services.close import close
from orderhub.services.dispatch import Warehouse, dispatch
from orderhub.services.drive import advance
from orderhub.services.find_next_step import Trouble, find_next_step
from orderhub.services.option_effects import Desk
from orderhub.services.reserve import reserve
from orderhub.services.rulebook import ShippedRules
from orderhub.services.settle import Books, settle
from orderhub.services.source import Sources
from orderhub.services.take_message import Ignored, Intake, Message, NotYet, Routes, take_message
from orderhub.services.tasks import TaskCommand
from orderhub.services.waybill import Carriage, issue_waybill, void_waybill
from orderhub.services.withdraw import withdraw
from tests.kit.changes import change_functions
from tests.kit.crash import CrashingTransport, CrashPoints
from tests.kit.executions import FAILED, FakeChangeRuns, FakeExecutions
from tests.kit.machine import Player
from tests.kit.neighbours import Neighbours, Push
from tests.kit.tables import client_of, create_tables, drop_tables

WAREHOUSE_NO = brand.CREDENTIALS["wangdiantong"]["warehouse_no"]
OTHER_WAREHOUSE = "WH02"
SHOP = brand.CREDENTIALS["youzan"]["kdt_id"]
SKU = "ZP-2026-01"
TIMEOUT_SECONDS = 1.0
LEASE_OVER_MS = 21_000
AT_REST = frozenset({Step.AWAIT_PAYMENT, Step.AWAIT_SHIPMENT, Step.AWAIT_DELIVERY, Step.AWAIT_RELEASE, Step.COMPLETED,
                     Step.CANCELLED})  # fmt: skip
BUYER = {"name": "张三", "phone": "13800130001", "province": "浙江省", "city": "杭州市", "district": "西湖区",
         "detail": "测试路1号2单元"}  # fmt: skip
LINES = [{"sku": SKU, "title": "宠物智能喂食器", "price_fen": 29_900, "num": 1},
         {"sku": "FP-001", "title": "滤芯", "price_fen": 990, "num": 1, "is_gift": True}]  # fmt: skip
_KEYS = PersonalDataKeys({SHOP: {brand.YOUZAN_KEY_VERSION: brand.YOUZAN_KEY}})


class Clock:
    """The hub's time: the wall's, moved on by the test, never back."""

    def __init__(self) -> None:
        self._ahead_ms = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def advance(self, ms: int) -> None:
        self._ahead_ms += ms

    def pause(self, seconds: float) -> None:
        """A sleep that takes no time."""
        self.advance(int(seconds * 1000))


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Clients:
    """The partners' clients; one set serves all worlds of a session."""

    youzan: Any
    wangdiantong: Any
    sf: Any
    ems: Any
    kingdee: Any
    points: CrashPoints
    kms: KmsSeal
    dynamodb: Any

    @classmethod
    def of(cls, near: Neighbours, dynamodb: Any) -> Clients:
        points = CrashPoints()
        points.on_client(dynamodb)

        def http(partner: str) -> PartnerHttp:
            return PartnerHttp(partner, TIMEOUT_SECONDS, transport=CrashingTransport(partner, points))

        keys = brand.CREDENTIALS
        sf, ledger = keys["sf"], keys["kingdee"]
        apps = [{name: keys["youzan"][name] for name in ("client_id", "client_secret")}]
        kms = client_of("kms")
        key_id = kms.create_key()["KeyMetadata"]["KeyId"]
        return cls(
            YouzanClient(near.urls["youzan"], {"apps": apps}, http("youzan"), wall_ms, sender_mobile="13800130009"),
            WangdiantongClient(near.urls["wangdiantong"], keys["wangdiantong"], http("wangdiantong"), wall_ms),
            SfClient(
                http("sf"),
                near.urls["sf"],
                SfCredentials(sf["partner_id"], sf["check_word"], sf["month_card"]),
                Sender(**brand.SENDER),
            ),
            EmsClient(http("ems"), near.urls["ems"], EmsCredentials.of(keys["ems"]), Sender(**brand.SENDER)),
            KingdeeClient(
                http("kingdee"),
                near.urls["kingdee"],
                KingdeeCredentials.of(ledger),
                LedgerSettings("100", {SHOP: "CUST-YOUZAN"}, "FREIGHT"),
            ),
            points,
            KmsSeal(kms, key_id),
            dynamodb,
        )


@dataclass
class World:
    """One hub with its own tables; partners and clients are shared."""

    near: Neighbours
    clients: Clients
    orders_table: str
    stock_table: str
    clock: Clock = field(default_factory=Clock)
    told: set[str] = field(default_factory=set)
    heard: dict[str, int] = field(default_factory=dict)
    tids: list[str] = field(default_factory=list)
    by_hand: set[str] = field(default_factory=set)  # orders that a test changed behind their facts
    outcomes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        dynamodb = self.clients.dynamodb
        self.orders = DynamoOrders(dynamodb, self.orders_table)
        self.effects = DynamoEffects(dynamodb, self.orders_table)
        self.room = DynamoWaitingRoom(dynamodb, self.orders_table)
        self.stock = DynamoStockStore(dynamodb, orders_table=self.orders_table, stock_table=self.stock_table)
        self.rules: Any = ShippedRules()
        self.sources = Sources(self.stock, self.rules, (WAREHOUSE_NO, OTHER_WAREHOUSE))
        self.executions = FakeExecutions()
        self.executions.hook = self.clients.points.reach
        self.changes = FakeChangeRuns()
        limits = DynamoLimits(dynamodb, self.orders_table, {("wangdiantong", "*"): Rate(10_000, 60_000, 5_000)}, {})
        seal = self.clients.kms
        self.warehouse = Warehouse(self.orders, self.effects, self.stock, self.clients.wangdiantong, self.room, limits,
                                   seal, self.clock, self.clock.pause)  # fmt: skip
        carriers = {"sf": self.clients.sf, "ems": self.clients.ems}
        self.carriage = Carriage(self.orders, self.effects, carriers, seal, self.clock)
        self.shopfront = Shopfront(self.orders, self.effects, self.clients.youzan, self.clock)
        self.books = Books(self.orders, self.effects, self.clients.kingdee, self.clock, 6, self.rules)
        self.intake = Intake(
            self.orders, self.executions, seal, self._readers(), self._read_again, self.clock, self._no_press
        )
        self.functions: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "orders": self._orders_function,
            "warehouse": self._warehouse_function,
            "carrier": self._carrier_function,
            "ledger": lambda event: settle(_command(event), self.books),
        }
        client = client_of("dynamodb")
        self.player = Player(self.executions, self.functions, client, self.orders_table, self.clock)
        steps = change_functions(self)
        self.change_player = Player(self.changes, steps, client, self.orders_table, self.clock, "change_address")

    # --- the functions behind the state machine ------------------------------------------------------------

    def _orders_function(self, event: Mapping[str, Any]) -> Any:
        command, now = _command(event), self.clock()
        match event["task"]:
            case "reserve":
                return reserve(command, self.orders, self.sources, now)
            case "assess":
                return assess(command, self.orders, self.stock, self.rules, now, tuple(self.carriage.partners))
            case "close":
                return close(command, self.orders, self.stock, self.rules, now)
            case "find_next_step":
                trouble = Trouble(event["step"], event["error"], event["cause"])
                return find_next_step(command, trouble, self.orders, self.room, now)
        raise KeyError(event["task"])

    def _warehouse_function(self, event: Mapping[str, Any]) -> Any:
        task = {"dispatch": dispatch, "withdraw": withdraw}[event["task"]]
        return task(_command(event), self.warehouse)

    def _carrier_function(self, event: Mapping[str, Any]) -> Any:
        task = {"issue_waybill": issue_waybill, "void_waybill": void_waybill}[event["task"]]
        return task(_command(event), self.carriage)

    # --- intake --------------------------------------------------------------------------------------------

    def _readers(self) -> dict[tuple[str, str], Callable[[Message], Any]]:
        seal, digest = self.clients.kms, KeyedDigest(lambda: "key-of-the-tests")

        def push(message: Message) -> Any:
            read = youzan.read_push(message.body, message.received_at, _KEYS.decrypt, seal, digest, gate=check_address)
            return Ignored(read.reason) if isinstance(read, youzan.Ignored) else read

        def detail(message: Message) -> Any:
            return youzan.read_detail(
                message.body, message.received_at, _KEYS.decrypt, seal, digest, gate=check_address
            )

        def routes(message: Message) -> Any:
            states = read_order_states(message.body, message.received_at)
            if states is not None:
                return Routes((), states.unreadable, states.notices, states.unexplained)
            read = read_route_push(message.body, message.content_type)
            return Routes(read.events, read.unreadable)

        return {("youzan", "push"): push, ("youzan", "detail"): detail, ("sf", "push"): routes}

    def _no_press(self, press: Press) -> str:
        raise AssertionError(f"nobody is told of anything here: {press.decision_id}")

    def _read_again(self, shop_id: str, platform_id: str) -> None:
        detail = self.clients.youzan.read_order(shop_id, platform_id)
        assert detail is not None
        self.take(Push("youzan", "", detail), kind="detail")

    def take(self, push: Push, kind: str = "push", trust: str = "full") -> str:
        """One message through ingest, as one record of the queue."""
        message = Message(push.partner, kind, trust, self.clock(), "c" * 32, push.body, push.content_type)
        return take_message(message, self.intake)

    def pushes(self) -> list[Push]:
        """What partners have pushed about this world's orders and was not taken yet."""
        for partner in ("youzan", "sf"):
            self.near.advance(partner, 0)
        parcels = [parcel for found in map(self.order, self.tids) if found for parcel in parcels_of(found)]
        numbers = [parcel.waybill_number for parcel in parcels if parcel.waybill_number]
        return self.near.doorstep.take(*self.tids, *numbers)

    def receive(self) -> None:
        """Take in everything that partners pushed. One push of the carrier may speak of other tests' parcels too."""
        for push in self.pushes():
            try:
                self.outcomes.append(self.take(push))
            except NotYet:
                self.outcomes.append("not_yet")

    # --- what the world does -------------------------------------------------------------------------------

    def place(self, *, lines: Any = None, **asked: Any) -> str:
        """A buyer who never bought before orders; returns the platform id."""
        buyer = {**BUYER, "phone": f"1380013{len(self.tids) + 1:04d}"}
        body = {"lines": lines or LINES, "buyer": buyer, "freight_fen": 1_000, **asked}
        tid = str(self.near.control("youzan", "orders", body)["tid"])
        self.tids.append(tid)
        return tid

    def shop(self, tid: str, what: str, **asked: Any) -> None:
        self.near.control("youzan", f"orders/{tid}/{what}", asked)

    def play(self) -> None:
        """Runs go on until all wait, events reach their queues' functions, until nothing moves."""
        self.player.play()
        self.change_player.play()
        while self.tell_neighbours():
            self.player.play()
            self.change_player.play()

    def tell_neighbours(self) -> int:
        """What the bus would bring: each fact once to those who act on it."""
        moved = 0
        for tid in self.tids:
            found = self.order(tid)
            if found is None or self.heard.get(tid) == found.revision:
                continue
            self.heard[tid] = found.revision
            for fact in self.orders.facts_of(order_id(tid)):
                if fact.event_id in self.told:
                    continue
                try:
                    self.on_fact(fact.type, fact.order_id, fact.data)
                except HubError:
                    self.heard.pop(tid)  # its queue delivers the event again
                    raise
                self.told.add(fact.event_id)
                moved += 1
        return moved

    def on_fact(self, fact_type: str, of_order: str, data: Mapping[str, Any]) -> None:
        has_number = fact_type in (FactType.WAYBILL_ISSUED, FactType.WAYBILL_NUMBER_FILLED)
        if has_number and after_shipping.write_numbers([of_order], self.warehouse):
            raise PartnerUnavailable("wangdiantong", "to be delivered again")
        is_retry = data.get("class") == "shop_rejected" and data.get("option") == "retry"
        told_by_retry = fact_type == FactType.DECISION_MADE and is_retry
        if told_by_retry or fact_type in (FactType.FULFILLMENT_SHIPPED, FactType.REFUND_REQUESTED):
            pay_back.tell_shop(fact_type, of_order, data, self.shopfront)
        if FactType(fact_type).wakes_driver:
            advance_change(of_order, self.orders, self.changes)
            advance(of_order, self.orders, self.executions, self.clock())

    def poll(self) -> dict[str, int]:
        return shipments.poll_shipments(self.clients.wangdiantong, self.orders, self.executions, self.clock())

    def sweep(self) -> dict[str, int]:
        return sweep.sweep(self.orders, self.executions, self.clock(), self.changes)

    def recover_all(self) -> dict[str, int]:
        def send(fact: StoredFact) -> None:
            self.on_fact(fact.type, fact.order_id, fact.data)

        return sweep.recover_all(self.orders, self.executions, send, self.clock())

    def lose(self, tid: str, fact_type: FactType) -> None:
        """The bus never brings the order's facts of this type."""
        facts = self.orders.facts_of(order_id(tid))
        self.told |= {fact.event_id for fact in facts if fact.type == fact_type}

    def hear_of_dead_runs(self) -> list[str]:
        """What the rule on failed executions brings."""
        dead = [run for run in self.executions.runs.values() if run.status == FAILED and not run.is_mourned]
        for run in dead:
            run.is_mourned = True
        return [sweep.recover_one(run.order_id, self.orders, self.executions, self.clock()) for run in dead]

    def drain(self, partner: str) -> dict[str, int]:
        return drain.drain(partner, False, self.orders, self.room, self.executions, self.clock)

    def decide(self, tid: str, decision_class: str, option: str, **parameters: Any) -> Any:
        """A person decides the open card of this class."""
        card = next(c for c in self.open_cards(tid) if c.decision_class == decision_class)
        return decide.decide_and_wake(
            card.decision_id, option, "li", "test", self.orders, self.executions, self.clock(), parameters=parameters,
            desk=Desk(self.orders, self.clients.kms, KeyedDigest(lambda: "key-of-the-tests"), self.rules),
        )  # fmt: skip

    def ship(self) -> None:
        """The warehouse's people pack and ship, and the hub hears of it."""
        self.near.advance("wangdiantong", 150_000)  # also a trade that waited a round for its number
        self.poll()
        self.play()

    def ship_somehow(self, goes_on: Callable[[World], None]) -> None:
        """Like ``ship`` where partners fail: the warehouse is asked until it has said all."""
        for _ in range(3):
            self.near.advance("wangdiantong", 150_000)
            try:
                self.poll()
            finally:
                goes_on(self)

    # --- looking -------------------------------------------------------------------------------------------

    def order(self, tid: str) -> Order | None:
        return self.orders.load(order_id(tid))

    def known(self, tid: str) -> Order:
        found = self.order(tid)
        assert found is not None
        return found

    def step(self, tid: str) -> Step:
        return next_step(self.known(tid), self.clock())

    def open_cards(self, tid: str) -> list[Any]:
        return [c for c in self.orders.decisions_of(order_id(tid)) if not c.made_at]

    def fact_types(self, tid: str) -> list[str]:
        return [fact.type for fact in self.orders.facts_of(order_id(tid))]

    def level(self, sku: str = SKU, warehouse: str = WAREHOUSE_NO) -> StockLevel:
        found = self.stock.level(sku, warehouse)
        assert found is not None
        return found

    def check_rows(self) -> None:
        """Lists and figures see every order that rests where it is, from its facts alone, and its open cards.

        But for goods that the warehouse has not been asked to bring yet: no fact tells of them before.
        """
        for found in filter(None, map(self.order, self.tids)):
            step = next_step(found, self.clock())
            if step not in AT_REST or found.transfer or found.platform_id in self.by_hand:
                continue
            facts = self.orders.facts_of(found.order_id)
            row = row_of(facts)
            assert row is not None
            assert row.state is STATE_OF[step], [(fact.revision, fact.type, dict(fact.data)) for fact in facts]
            if row.state not in FINAL:
                cards = self.orders.decisions_of(found.order_id)
                assert {card.decision_id for card in row.open_cards} == {c.decision_id for c in cards if not c.made_at}

    # --- truth ---------------------------------------------------------------------------------------------

    def trade(self, tid: str) -> Any:
        """The warehouse's truth about the order, or None."""
        return self.near.truth("wangdiantong")["trades"].get(tid)

    def parcel(self, tid: str, number: int = 1) -> Any:
        """The carrier's truth about the order's parcel, or None."""
        return self.near.truth("sf")["parcels"].get(f"{order_id(tid)}-{number}")

    def bill(self, tid: str) -> Any:
        return self.near.truth("kingdee")["bills"].get(order_id(tid))

    def sale(self, tid: str) -> Any:
        return self.near.truth("youzan")["orders"][tid]


def order_id(tid: str) -> str:
    return f"youzan-{tid}"


def _command(event: Mapping[str, Any]) -> TaskCommand:
    return TaskCommand(event["order_id"], event["epoch"])


@contextmanager
def world(near: Neighbours, clients: Clients, stock: int = 100) -> Iterator[World]:
    """A hub with empty tables and this much of every SKU."""
    names = create_tables(clients.dynamodb)
    made = World(near, clients, *names)
    for sku in (SKU, "ZP-2026-02", "FP-001"):
        made.stock.seed(sku, WAREHOUSE_NO, stock, made.clock())
    try:
        yield made
    finally:
        drop_tables(clients.dynamodb, names)
        near.calm()
        while left := clients.wangdiantong.shipments():  # nobody else would settle them, and a page shows a hundred
            clients.wangdiantong.acknowledge([row.rec_id for row in left])
