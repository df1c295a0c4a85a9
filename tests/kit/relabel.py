"""Another receiver for an order of the world, as the use case that changes addresses commits it."""

from __future__ import annotations

from dataclasses import replace

from orderhub.domain.order import Receiver, Region
from orderhub.domain.waybill_content import cached_versions
from orderhub.domain.waybill_track import wants_label
from orderhub.ports.orders import Change
from orderhub.services.drive import advance
from orderhub.services.receiver import seal_receiver
from tests.kit.world import World, order_id

PHONE = "13800130077"


def want(hub: World, tid: str, way: str, detail: str, region: Region | None = None) -> None:
    """The receiver lives elsewhere now, and the order's labels are to say so."""
    order = hub.known(tid)
    assert order.snapshot is not None
    snapshot = replace(
        order.snapshot,
        sealed=seal_receiver(Receiver("李四", PHONE, detail), hub.clients.kms),
        receiver_digest=f"digest of {detail}",
        region=region or order.snapshot.region,
    )
    changed = replace(order, snapshot=snapshot, content_version=order.content_version + 1)
    after = wants_label(changed, way)
    now = hub.clock()
    hub.orders.commit(Change(order, after, now, records=cached_versions(after, now), wakes=True))


def change(hub: World, tid: str, way: str, detail: str, region: Region | None = None) -> None:
    """``want``, and all that follows."""
    want(hub, tid, way, detail, region)
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())
    hub.play()
