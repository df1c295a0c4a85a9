"""The shop sends every message of an order again, and nothing happens twice (R2)."""

from functools import partial
from typing import Any

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "twice"
ORDERS = 3
AGAIN = 2
EVENTS = ("trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay")


def play(world: World) -> None:
    """When the shop has all its acknowledgements, somebody presses "send again"; then once more."""
    for _ in range(ORDERS):
        order = world.place(KEY, [line("ZP-2026-01"), line("LX-100")], freight_fen=500)
        world.until(f"all about {order.tid} is acknowledged", partial(world.acknowledged, order.tid))
        for _ in range(AGAIN):
            world.shop.post(f"/_sim/orders/{order.tid}/repush", {"types": list(EVENTS)})


def check(world: World) -> list[Finding]:
    """Every message was accepted three times; one fact of each kind stands on the order."""
    accepted, doubled = 0, []
    for placed in world.of(KEY):
        accepted += sum(
            call["ref"] == placed.tid and call["outcome"] == "accepted" and call["method"] in EVENTS
            for call in world.evidence.pushes
        )
        kinds = [_kind(fact) for fact in world.evidence.orders[placed.order_id]["timeline"]]
        doubled += [f"{placed.tid} {kind}" for kind in set(kinds) if kinds.count(kind) > 1]
    sent = (1 + AGAIN) * len(EVENTS) * len(world.of(KEY))
    return [
        Finding(
            "messages sent three times count once",
            accepted == sent and not doubled,
            f"{accepted} of {sent} pushes accepted, {len(doubled)} facts doubled {' '.join(doubled[:3])}".rstrip(),
        )
    ]


def _kind(fact: dict[str, Any]) -> str:
    """A parcel goes through several zones, each once."""
    return f"{fact['type']} {fact['data'].get('zone', '')}".rstrip()


SCENE = Scene(KEY, "重复推送", "pushed three times", play, check)
