"""A partner is down: orders wait in its line, nothing is lost, and they go on when it is back (R72)."""

from dataclasses import dataclass

import pytest

from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import World

ORDERS = 4


@dataclass(frozen=True)
class Outages:
    """The orders, oldest first, and whom each was shown to wait for while a partner was down."""

    tids: list[str]
    shown: dict[str, set[str]]


@pytest.fixture(scope="module")
def outages(world: World) -> Outages:
    """The same orders meet three outages, one after the other: the warehouse's, the carrier's, the ledger's."""
    lines = {"wangdiantong": world.wms, "sf": world.sf, "kingdee": world.kingdee}
    try:
        for partner in lines.values():
            partner.break_down()
        tids = [world.place() for _ in range(ORDERS)]
        shown = {}
        for name, partner in lines.items():
            _until_all_wait_for(world, tids, name)
            shown[name] = _shown_waiting(world, tids, name)
            partner.turn_back()
    finally:
        for partner in lines.values():
            partner.turn_back()
    world.completed(*tids)
    return Outages(tids, shown)


def test_orders_wait_in_line_and_all_complete_once(world: World, outages: Outages) -> None:
    for tid in outages.tids:
        assert_completed_once(world, tid)


def test_it_is_shown_whom_an_order_waits_for(world: World, outages: Outages) -> None:
    assert set(outages.shown) == {"wangdiantong", "sf", "kingdee"}
    assert all(shown == set(outages.tids) for shown in outages.shown.values())
    for tid in outages.tids:
        degraded = [fact["data"] for fact in world.order(tid)["timeline"] if fact["type"] == "PartnerDegraded"]
        assert {"wangdiantong", "sf", "kingdee"} <= {data["partner"] for data in degraded}


def test_nobody_is_left_in_a_line(world: World, outages: Outages) -> None:
    def left() -> list[str]:
        lines = [item for item in world.items("OrdersTable") if item["pk"]["S"].startswith("PARTNER#")]
        return [
            item["order_id"]["S"] for item in lines if "order_id" in item and item["order_id"]["S"][7:] in outages.tids
        ]

    until(lambda: not left(), lambda: f"still in line: {left()}")


def _until_all_wait_for(world: World, tids: list[str], partner: str) -> None:
    for tid in tids:
        until(lambda tid=tid: world.row(tid).get("waiting_for") == partner, f"{tid} waits for {partner}")  # type: ignore[misc]


def _shown_waiting(world: World, tids: list[str], partner: str) -> set[str]:
    """The orders that are shown to wait for this partner; one that is just tried again is shown a moment later."""
    shown: set[str] = set()

    def all_shown() -> bool:
        shown.update(tid for tid in tids if world.order(tid)["waiting_for"] == partner)
        return len(shown) == len(tids)

    until(all_shown, lambda: f"shown to wait for {partner}: {len(shown)} of {len(tids)}")
    return shown
