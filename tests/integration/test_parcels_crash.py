"""Die between one parcel and the next, in pushes, labels, memos, confirmations, undoing: nothing lost or doubled."""

from __future__ import annotations

import os

import pytest

from orderhub.domain.order import Milestone
from tests.integration.test_parcels import assert_sent_once, assert_stock, say_closed
from tests.kit.crash import Crash
from tests.kit.neighbours import Neighbours
from tests.kit.recovery import Script, confirm, play, poll, recover, write_numbers
from tests.kit.split import STOCK, split
from tests.kit.world import Clients, World, world

M = Milestone
CALLS = ("wangdiantong", "sf", "youzan")
"""Points at partners' calls only: the writes between them are the same as with one parcel (test_crash_points)."""
EVERY = int(os.environ.get("CRASH_EVERY", "3"))
"""The usual run dies at every third of these points, before and after calls in turn; `make nightly` at each."""


def nothing(hub: World, tid: str) -> None:
    """The order is planned; its driver has not run."""


def labelled(hub: World, tid: str) -> None:
    hub.player.play()


def told(hub: World, tid: str) -> None:
    hub.play()


def shipped(hub: World, tid: str) -> None:
    hub.play()
    hub.near.advance("wangdiantong", 150_000)
    hub.poll()
    hub.player.play()


def cancelled(hub: World, tid: str) -> None:
    hub.play()
    say_closed(hub, tid)


def packed(hub: World, tid: str) -> None:
    hub.play()
    hub.near.advance("wangdiantong", 150_000)


OPERATIONS: dict[str, tuple[Script, Script, tuple[str, ...]]] = {
    "push_and_label": (nothing, play, CALLS),
    "write_numbers": (labelled, write_numbers, CALLS),
    "poll_shipments": (packed, poll, ()),
    "confirm": (shipped, confirm, ()),
    "withdraw_void_close": (cancelled, play, CALLS),
}


def to_the_end(hub: World, tid: str) -> None:
    hub.play()
    if hub.known(tid).has(M.CANCELLED):
        return
    if not hub.known(tid).has(M.SHIPPED):
        hub.ship()
    hub.play()
    if hub.sale(tid)["status"] != "TRADE_SUCCESS":
        hub.shop(tid, "receive")
    hub.receive()
    hub.play()


def assert_ended_once(hub: World, tid: str) -> None:
    done = hub.known(tid)
    if not done.has(M.CANCELLED):
        assert done.has(M.SETTLED), (dict(done.at), hub.open_cards(tid))
        assert_sent_once(hub, tid)
        return
    assert done.has(M.WITHDRAWN, M.VOIDED, M.CLOSED), (dict(done.at), hub.open_cards(tid))
    trades = [hub.trade(tid), hub.trade(f"{tid}-2")]
    assert [(trade["state"], trade["packed"]) for trade in trades] == [(5, 0), (5, 0)]
    assert [(hub.parcel(tid, n)["live"], hub.parcel(tid, n)["labels"]) for n in (1, 2)] == [(0, 1), (0, 1)]
    assert_stock(hub, near=(STOCK, 0), far=(STOCK, 0))
    facts = hub.fact_types(tid)
    assert [facts.count(once) for once in ("OrderCancelled", "StockReleased", "WaybillVoided")] == [1, 1, 2]


@pytest.mark.parametrize("name", OPERATIONS)
def test_r73_a_crash_between_two_parcels_loses_and_doubles_nothing(
    name: str, near: Neighbours, clients: Clients
) -> None:
    prepare, operation, only = OPERATIONS[name]
    points, failures = 0, []
    for number in range(0, 60, EVERY if only else 1):
        with world(near, clients, STOCK) as hub:
            tid = split(hub)
            prepare(hub, tid)
            try:
                with clients.points.watch(number, only):
                    operation(hub, tid)
            except Crash:
                pass
            if not clients.points.has_struck:
                break
            points += 1
            try:
                recover(hub, tid, operation)
                to_the_end(hub, tid)
                assert_ended_once(hub, tid)
            except Exception as wrong:
                failures.append(f"died {clients.points.passed[-1]}: {type(wrong).__name__} {str(wrong)[:300]}")
    assert not failures, "\n".join([f"{len(failures)} of {points}", *failures])
    assert points * EVERY >= 2, points
