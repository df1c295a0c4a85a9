"""Die between any two side effects of a change of address; the repeat loses nothing and does nothing twice (R73).

The steps that a change takes itself: judge, ask the carrier to turn the parcel, tell the shop; and what the order's own
driver does for it: the trade pushed again, the label overwritten or made again (the latter's other points are died at
in ``test_waybill_track_model``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from orderhub.domain.order import Milestone
from orderhub.services.address_change_run import ChangeCommand, advance_change
from orderhub.services.intercept_parcel import intercept_parcel
from orderhub.services.judge_address_change import Judging, judge_address_change
from orderhub.services.receiver import open_receiver
from orderhub.services.request_address_change import request_address_change
from orderhub.services.sweep import recover_one
from orderhub.services.tell_shop_address import ShopCounter, tell_shop_address
from tests.kit.changes import DIGEST
from tests.kit.crash import Crash
from tests.kit.neighbours import Neighbours
from tests.kit.world import BUYER, Clients, World, order_id, world

pytestmark = pytest.mark.usefixtures("late_audit")

DOOR = {**{name: BUYER[name] for name in ("province", "city", "district")}, "detail": "测试路1号5单元"}
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
LEASES_ARE_OVER_MS = 120_000
EVERY = int(os.environ.get("CRASH_EVERY", "3"))
"""Of the driver's points, most of which other tests die at too, the usual run takes each third, `make nightly` all."""


@dataclass(frozen=True)
class Story:
    """``prepare`` leads to the step, which is died in; ``wants`` is where the parcel is to go in the end."""

    prepare: Callable[[World, str], None]
    step: Callable[[World, str], object]
    wants: dict[str, str]
    labels: int = 1
    only: tuple[str, ...] = ()
    every: int = 1


def labelled(hub: World, tid: str) -> None:
    hub.receive()
    hub.play()


def asked(hub: World, tid: str, wants: dict[str, str]) -> None:
    request_address_change(order_id(tid), wants, "li", "", hub.orders, hub.clients.kms, DIGEST, hub.clock())


def door_asked(hub: World, tid: str) -> None:
    labelled(hub, tid)
    asked(hub, tid, DOOR)


def door_wanted(hub: World, tid: str) -> None:
    door_asked(hub, tid)
    judge(hub, tid)


def city_wanted(hub: World, tid: str) -> None:
    labelled(hub, tid)
    asked(hub, tid, CITY)
    judge(hub, tid)


def to_be_turned(hub: World, tid: str) -> None:
    hub.near.switch("sf", transit_ms=10**9)
    labelled(hub, tid)
    hub.near.advance("wangdiantong", 250_000)
    hub.poll()
    hub.play()
    hub.near.advance("sf", 700_000)
    hub.receive()
    hub.play()
    assert hub.known(tid).has(Milestone.PICKED_UP)
    asked(hub, tid, CITY)
    judge(hub, tid)


def command(tid: str) -> ChangeCommand:
    return ChangeCommand(order_id(tid), 1, 1)


def judge(hub: World, tid: str) -> None:
    carriers = tuple(hub.carriage.partners)
    judging = Judging(hub.orders, hub.rules, hub.clients.kms, DIGEST, hub.executions, hub.clock, carriers)
    judge_address_change(command(tid), judging)


def intercept(hub: World, tid: str) -> None:
    intercept_parcel(command(tid), hub.carriage)


def tell_shop(hub: World, tid: str) -> None:
    counter = ShopCounter(hub.orders, hub.effects, hub.clients.youzan, hub.clients.kms, hub.clock, is_on=True)
    tell_shop_address(command(tid), counter)


def drive(hub: World, tid: str) -> None:
    hub.player.play()


STORIES = {
    "judge": Story(door_asked, judge, DOOR),
    "intercept": Story(to_be_turned, intercept, CITY),
    "tell_shop": Story(door_wanted, tell_shop, DOOR),
    "push_and_overwrite": Story(door_wanted, drive, DOOR, every=EVERY),
    "reissue": Story(city_wanted, drive, CITY, labels=2, only=("sf",)),
}


def deaths(near: Neighbours, clients: Clients, story: Story) -> Iterator[tuple[World, str]]:
    """A fresh order whose change died within the step, once for each point."""
    for number in range(0, 90, story.every):
        with world(near, clients) as hub:
            hub.changes.hook = clients.points.reach
            tid = hub.place()
            story.prepare(hub, tid)
            try:
                with clients.points.watch(number, story.only):
                    story.step(hub, tid)
            except Crash:
                pass
            if not clients.points.has_struck:
                return
            yield hub, tid


def recover(hub: World, tid: str) -> None:
    """All that ran is gone; leases run out; what the rule on ended runs does."""
    hub.executions.die()
    hub.changes.die()
    hub.clock.advance(LEASES_ARE_OVER_MS)
    advance_change(order_id(tid), hub.orders, hub.changes)
    recover_one(order_id(tid), hub.orders, hub.executions, hub.clock(), hub.changes)
    hub.play()
    for run in list(hub.changes.runs.values()):
        hub.changes.time_out(run)
    hub.play()
    hub.near.advance("sf", 3_600_000)
    hub.receive()
    hub.play()


def assert_changed_once(hub: World, tid: str, story: Story) -> None:
    (change,) = hub.orders.address_changes_of(order_id(tid))
    order = hub.known(tid)
    assert (change.status, order.change_open, order.holds) == ("brought", 0, {}), (change, hub.open_cards(tid))
    assert open_receiver(order, hub.clients.kms).detail == story.wants["detail"]
    assert {card.decision_class for card in hub.open_cards(tid)} <= {"repeat_pickup"}
    assert labels_of(hub, tid)[-1]["consignee"]["address"] == story.wants["detail"]
    parcel, sale = hub.parcel(tid), hub.sale(tid)
    assert (parcel["max_live"], parcel["labels"]) == (1, story.labels)
    told = (BUYER["detail"], 0) if story.step is intercept else (story.wants["detail"], 1)  # not once it is sent
    assert (sale["buyer"]["detail"], sale["address_changes"]) == told
    assert sum(len(label["interceptions"]) for label in labels_of(hub, tid)) == (story.step is intercept)
    if story.step is not intercept:
        assert hub.trade(tid)["receiver"]["receiver_address"] == story.wants["detail"]
    facts = hub.fact_types(tid)
    assert [facts.count(f"Address{what}") for what in ("ChangeRequested", "ChangeJudged", "Changed")] == [1, 1, 1]


def labels_of(hub: World, tid: str) -> list[dict[str, Any]]:
    orders = hub.near.truth("sf")["orders"]
    return [label for name, label in sorted(orders.items()) if name.startswith(order_id(tid))]


@pytest.mark.parametrize("name", list(STORIES))
def test_r73_a_change_loses_nothing_and_does_nothing_twice_wherever_the_process_dies(
    name: str, near: Neighbours, clients: Clients
) -> None:
    story, points, failures = STORIES[name], 0, []
    for hub, tid in deaths(near, clients, story):
        points += 1
        where = clients.points.passed[-1]
        try:
            recover(hub, tid)
            assert_changed_once(hub, tid, story)
        except Exception as wrong:
            failures.append(f"died {where}: {type(wrong).__name__} {str(wrong)[:400]}")
    assert not failures, "\n".join([f"{len(failures)} of {points}", *failures])
    assert points >= 2, points
