"""One order all the way, in one process: real services, stores and clients, the real state machine, simulators."""

from __future__ import annotations

from tests.kit.world import World, order_id


def test_an_order_walks_from_the_shop_to_the_books(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.play()
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment", hub.open_cards(tid)
    hub.ship()
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitDelivery"
    hub.shop(tid, "receive")
    hub.receive()
    hub.play()
    done = hub.known(tid)
    assert done.is_finished
    assert hub.open_cards(tid) == []
