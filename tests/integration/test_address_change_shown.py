"""A change of address of a paid order that is still in the house: its event and the shop's order that shows it, in both
orders of arrival, end alike; the window holds whichever comes first (R2, R35)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from orderhub.domain.order import Milestone
from orderhub.ports.orders import Change
from orderhub.services.receiver import open_receiver
from tests.kit.neighbours import Push
from tests.kit.world import SHOP, World, order_id

CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
SHORT = [{"sku": "ZP-2026-99", "title": "无货", "price_fen": 100, "num": 1}]
MINUTE_MS = 60_000

type Arrival = Callable[[World, str, Push], None]


def in_the_house(hub: World, paid_ago_ms: int) -> str:
    """A paid order that waits for stock, paid this long ago."""
    tid = hub.place(lines=SHORT)
    hub.receive()
    hub.play()
    known = hub.known(tid)
    earlier = {**known.at, Milestone.PAID.value: hub.clock() - paid_ago_ms}
    hub.orders.commit(Change(known, replace(known, at=earlier), hub.clock()))
    return tid


def shown(hub: World, tid: str, later_ms: int = 0) -> None:
    """The shop's order is read; it was touched this much later than the shop says."""
    detail = hub.clients.youzan.read_order(SHOP, tid)
    assert detail is not None
    body = json.loads(detail)
    head = body["full_order_info"]["order_info"]
    head["update_time"] = str(datetime.fromisoformat(head["update_time"]) + timedelta(milliseconds=later_ms))
    hub.take(Push("youzan", "", json.dumps(body, ensure_ascii=False).encode()), kind="detail")


def both(hub: World, tid: str, first: str, later_ms: int, *, at_once: bool) -> None:
    """The shop moves the parcel to another city; the hub hears it twice."""
    hub.near.advance("youzan", 2_000)
    hub.shop(tid, "address", by="buyer", **CITY)
    (event,) = hub.pushes()
    steps: list[Callable[[], object]] = [lambda: hub.take(event), lambda: shown(hub, tid, later_ms)]
    for step in steps if first == "event" else reversed(steps):
        step()
        if not at_once:
            hub.play()
    hub.play()


def where(hub: World, tid: str) -> tuple[str, str]:
    order = hub.known(tid)
    return order.region.city, open_receiver(order, hub.clients.kms).detail


def asked(hub: World, tid: str) -> list[str]:
    return [card.evidence["reasons"] for card in hub.open_cards(tid) if card.decision_class == "address_change"]


def ends(hub: World, tid: str) -> list[str]:
    """How the changes ended that no other took the place of."""
    every = [change.status.value for change in hub.orders.address_changes_of(order_id(tid))]
    return [status for status in every if status != "superseded"]


@pytest.mark.parametrize("at_once", [True, False], ids=["unjudged", "judged"])
@pytest.mark.parametrize("first", ["event", "order"])
def test_after_the_window_a_person_is_asked_once_whichever_comes_first(hub: World, first: str, at_once: bool) -> None:
    tid = in_the_house(hub, 180 * MINUTE_MS)
    old = where(hub, tid)
    both(hub, tid, first, 0, at_once=at_once)
    assert asked(hub, tid) == ["window_over"]
    assert where(hub, tid) == old
    hub.decide(tid, "address_change", "approve_address")
    hub.play()
    assert (where(hub, tid), asked(hub, tid)) == ((CITY["city"], CITY["detail"]), [])
    assert ends(hub, tid) == ["brought"]


@pytest.mark.parametrize("at_once", [True, False], ids=["unjudged", "judged"])
@pytest.mark.parametrize("first", ["event", "order"])
def test_a_change_made_in_time_is_taken_though_the_order_that_shows_it_was_touched_after_the_window(
    hub: World, first: str, at_once: bool
) -> None:
    tid = in_the_house(hub, 60 * MINUTE_MS)
    both(hub, tid, first, 120 * MINUTE_MS, at_once=at_once)
    assert (where(hub, tid), asked(hub, tid)) == ((CITY["city"], CITY["detail"]), [])
    assert ends(hub, tid) == ["brought"]
    assert hub.known(tid).change_open == 0


def test_refused_after_the_window_it_stays_however_often_the_shop_shows_it(hub: World) -> None:
    tid = in_the_house(hub, 180 * MINUTE_MS)
    old = where(hub, tid)
    both(hub, tid, "order", 0, at_once=False)
    hub.decide(tid, "address_change", "refuse_address")
    hub.play()
    shown(hub, tid, 5_000)
    hub.play()
    assert (where(hub, tid), asked(hub, tid)) == (old, [])
