"""Die at every point between two side effects, recover, and nothing is lost and nothing doubled (R73, P4, P6, P19).

Enumerated: each operation is run to the end once per point it passes. A point is one write to DynamoDB, one call
of Step Functions or one call of a partner, before and after. Recovery is what the hub does by itself: SQS delivers
the message again, ``sweep`` sees that nobody drives the order and starts the next epoch, leases run out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from orderhub.domain.order import Milestone
from orderhub.services.drive import advance
from orderhub.services.take_message import NotYet
from tests.kit.crash import Crash
from tests.kit.neighbours import Neighbours, Push
from tests.kit.recovery import Script, confirm, play, poll, recover, write_numbers
from tests.kit.relabel import want
from tests.kit.world import LEASE_OVER_MS, Clients, World, order_id, world

M = Milestone
STOCK = 100

PUSHES: dict[str, list[Push]] = {}


def ingest(hub: World, tid: str) -> None:
    """SQS delivers each message until it is taken. A late push of the carrier may speak of other parcels too."""
    for push in PUSHES[tid]:
        with suppress(NotYet):
            hub.take(push)


def before_ingest(hub: World, tid: str) -> None:
    PUSHES[tid] = hub.pushes()


def taken(hub: World, tid: str) -> None:
    before_ingest(hub, tid)
    ingest(hub, tid)


def labelled(hub: World, tid: str) -> None:
    taken(hub, tid)
    play(hub, tid)


def told(hub: World, tid: str) -> None:
    labelled(hub, tid)
    hub.play()


def packed(hub: World, tid: str) -> None:
    told(hub, tid)
    hub.near.advance("wangdiantong", 150_000)


def shipped(hub: World, tid: str) -> None:
    packed(hub, tid)
    hub.poll()
    hub.player.play()


def received(hub: World, tid: str) -> None:
    shipped(hub, tid)
    hub.play()
    hub.shop(tid, "receive")
    before_ingest(hub, tid)
    ingest(hub, tid)


def cancelled(hub: World, tid: str) -> None:
    told(hub, tid)
    hub.shop(tid, "cancel")
    before_ingest(hub, tid)
    ingest(hub, tid)


def relabelled(hub: World, tid: str) -> None:
    told(hub, tid)
    change_wanted(hub, tid)


def change_wanted(hub: World, tid: str) -> None:
    want(hub, tid, "reissue", "测试路2号")
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())


RELABELLING = "void_and_make_again"
"""Its other points are died at in ``test_waybill_track_model``, by the thousand."""

OPERATIONS: dict[str, tuple[Script, Script]] = {
    "ingest": (before_ingest, ingest),
    "reserve_assess_dispatch_waybill": (taken, play),
    RELABELLING: (relabelled, play),
    "write_numbers": (labelled, write_numbers),
    "poll_shipments": (packed, poll),
    "confirm_shipment": (shipped, confirm),
    "settle": (received, play),
    "withdraw_void_close": (cancelled, play),
}


def to_the_end(hub: World, tid: str) -> None:
    """Whatever is left of the order's life."""
    hub.play()
    if not hub.known(tid).has(M.SHIPPED) and not hub.known(tid).has(M.CANCELLED):
        hub.ship()
    hub.play()
    if not hub.known(tid).has(M.CANCELLED):
        if hub.sale(tid)["status"] != "TRADE_SUCCESS":
            hub.shop(tid, "receive")
        hub.receive()
    hub.play()


def assert_sold_once(hub: World, tid: str, labels: int = 1) -> None:
    done = hub.known(tid)
    assert done.has(M.SETTLED), (dict(done.at), dict(done.holds))
    assert hub.open_cards(tid) == []
    trade, parcel, bill, sale = hub.trade(tid), hub.parcel(tid), hub.bill(tid), hub.sale(tid)
    assert (trade["packed"], len(trade["waybills"]), trade["waybills"]) == (1, 1, [done.waybill_number])
    assert (parcel["labels"], parcel["max_live"]) == (labels, 1)
    assert (bill["saves"], bill["status"], bill["total_fen"]) == (1, "C", 30_900)
    assert sale["confirms_accepted"] == 1
    assert sale["waybills"] == [done.waybill_number]
    level = hub.level()
    assert level.balance.is_sound
    assert (level.available, level.firm, sum(level.due.values()), level.sold) == (STOCK - 1, 0, 0, 1)
    facts = hub.fact_types(tid)
    assert (facts.count("WaybillIssued"), facts.count("WaybillVoided")) == (labels, labels - 1)
    for once in ("OrderPlaced", "OrderPaid", "FulfillmentDispatched", "FulfillmentShipped", "ReceiptConfirmed",
                 "OrderSettled", "StockReserved"):  # fmt: skip
        assert facts.count(once) == 1, (once, facts)


def assert_undone_once(hub: World, tid: str) -> None:
    done = hub.known(tid)
    assert done.has(M.CLOSED), (dict(done.at), dict(done.holds), hub.open_cards(tid))
    trade, parcel = hub.trade(tid), hub.parcel(tid)
    assert (trade["state"], trade["packed"]) == (5, 0)
    assert (parcel["live"], parcel["labels"]) == (0, 1)
    assert hub.bill(tid) is None
    level = hub.level()
    assert level.balance.is_sound
    assert (level.available, level.firm, sum(level.due.values()), level.sold) == (STOCK, 0, 0, 0)
    facts = hub.fact_types(tid)
    assert [facts.count(once) for once in ("OrderCancelled", "StockReleased", "WaybillVoided")] == [1, 1, 1]


def deaths(near: Neighbours, clients: Clients, name: str, only: tuple[str, ...] = ()) -> Iterator[tuple[World, str]]:
    """A fresh order that died within the operation, once for each point; with ``only``, its run lives on."""
    prepare, operation = OPERATIONS[name]
    for number in range(200):
        with world(near, clients, STOCK) as hub:
            tid = hub.place()
            prepare(hub, tid)
            hub.player.survives_functions = bool(only)
            try:
                with clients.points.watch(number, only):
                    operation(hub, tid)
            except Crash:
                pass
            if not clients.points.has_struck:
                return
            yield hub, tid


def assert_ended_once(name: str, hub: World, tid: str) -> None:
    match name:
        case "withdraw_void_close":
            assert_undone_once(hub, tid)
        case _:
            assert_sold_once(hub, tid, labels=2 if name == RELABELLING else 1)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != RELABELLING])
def test_r73_nothing_is_lost_or_doubled_wherever_the_process_dies(
    name: str, near: Neighbours, clients: Clients
) -> None:
    points, failures = 0, []
    for hub, tid in deaths(near, clients, name):
        points += 1
        where = clients.points.passed[-1]
        try:
            recover(hub, tid, OPERATIONS[name][1])
            to_the_end(hub, tid)
            assert_ended_once(name, hub, tid)
        except Exception as wrong:
            failures.append(f"died {where}: {type(wrong).__name__} {str(wrong)[:300]}")
    assert not failures, "\n".join([f"{len(failures)} of {points}", *failures])
    assert points >= 4, points


@pytest.mark.parametrize("name", [name for name, (_, operation) in OPERATIONS.items() if operation is play])
def test_p19_a_function_that_hangs_at_a_partner_is_followed_by_its_own_run_with_the_same_care(
    name: str, near: Neighbours, clients: Clients
) -> None:
    """The run is alive, the epoch the same, and the lease of the dead function still stands for a while."""
    points, failures = 0, []
    partners = ("sf",) if name == RELABELLING else ("wangdiantong", "sf", "kingdee")
    for hub, tid in deaths(near, clients, name, only=partners):
        points += 1
        where = clients.points.passed[-1]
        try:
            hub.clock.advance(LEASE_OVER_MS)
            for partner in ("wangdiantong", "sf", "kingdee"):
                hub.drain(partner)
                hub.play()
            to_the_end(hub, tid)
            assert_ended_once(name, hub, tid)
            assert [run.epoch for run in hub.executions.runs.values()] == [1]
        except Exception as wrong:
            failures.append(f"hung {where}: {type(wrong).__name__} {str(wrong)[:300]}")
    assert not failures, "\n".join([f"{len(failures)} of {points}", *failures])
    assert points >= 4, points
