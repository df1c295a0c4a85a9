"""A parcel left and its number is missing (R37): filled in once, from whom is known, and everybody is told once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest

from local import brand
from local.partners.chassis import serve
from local.partners.kuaidiniao import create as kuaidiniao_simulator
from orderhub.adapters.kuaidiniao.client import KuaidiniaoClient, KuaidiniaoCredentials
from orderhub.adapters.kuaidiniao.tracks import read_push
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.domain.backfill import PATIENCE_MS, Found, NumberSearch, Source
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Milestone
from orderhub.domain.sender import Sender
from orderhub.ports.orders import EffectSpec, Origin
from orderhub.ports.partners import IssuedWaybill, ParcelInstruction, ShipmentNotice
from orderhub.services import after_shipping, sweep
from orderhub.services.ask_for_number import Issuers, ask_issuers, ask_warehouse
from orderhub.services.backfill import Backfill, backfill
from orderhub.services.follow_by_broker import Following, follow_found
from orderhub.services.follow_parcels import apply_routes
from orderhub.services.number_search import fill
from orderhub.services.shipments import apply_shipment
from orderhub.services.take_message import NotYet
from tests.contract.simulators.push_listener import Listener
from tests.kit.crash import Crash
from tests.kit.world import World, order_id

pytestmark = pytest.mark.usefixtures("rows_follow")

M = Milestone
CREATE, SEARCH = "EXP_RECE_CREATE_ORDER", "EXP_RECE_SEARCH_ORDER_RESP"
BY_HAND = {"audit_requires_number": False, "number_from": "scan"}


def ordered(hub: World, **asked: Any) -> str:
    tid = hub.place(**asked)
    hub.receive()
    hub.play()
    return tid


def without_label(hub: World) -> str:
    """SF made the label, and no answer ever came back."""
    for service in (CREATE, SEARCH):
        hub.near.fault("sf", "status", service, after=True, times=-1)
    hub.near.switch("wangdiantong", **BY_HAND, number_left_out=True)
    tid = ordered(hub)
    assert hub.known(tid).waybill_number == ""
    return tid


def true_number(hub: World, tid: str) -> str:
    return str(hub.near.truth("sf")["orders"][f"{order_id(tid)}-1-1"]["waybill_no"])


def leaves(hub: World, tid: str, label: str) -> None:
    """Packed by hand under this label; the warehouse reports the shipment without a number."""
    hub.near.advance("wangdiantong", 10_000)
    hub.near.control("wangdiantong", "pack", {"tid": tid, "logistics_no": label})
    hub.near.advance("wangdiantong", 20_000)
    hub.poll()
    hub.play()


def lost_and_left(hub: World) -> tuple[str, str]:
    tid = without_label(hub)
    number = true_number(hub, tid)
    leaves(hub, tid, number)
    assert hub.known(tid).has(M.SHIPPED)
    return tid, number


def desk(hub: World) -> Backfill:
    return Backfill(hub.orders, hub.executions, hub.clock, PATIENCE_MS)


def issuers_of(hub: World, **brokers: Any) -> Issuers:
    return Issuers(hub.orders, hub.effects, hub.clients.kms, hub.clock, {"sf": hub.clients.sf.find}, brokers)


def issuer_looks(hub: World, **brokers: Any) -> dict[str, int]:
    issuers = issuers_of(hub, **brokers)
    return dict(backfill(Source.ISSUER, lambda order, parcel: ask_issuers(order, parcel, issuers), desk(hub)))


def warehouse_looks(hub: World) -> dict[str, int]:
    partner = hub.clients.wangdiantong
    return dict(backfill(Source.WAREHOUSE, lambda order, parcel: ask_warehouse(order, parcel, partner), desk(hub)))


def minutes(hub: World, count: float = 2) -> None:
    hub.clock.advance(int(count * 60_000) + 1_000)


def told(hub: World, tid: str) -> tuple[list[str], str]:
    """(the numbers the shop holds, the number in the memo that the warehouse was told last)"""
    return hub.sale(tid)["waybills"], hub.trade(tid)["memo_told"].partition("运单号:")[2]


def cards(hub: World, tid: str) -> list[str]:
    return [card.decision_class.value for card in hub.open_cards(tid)]


def test_a_shipment_without_a_number_of_a_labelled_parcel_left_under_its_label(hub: World) -> None:
    hub.near.switch("wangdiantong", number_left_out=True)
    tid = ordered(hub)
    number = hub.known(tid).waybill_number
    assert number
    hub.ship()
    found = hub.known(tid)
    assert (found.has(M.SHIPPED, M.CONFIRMED), found.waybill_number, found.number_source) == (True, number, "issuer")
    assert told(hub, tid) == ([number], number)
    assert cards(hub, tid) == []
    assert hub.fact_types(tid).count("FulfillmentShipped") == 1


def test_a_number_nobody_told_is_filled_in_from_the_issuer_after_two_minutes_and_told_once(hub: World) -> None:
    tid, number = lost_and_left(hub)
    assert "WaybillNumberMissing" in hub.fact_types(tid)
    assert "FulfillmentShipped" not in hub.fact_types(tid)
    assert told(hub, tid) == ([], "")
    hub.near.calm()
    assert issuer_looks(hub) == {}  # not yet: it may come by itself
    minutes(hub)
    assert warehouse_looks(hub) == {}  # not its turn
    assert issuer_looks(hub) == {"filled": 1}
    assert issuer_looks(hub) == warehouse_looks(hub) == {}
    hub.play()
    found = hub.known(tid)
    assert (found.waybill_number, found.carrier, found.number_source) == (number, "sf", "issuer")
    assert told(hub, tid) == ([number], number)
    assert hub.sale(tid)["confirms_accepted"] == 1
    (fact,) = [f for f in hub.orders.facts_of(order_id(tid)) if f.type == "WaybillNumberFilled"]
    assert (fact.data["source"], fact.data["reference"]) == ("issuer", f"{order_id(tid)}-1-1")
    assert hub.parcel(tid)["labels"] == 1
    assert cards(hub, tid) == []
    assert hub.orders.order_of_waybill("sf", number) == order_id(tid)
    effect = hub.effects.load(order_id(tid), "create_waybill", f"{order_id(tid)}-1-1")
    assert effect is not None
    assert (effect.status, effect.outcome["number"]) == (EffectStatus.DONE, number)


def test_a_card_about_the_carriers_silence_is_answered_when_it_speaks(hub: World) -> None:
    tid = without_label(hub)
    hub.clock.advance(31 * 60_000)
    hub.drain("sf")
    hub.play()
    assert cards(hub, tid) == ["carrier_silent"]
    number = true_number(hub, tid)
    leaves(hub, tid, number)
    hub.near.calm()
    minutes(hub)
    assert issuer_looks(hub) == {"filled": 1}
    hub.play()
    assert (cards(hub, tid), dict(hub.known(tid).holds)) == ([], {})
    assert told(hub, tid)[0] == [number]


def test_the_warehouse_is_asked_when_the_issuer_does_not_answer_and_is_not_told_its_own_number(hub: World) -> None:
    tid, number = lost_and_left(hub)  # and SF stays down
    minutes(hub)
    hub.near.switch("wangdiantong", number_left_out=False)
    assert issuer_looks(hub) == {"asked_on": 1}
    with_late_number(hub, tid, number)
    assert warehouse_looks(hub) == {"filled": 1}
    hub.play()
    found = hub.known(tid)
    assert (found.waybill_number, found.carrier, found.number_source) == (number, "sf", "warehouse")
    assert told(hub, tid) == ([number], "")


def with_late_number(hub: World, tid: str, number: str) -> None:
    """Somebody types the number in: only the trade shows it, its notice is acknowledged."""
    store = hub.near.control("wangdiantong", "number", {"tid": tid, "logistics_no": number})
    assert store["logistics_no"] == number


def test_a_late_row_with_the_number_fills_it_in(hub: World) -> None:
    tid, number = lost_and_left(hub)
    row = replace(a_row(tid), logistics_no=number)
    assert apply(hub, row) == "filled"
    assert apply(hub, row) == "repeated"
    hub.play()
    assert (hub.known(tid).number_source, told(hub, tid)[0]) == ("warehouse", [number])
    minutes(hub)
    assert issuer_looks(hub) == {}


def a_row(tid: str) -> ShipmentNotice:
    return ShipmentNotice("77", tid, "", "顺丰速运", (), 1_795_325_400_000, "sf")


def apply(hub: World, row: ShipmentNotice) -> str:
    return apply_shipment(row, hub.orders, hub.executions, hub.clock())


def test_another_number_than_the_one_filled_in_is_asked_about_once(hub: World) -> None:
    tid, number = lost_and_left(hub)
    hub.near.calm()
    minutes(hub)
    issuer_looks(hub)
    hub.play()
    other = replace(a_row(tid), logistics_no="SF9999999999999")
    assert [apply(hub, other), apply(hub, other)] == ["differs", "differs"]
    assert cards(hub, tid) == ["number_mismatch"]
    hub.decide(tid, "number_mismatch", "continue")
    hub.play()
    assert hub.known(tid).waybill_number == "SF9999999999999"
    (mended,) = [f for f in hub.orders.facts_of(order_id(tid)) if "previous_number" in f.data]
    assert mended.data["previous_number"] == number  # P13: the old one is kept
    assert cards(hub, tid) == ["shop_rejected"]  # the shop holds the old one and takes no other
    assert apply(hub, other) == "repeated"


def test_nobody_knows_and_a_person_enters_it(hub: World) -> None:
    hub.near.fault("sf", "status", CREATE, times=-1)  # SF never made a label
    hub.near.fault("sf", "status", SEARCH, times=-1)
    hub.near.switch("wangdiantong", **BY_HAND, number_left_out=True)
    tid = ordered(hub)
    leaves(hub, tid, "SF8888000000001")
    hub.near.calm()
    minutes(hub)
    assert (issuer_looks(hub), warehouse_looks(hub)) == ({"asked_on": 1}, {"asked_on": 1})
    minutes(hub, 1)
    assert issuer_looks(hub) == {"carded": 1}
    (card,) = hub.open_cards(tid)
    assert card.decision_class == "number_missing"
    assert card.evidence["issuer_said"] == f"sf: does not know {order_id(tid)}-1-1"
    assert card.evidence["warehouse_said"] == "wangdiantong: no number (shipped)"
    assert card.evidence["said_by"] == "warehouse"
    assert not hub.known(tid).holds
    hub.decide(tid, "number_missing", "enter_number", carrier="sf", number="SF8888000000001")
    hub.play()
    found = hub.known(tid)
    assert (found.waybill_number, found.number_source) == ("SF8888000000001", "person")
    assert told(hub, tid) == (["SF8888000000001"], "SF8888000000001")
    minutes(hub, 20)
    assert issuer_looks(hub) == warehouse_looks(hub) == {}
    assert cards(hub, tid) == []


def test_they_are_asked_on_and_a_number_that_comes_answers_the_card(hub: World) -> None:
    tid, number = lost_and_left(hub)
    minutes(hub)
    issuer_looks(hub), warehouse_looks(hub)
    minutes(hub, 1)
    assert issuer_looks(hub) == {"carded": 1}
    assert cards(hub, tid) == ["number_missing"]
    assert "does not answer" in hub.open_cards(tid)[0].evidence["issuer_said"]
    hub.near.calm()
    warehouse_looks(hub)
    minutes(hub, 10)
    assert issuer_looks(hub) == {"filled": 1}
    hub.play()
    assert cards(hub, tid) == []
    (card,) = hub.orders.decisions_of(order_id(tid))
    assert (card.option, card.made_by) == ("moot", "hub")
    assert told(hub, tid)[0] == [number]


@pytest.mark.parametrize(("option", "asked"), [("retry", {"filled": 1}), ("dismiss", {})])
def test_a_person_has_everybody_asked_anew_or_nobody_any_more(hub: World, option: str, asked: dict[str, int]) -> None:
    tid, _ = lost_and_left(hub)
    minutes(hub)
    issuer_looks(hub), warehouse_looks(hub)
    minutes(hub, 1)
    issuer_looks(hub)
    hub.near.calm()
    hub.decide(tid, "number_missing", option)
    assert issuer_looks(hub) == asked


def test_the_carriers_own_push_tells_that_a_parcel_left_and_proves_no_number(hub: World) -> None:
    tid = without_label(hub)
    number = true_number(hub, tid)
    hub.near.control("sf", "handover", {"waybill_no": number})
    hub.near.advance("sf", 5_000)
    pushes = hub.pushes()
    for push in (*pushes, *pushes):  # delivered twice; one may speak of other tests' parcels, and of later steps
        with suppress(NotYet):
            hub.take(push)
    assert hub.fact_types(tid).count("WaybillNumberMissing") == 1
    found = hub.known(tid)
    assert (found.has(M.PICKED_UP), found.has(M.SHIPPED), found.waybill_number) == (True, False, "")
    hub.near.calm()
    minutes(hub)
    assert issuer_looks(hub) == {"filled": 1}
    hub.play()
    assert (hub.known(tid).waybill_number, hub.known(tid).has(M.LABELLED)) == (number, True)
    assert hub.parcel(tid)["labels"] == 1


def test_a_parcel_the_shop_shipped_by_hand_is_looked_for_and_a_label_bought_meanwhile_ends_it(hub: World) -> None:
    for service in (CREATE, SEARCH):
        hub.near.fault("sf", "status", service, times=-1)
    tid = ordered(hub)
    hub.clients.youzan.confirm_shipment(hub.known(tid).shop_id, tid, [], "sf", "SF8888000000009")
    hub.receive()
    assert hub.known(tid).has(M.SHOP_SHIPPED)
    hub.near.calm()
    hub.clock.advance(30_000)
    hub.drain("sf")
    hub.play()
    assert hub.known(tid).waybill_number
    minutes(hub)
    assert issuer_looks(hub) == {"known": 1}
    assert cards(hub, tid) == []


def test_a_parcel_that_left_before_there_were_searches_is_found_by_the_great_sweep(hub: World) -> None:
    tid, number = lost_and_left(hub)
    table, key = hub.orders_table, {"pk": {"S": f"ORDER#{order_id(tid)}"}, "sk": {"S": "SEARCH#1"}}
    hub.clients.dynamodb.delete_item(TableName=table, Key=key)
    hub.near.calm()
    for _ in range(2):
        sweep.recover_all(hub.orders, hub.executions, lambda fact: None, hub.clock())
    again = hub.orders.number_search(order_id(tid), 1)
    assert again is not None
    assert (again.said_by, again.asked) == ("warehouse", {})
    minutes(hub)
    assert issuer_looks(hub) == {"filled": 1}
    assert hub.known(tid).waybill_number == number


def test_a_broker_is_asked_only_for_a_label_that_was_asked_of_it(hub: World) -> None:
    asked: list[tuple[str, str]] = []

    def broker(parcel: ParcelInstruction, carrier: str) -> IssuedWaybill:
        asked.append((parcel.reference, carrier))
        return IssuedWaybill(parcel.reference, "YT8000000001", {})

    tid, _ = lost_and_left(hub)
    minutes(hub)
    assert issuer_looks(hub, kuaidiniao=broker) == {"asked_on": 1}
    assert asked == []
    order = hub.known(tid)
    reference = f"{order_id(tid)}-1-2"
    about = {"issuer": "kuaidiniao", "carrier": "yto"}
    spec = EffectSpec(order, "create_waybill", reference, "h", 0, 1, undoes=True, about=about)
    hub.effects.step_back(hub.effects.intend(spec, hub.clock()).effect, unclear=True, now=hub.clock())
    warehouse_looks(hub)
    minutes(hub, 1)
    assert issuer_looks(hub, kuaidiniao=broker) == {"filled": 1}
    assert asked == [(reference, "yto")]  # version 1 is SF's, and SF does not answer
    assert (hub.known(tid).carrier, hub.known(tid).waybill_number) == ("yto", "YT8000000001")


@contextmanager
def broker_of_routes() -> Iterator[tuple[KuaidiniaoClient, Listener, httpx.Client]]:
    """快递鸟 with somebody who hears its pushes; its control surface."""
    hears = Listener()
    settings = {**brand.CREDENTIALS["kuaidiniao"], "webhook_url": f"{hears.url}/webhooks/kuaidiniao"}
    with serve(kuaidiniao_simulator(settings)) as url, httpx.Client(base_url=url, trust_env=False) as control:
        credentials = KuaidiniaoCredentials.of(brand.CREDENTIALS["kuaidiniao"])
        http = PartnerHttp("kuaidiniao", 2)
        yield KuaidiniaoClient(http, url, credentials, Sender(**brand.SENDER)), hears, control
        http.close()
    hears.close()


def test_a_number_of_another_carrier_is_followed_by_the_broker_until_delivery(hub: World) -> None:
    tid, _ = lost_and_left(hub)
    minutes(hub)
    issuer_looks(hub), warehouse_looks(hub)
    minutes(hub, 1)
    issuer_looks(hub)
    hub.decide(tid, "number_missing", "enter_number", carrier="zto", number="757000000001")
    with broker_of_routes() as (client, hears, control):
        following = Following(hub.orders, hub.clients.kms, hub.clock, client.subscribe)
        assert follow_found(following) == {"followed": 1}
        assert follow_found(following) == {}
        for code in ("1", "301"):
            step = {"shipper": "ZTO", "waybill_no": "757000000001", "code": code}
            assert control.post("/_sim/trace", json=step).status_code == 200
        *_, last = hears.waited_for(2)
    events = read_push(last).events
    assert apply_routes(events, hub.orders, Origin(), "kuaidiniao", hub.clock()) == ("applied",)
    assert hub.known(tid).has(M.PICKED_UP, M.DELIVERED)
    assert (hub.known(tid).carrier, hub.known(tid).number_source) == ("zto", "person")


def test_without_a_broker_or_when_it_refuses_nobody_follows_and_nothing_waits(hub: World) -> None:
    def refuses(*told: str) -> None:
        raise PartnerRejected("kuaidiniao", "402", "no")

    def is_away(*told: str) -> None:
        raise PartnerUnavailable("kuaidiniao", "away")

    for subscribe in (None, refuses):
        tid, _ = lost_and_left(hub)
        order, search = hub.known(tid), hub.orders.number_search(order_id(tid), 1)
        fill(order, 1, Found("757000000002", "zto", Source.PERSON), hub.orders, hub.clock(), search)
        asked = Following(hub.orders, hub.clients.kms, hub.clock, is_away)
        assert follow_found(asked) == {"unavailable": 1}
        assert follow_found(replace(asked, subscribe=subscribe)) == {"not_followed": 1}
        assert follow_found(asked) == {}


def test_two_runs_at_once_fill_it_in_once(hub: World) -> None:
    tid, number = lost_and_left(hub)
    hub.near.calm()
    minutes(hub)
    inner: list[dict[str, int]] = []
    issuers = issuers_of(hub)

    def ask(order: Any, parcel: Any) -> Any:
        answer = ask_issuers(order, parcel, issuers)
        if not inner:
            inner.append({})
            inner[0] = issuer_looks(hub)  # another run goes all the way while this one has its answer
        return answer

    assert backfill(Source.ISSUER, ask, desk(hub)) == {"moved": 1}
    assert inner == [{"filled": 1}]
    hub.play()
    assert hub.fact_types(tid).count("WaybillNumberFilled") == 1
    assert hub.sale(tid)["confirms_accepted"] == 1
    assert told(hub, tid) == ([number], number)


class OnlyOf:
    """The store of orders, with the open searches of one order."""

    def __init__(self, hub: World, tid: str) -> None:
        self._orders, self._order_id = hub.orders, order_id(tid)

    def open_searches(self, turn: str) -> Iterator[NumberSearch]:
        return (search for search in self._orders.open_searches(turn) if search.order_id == self._order_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._orders, name)


def all_lost_and_left(hub: World, count: int) -> dict[str, str]:
    """As ``lost_and_left``, of many orders at a time: tid → its true number."""
    for service in (CREATE, SEARCH):
        hub.near.fault("sf", "status", service, after=True, times=-1)
    hub.near.switch("wangdiantong", **BY_HAND, number_left_out=True)
    tids = [hub.place() for _ in range(count)]
    hub.receive()
    hub.play()
    numbers = {tid: true_number(hub, tid) for tid in tids}
    hub.near.advance("wangdiantong", 10_000)
    for tid, number in numbers.items():
        hub.near.control("wangdiantong", "pack", {"tid": tid, "logistics_no": number})
    hub.near.advance("wangdiantong", 20_000)
    hub.poll()
    hub.play()
    hub.near.calm()
    minutes(hub)
    return numbers


def looks_for(hub: World, tid: str) -> None:
    issuers = issuers_of(hub)
    one = replace(desk(hub), orders=OnlyOf(hub, tid))
    backfill(Source.ISSUER, lambda order, parcel: ask_issuers(order, parcel, issuers), one)


def test_a_crash_at_any_point_leaves_the_number_filled_in_once_and_told_once(hub: World) -> None:
    """Enumerated: dying before and after each write and each call; then the next minute comes, and the queues."""
    points, at = hub.clients.points, 0
    for tid, number in all_lost_and_left(hub, 9).items():
        with points.watch(at), suppress(Crash):
            looks_for(hub, tid)
        looks_for(hub, tid)
        for _ in range(2):  # its facts come twice
            assert after_shipping.write_numbers([order_id(tid)], hub.warehouse) == frozenset()
            assert after_shipping.confirm_shipment(order_id(tid), hub.shopfront) in ("confirmed", "already")
        assert told(hub, tid) == ([number], number), points.passed
        assert hub.sale(tid)["confirms_accepted"] == 1
        assert hub.fact_types(tid).count("WaybillNumberFilled") == 1
        assert hub.known(tid).has(M.CONFIRMED)
        if not points.has_struck:
            break
        at += 1
    assert not points.has_struck, "more points than orders"
    assert at >= 4
