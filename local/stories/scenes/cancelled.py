"""The buyer cancels after paying, while the warehouse has the order but has not audited it."""

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "cancelled"
CANCELLED_AT_WAREHOUSE = 5


def play(world: World) -> None:
    """Wait until the warehouse has the trade with its waybill number, then cancel in the shop: a full refund.

    Until that is through the warehouse's clock runs in real time, so that its clerks, minutes away, cannot be
    faster than the buyer however slow this laptop is.
    """
    world.warehouse.post("/_sim/clock", {"speed": 1})
    try:
        placed = world.place(KEY, [line("ZP-2026-02")], freight_fen=1200, ends="cancelled")

        def has_number() -> bool:
            trade = world.warehouse.state()["trades"].get(placed.tid)
            return bool(trade and trade["seller_memo"])

        def is_cancelled() -> bool:
            return bool(world.warehouse.state()["trades"][placed.tid]["state"] == CANCELLED_AT_WAREHOUSE)

        world.until(f"the warehouse knows the waybill of {placed.tid}", has_number)
        world.shop.post(f"/_sim/orders/{placed.tid}/cancel", {})
        world.until(f"the warehouse has cancelled {placed.tid}", is_cancelled)
    finally:
        world.warehouse.post("/_sim/clock", {"speed": world.run.speed})


def check(world: World) -> list[Finding]:
    """Cancelled at the warehouse unpacked, waybill void, stock back, money back, nothing booked."""
    (placed,) = world.of(KEY)
    seen = world.evidence
    order, trade = seen.orders[placed.order_id], seen.warehouse["trades"].get(placed.tid, {})
    parcel = seen.carrier["parcels"].get(placed.parcel, {})
    held = [row["status"] for row in order["reservations"]]
    shop = seen.shop[placed.tid]
    right = (
        order["outcome"] == "cancelled"
        and (trade.get("state"), trade.get("packed")) == (CANCELLED_AT_WAREHOUSE, 0)
        and (parcel.get("labels"), parcel.get("live")) == (1, 0)
        and held == ["released"]
        and order["amounts"]["refunded_fen"] == shop["refunded_fen"] == shop["paid_fen"]
        and placed.order_id not in seen.ledger
    )
    return [
        Finding(
            "cancelled before shipment: undone everywhere",
            right,
            f"WMS state {trade.get('state')}, packed {trade.get('packed')}; {parcel.get('live')} of "
            f"{parcel.get('labels')} waybills live; stock {', '.join(held)}; refunded in full",
        )
    ]


SCENE = Scene(KEY, "发货前取消", "cancelled in time", play, check)
