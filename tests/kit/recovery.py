"""What tests that die on the way share: the scripts of operations, and what the hub does by itself afterwards."""

from __future__ import annotations

from collections.abc import Callable

from orderhub.services import after_shipping
from tests.kit.world import World, order_id

LONG_AGO_MS = 120_000  # by then ``sweep`` has looked again

type Script = Callable[[World, str], None]


def play(hub: World, tid: str) -> None:
    hub.player.play()


def write_numbers(hub: World, tid: str) -> None:
    assert not after_shipping.write_numbers([order_id(tid)], hub.warehouse)


def confirm(hub: World, tid: str) -> None:
    assert after_shipping.confirm_shipment(order_id(tid), hub.shopfront) in ("confirmed", "already")


def poll(hub: World, tid: str) -> None:
    hub.poll()


def recover(hub: World, tid: str, operation: Script) -> None:
    """The machine that ran it is gone, and so are all runs. Time passes; the hub repairs itself."""
    hub.executions.die()
    hub.clock.advance(LONG_AGO_MS)
    if operation is not play:
        operation(hub, tid)
    hub.hear_of_dead_runs()
    hub.sweep()
    hub.play()
