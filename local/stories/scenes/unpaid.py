"""A buyer orders and never pays: the stock is free again, and no partner has heard of it."""

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "unpaid"
EXPIRES_SECONDS = 8.0


def play(world: World) -> None:
    """The shop gives the buyer a few seconds of this laptop's time."""
    expires_in_ms = int(EXPIRES_SECONDS * 1000 * world.run.speed)
    world.place(KEY, [line("ZP-2026-02", 2)], pay=False, expires_in_ms=expires_in_ms, ends="cancelled")


def check(world: World) -> list[Finding]:
    """Reserved, then expired; nothing at warehouse, carrier, ledger."""
    (placed,) = world.of(KEY)
    order = world.evidence.orders[placed.order_id]
    held = [row["status"] for row in order["reservations"]]
    abroad = [
        name
        for name, book, key in (
            ("warehouse", world.evidence.warehouse["trades"], placed.tid),
            ("carrier", world.evidence.parcels, placed.parcel),
            ("ledger", world.evidence.ledger, placed.order_id),
        )
        if key in book
    ]
    right = order["outcome"] == "cancelled" and order["close_reason"] == "expired" and held == ["released"]
    return [
        Finding(
            "an unpaid order expires and frees its stock",
            right and not abroad,
            f"{order['outcome']} ({order['close_reason']}), reservation {', '.join(held) or 'none'}, "
            f"known to {', '.join(abroad) or 'no partner'}",
        )
    ]


SCENE = Scene(KEY, "超时未付", "never paid", play, check)
