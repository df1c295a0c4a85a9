"""The shop's messages never arrive; the hub's own look at the shop finds the orders (R2)."""

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "lost"


def play(world: World) -> None:
    """One order of which nothing arrives, and one whose payment is never told."""
    world.place(KEY, [line("ZP-2026-01")], note="消息全部丢失", push=False)
    only_created = ["trade_TradeCreate"]
    world.place(KEY, [line("LX-100", 2)], note="付款消息丢失", push=only_created, freight_fen=700)


def check(world: World) -> list[Finding]:
    """The shop withheld what it was told to withhold, and the orders were completed all the same."""
    seen, completed, withheld, late = world.evidence, 0, 0, 0
    for placed in world.of(KEY):
        order = seen.orders.get(placed.order_id)
        completed += bool(order and order["outcome"] == "completed")
        withheld += sum(push["state"] == "withheld" for push in seen.shop[placed.tid]["pushes"])
        facts = order["timeline"] if order else []
        late += any(fact["type"] == "OrderPlaced" and fact["data"].get("found_late") for fact in facts)
    asked = len(world.of(KEY))
    return [
        Finding(
            "orders whose messages were lost are found by the pull",
            completed == asked and withheld == 5 and late == 1,
            f"{withheld} messages never sent, {completed} of {asked} orders completed",
        )
    ]


SCENE = Scene(KEY, "消息丢失", "messages lost", play, check)
