"""Orders that go in several parcels, each from its own warehouse (R19; design §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.absorb import Observation
from orderhub.domain.errors import PartnerRejected
from orderhub.domain.order import Milestone, Parcel
from orderhub.domain.stock import Reserved
from orderhub.ports.orders import Origin
from orderhub.ports.partners import ParcelInstruction, ShipmentNotice, TradeInstruction
from orderhub.services.drive import advance
from orderhub.services.shipments import apply_shipment
from orderhub.services.take_in import take_in
from tests.integration.test_lifecycle import RefusesOnce, cards
from tests.kit.split import FAR_SKU, FAR_WAREHOUSE, STOCK, fill_far_warehouse, split
from tests.kit.world import SKU, WAREHOUSE_NO, World, order_id

pytestmark = pytest.mark.usefixtures("rows_follow")

M = Milestone
LATER_MS = 48 * 3_600_000
PAID_FEN = 29_900 + 2 * 19_901 + 1_000


def played(hub: World) -> str:
    """A split order, carried as far as it goes without the warehouse's people."""
    tid = split(hub)
    hub.play()
    return tid


def numbers(hub: World, tid: str) -> list[str]:
    return [parcel.waybill_number for parcel in hub.known(tid).parcels]


def near_and_far(hub: World, tid: str) -> tuple[Parcel, Parcel]:
    near, far = hub.known(tid).parcels
    return near, far


def ship_only_the_near_one(hub: World, tid: str) -> None:
    """The far warehouse cannot find the goods; the near parcel leaves."""
    fill_far_warehouse(hub, on_the_shelf=0)
    hub.ship()
    near, far = near_and_far(hub, tid)
    assert near.has(M.SHIPPED)
    assert not far.has(M.SHIPPED)


def the_far_one_leaves(hub: World) -> None:
    fill_far_warehouse(hub)
    hub.near.advance("wangdiantong", 600_000)
    hub.ship()


def close_at_the_shop(hub: World, tid: str) -> None:
    say_closed(hub, tid)
    hub.play()


def say_closed(hub: World, tid: str) -> None:
    """The shop says that the order is closed, whatever it had agreed with the buyer."""
    order, now = hub.known(tid), hub.clock()
    said = Observation(order.channel, order.shop_id, tid, "trade_TradeClose", f"close:{tid}", 1, now,
                       milestones={M.CANCELLED: now}, close_reason="buyer")  # fmt: skip
    take_in(said, hub.orders, hub.executions, Origin(), now)
    advance(order.order_id, hub.orders, hub.executions, now)


def the_far_clerk_cancels(hub: World, tid: str) -> None:
    """The far trade was audited already: a person there stops it, and the hub looks again."""
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["parcel"]) == ("warehouse_cannot_cancel", "2")
    hub.near.control("wangdiantong", "clerk", {"tid": f"{tid}-2", "action": "cancel"})
    hub.decide(tid, "warehouse_cannot_cancel", "retry")
    hub.play()


def receive_and_settle(hub: World, tid: str) -> None:
    hub.shop(tid, "receive")
    hub.receive()
    hub.play()
    assert hub.known(tid).has(M.SETTLED), (dict(hub.known(tid).at), hub.open_cards(tid))


def assert_sent_once(hub: World, tid: str) -> None:
    """What is physically true when all went well: two parcels, two labels, each confirmed with its own lines."""
    done = hub.known(tid)
    assert hub.open_cards(tid) == []
    one, two = hub.trade(tid), hub.trade(f"{tid}-2")
    assert (one["warehouse_no"], two["warehouse_no"]) == (WAREHOUSE_NO, FAR_WAREHOUSE)
    assert (one["packed"], two["packed"]) == (1, 1)
    assert [one["waybills"], two["waybills"]] == [[number] for number in numbers(hub, tid)]
    assert [(hub.parcel(tid, n)["labels"], hub.parcel(tid, n)["max_live"]) for n in (1, 2)] == [(1, 1), (1, 1)]
    sale = hub.sale(tid)
    assert (sale["confirms_accepted"], sorted(sale["waybills"])) == (2, sorted(numbers(hub, tid)))
    assert (hub.bill(tid)["saves"], hub.bill(tid)["total_fen"]) == (1, PAID_FEN)
    facts = hub.fact_types(tid)
    for twice in ("FulfillmentDispatched", "WaybillIssued", "FulfillmentShipped"):
        assert facts.count(twice) == 2, (twice, facts)
    assert facts.count("OrderSettled") == 1
    assert_stock(hub, near=(STOCK - 1, 1), far=(STOCK - 2, 2))
    assert done.has(M.DISPATCHED, M.LABELLED, M.SHIPPED, M.CONFIRMED)


def assert_stock(hub: World, near: tuple[int, int], far: tuple[int, int]) -> None:
    """(available, sold) of each warehouse, and nothing held."""
    for sku, warehouse, wanted in ((SKU, WAREHOUSE_NO, near), (FAR_SKU, FAR_WAREHOUSE, far)):
        level = hub.level(sku, warehouse)
        assert level.balance.is_sound
        assert (level.available, level.sold, level.firm, sum(level.due.values())) == (*wanted, 0, 0), sku


# --- the usual way -----------------------------------------------------------------------------------------------


def test_r19_a_split_order_goes_in_two_parcels_from_two_warehouses_and_is_settled_once(hub: World) -> None:
    tid = played(hub)
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment"
    dispatched = [f.data for f in hub.orders.facts_of(order_id(tid)) if f.type == "FulfillmentDispatched"]
    assert [(d["fulfillment"], d["warehouse"], d["reference"]) for d in dispatched] == [
        (1, WAREHOUSE_NO, tid), (2, FAR_WAREHOUSE, f"{tid}-2")]  # fmt: skip
    hub.ship()
    receive_and_settle(hub, tid)
    assert_sent_once(hub, tid)


def test_r19_an_order_whose_parcels_left_in_part_waits_for_the_rest_and_the_shop_knows_which_lines_left(
    hub: World,
) -> None:
    tid = played(hub)
    ship_only_the_near_one(hub, tid)
    order = hub.known(tid)
    near, _ = near_and_far(hub, tid)
    assert not order.has(M.SHIPPED)
    assert (near.has(M.CONFIRMED), order.has(M.CONFIRMED)) == (True, False)
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment"
    assert hub.sale(tid)["waybills"] == [near.waybill_number]
    hub.receive()  # the shop repeats what it was told: a part is shipped
    hub.play()
    assert (hub.open_cards(tid), hub.known(tid).holds) == ([], {})
    the_far_one_leaves(hub)
    receive_and_settle(hub, tid)
    assert_sent_once(hub, tid)


def test_every_parcel_delivered_is_the_order_delivered(hub: World) -> None:
    tid = played(hub)
    hub.ship()
    hub.near.advance("sf", 20 * 86_400_000)
    hub.receive()
    order = hub.known(tid)
    assert all(parcel.has(M.PICKED_UP, M.DELIVERED) for parcel in order.parcels)
    assert order.when(M.DELIVERED) == max(parcel.at["delivered"] for parcel in order.parcels)
    assert hub.fact_types(tid).count("FulfillmentDelivered") == 2


def test_a_shipment_seen_twice_is_one_shipment_of_its_parcel(hub: World) -> None:
    tid = played(hub)
    ship_only_the_near_one(hub, tid)
    assert hub.fact_types(tid).count("FulfillmentShipped") == 1
    the_far_one_leaves(hub)
    again = hub.poll()
    assert set(again) <= {"repeated", "unknown"}
    assert hub.fact_types(tid).count("FulfillmentShipped") == 2


# --- cancelled ---------------------------------------------------------------------------------------------------


def test_r19_a_split_order_cancelled_before_shipping_is_undone_in_both_warehouses(hub: World) -> None:
    tid = played(hub)
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    order = hub.known(tid)
    assert order.has(M.WITHDRAWN, M.VOIDED, M.CLOSED), (dict(order.at), hub.open_cards(tid))
    assert [hub.trade(t)["state"] for t in (tid, f"{tid}-2")] == [5, 5]
    assert [hub.trade(t)["packed"] for t in (tid, f"{tid}-2")] == [0, 0]
    assert [hub.parcel(tid, n)["live"] for n in (1, 2)] == [0, 0]
    assert_stock(hub, near=(STOCK, 0), far=(STOCK, 0))
    assert hub.fact_types(tid).count("WaybillVoided") == 2


@pytest.mark.parametrize(("option", "ends_as"), [("close", M.CLOSED), ("continue", M.SHIPPED)])
def test_r19_cancelled_between_two_parcels_what_is_here_is_undone_and_a_person_decides_what_left(
    option: str, ends_as: Milestone, hub: World
) -> None:
    tid = played(hub)
    ship_only_the_near_one(hub, tid)
    close_at_the_shop(hub, tid)
    the_far_clerk_cancels(hub, tid)
    near, far = near_and_far(hub, tid)
    assert (far.is_called_off, near.is_called_off) == (True, False)
    assert (hub.trade(f"{tid}-2")["state"], hub.parcel(tid, 2)["live"], hub.parcel(tid, 1)["live"]) == (5, 0, 1)
    assert_stock(hub, near=(STOCK - 1, 1), far=(STOCK, 0))
    (card,) = hub.open_cards(tid)
    assert card.decision_class == "cancelled_after_shipping"
    assert card.evidence["waybill"] == near.waybill_number
    assert card.evidence["parcels"] == (
        f"1: shipped {near.waybill_number} from {WAREHOUSE_NO}; 2: called off at {FAR_WAREHOUSE}"
    )
    hub.decide(tid, "cancelled_after_shipping", option)
    hub.play()
    assert hub.known(tid).has(ends_as)
    assert hub.open_cards(tid) == []
    assert_stock(hub, near=(STOCK - 1, 1), far=(STOCK, 0))


def test_a_parcel_that_was_called_off_and_leaves_all_the_same_is_asked_about(hub: World) -> None:
    tid = played(hub)
    ship_only_the_near_one(hub, tid)
    close_at_the_shop(hub, tid)
    the_far_clerk_cancels(hub, tid)
    number = numbers(hub, tid)[1]
    notice = ShipmentNotice("1", f"{tid}-2", number, "顺丰速运", (), hub.clock())
    assert apply_shipment(notice, hub.orders, hub.executions, hub.clock()) == "after_closing"
    assert "shipped_after_closing" in cards(hub, tid)


# --- refusals ----------------------------------------------------------------------------------------------------


def test_a_parcel_the_warehouse_refuses_holds_the_order_and_a_retry_pushes_only_that_one(hub: World) -> None:
    tid = split(hub)
    hub.warehouse = replace(hub.warehouse, partner=_Refuses(hub.warehouse.partner, f"{tid}-2"))
    hub.play()
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["parcel"]) == ("warehouse_rejected", "2")
    assert card.evidence["warehouse"] == FAR_WAREHOUSE
    assert not hub.known(tid).has(M.DISPATCHED)
    hub.decide(tid, "warehouse_rejected", "retry")
    hub.play()
    hub.ship()
    receive_and_settle(hub, tid)
    assert_sent_once(hub, tid)


def test_a_parcel_the_carrier_refuses_keeps_no_label_of_the_first_and_a_retry_buys_only_the_second(hub: World) -> None:
    tid = split(hub)
    sf = _Refuses(hub.carriage.partners["sf"], f"{order_id(tid)}-2-1")
    hub.carriage = replace(hub.carriage, partners={"sf": sf})
    hub.play()
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["parcel"]) == ("carrier_rejected", "2")
    assert numbers(hub, tid)[1] == ""
    assert not hub.known(tid).has(M.LABELLED)
    hub.decide(tid, "carrier_rejected", "retry")
    hub.play()
    hub.ship()
    receive_and_settle(hub, tid)
    assert_sent_once(hub, tid)


def test_a_parcel_that_cannot_be_withdrawn_keeps_no_other_and_a_person_stops_just_that_one(hub: World) -> None:
    tid = played(hub)
    hub.warehouse = replace(hub.warehouse, partner=RefusesOnce(hub.warehouse.partner, "push_refund"))
    close_at_the_shop(hub, tid)
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["parcel"]) == ("warehouse_cannot_cancel", "1")
    near, far = near_and_far(hub, tid)
    assert (near.has(M.WITHDRAWN), far.has(M.WITHDRAWN)) == (False, True)
    hub.decide(tid, "warehouse_cannot_cancel", "continue")
    hub.play()
    assert hub.known(tid).has(M.WITHDRAWN, M.VOIDED, M.CLOSED)
    assert_stock(hub, near=(STOCK, 0), far=(STOCK, 0))


def test_another_number_on_the_second_parcel_is_asked_about_by_parcel_and_the_first_goes_its_way(hub: World) -> None:
    tid = played(hub)
    hub.near.switch("wangdiantong", number_mismatch=[f"{tid}-2"])
    hub.ship()
    hub.near.switch("wangdiantong", number_mismatch=False)
    (card,) = hub.open_cards(tid)
    near, far = near_and_far(hub, tid)
    assert (card.decision_class, card.evidence["parcel"]) == ("number_mismatch", "2")
    assert (card.evidence["hub_number"], near.has(M.SHIPPED), far.has(M.SHIPPED)) == (far.waybill_number, True, False)
    hub.decide(tid, "number_mismatch", "continue")
    hub.play()
    assert hub.known(tid).has(M.SHIPPED, M.CONFIRMED)
    assert numbers(hub, tid)[1] == hub.trade(f"{tid}-2")["reported_waybills"][0]


def test_the_shop_refuses_one_parcel_and_is_told_of_the_other(hub: World) -> None:
    tid = played(hub)
    hub.shopfront = replace(hub.shopfront, partner=_Refuses(hub.shopfront.partner, numbers(hub, tid)[0]))
    hub.ship()
    near, far = near_and_far(hub, tid)
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["parcel"]) == ("shop_rejected", "1")
    assert (near.has(M.CONFIRMED), far.has(M.CONFIRMED)) == (False, True)
    assert hub.sale(tid)["waybills"] == [far.waybill_number]
    assert not hub.known(tid).has(M.CONFIRMED)


class _Refuses:
    """Real clients, but the first push of one trade, the first label of one parcel, or every confirmation of one
    number is refused."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def push_trades(self, trades: Sequence[TradeInstruction]) -> Mapping[str, str]:
        if self._name not in {trade.trade_id for trade in trades}:
            return dict(self._client.push_trades(trades))
        refused, self._name = self._name, ""
        return {trade.trade_id: "5040: no" if trade.trade_id == refused else "" for trade in trades}

    def create(self, parcel: ParcelInstruction) -> Any:
        if parcel.reference != self._name:
            return self._client.create(parcel)
        self._name = ""
        raise PartnerRejected("sf", "E1", "not like this")

    def confirm_shipment(self, *asked: Any) -> None:
        if self._name in asked:
            raise PartnerRejected("youzan", "E1", "not like this")
        self._client.confirm_shipment(*asked)


def test_stock_that_was_lost_while_nobody_paid_is_reserved_again_in_the_warehouse_of_its_parcel(hub: World) -> None:
    tid = split(hub, pay=False)
    hub.play()
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitPayment"
    hub.shop(tid, "pay")
    for sku, warehouse in ((SKU, WAREHOUSE_NO), (FAR_SKU, FAR_WAREHOUSE)):
        answer = hub.stock.reserve(
            "another", sku, sku, warehouse, STOCK, hub.clock() + 2 * LATER_MS, hub.clock() + LATER_MS
        )
        assert isinstance(answer, Reserved)  # all there is: what the order held had expired by then
        hub.stock.release("another", sku, hub.clock())
    hub.receive()
    hub.play()
    hub.ship()
    receive_and_settle(hub, tid)
    assert_sent_once(hub, tid)
