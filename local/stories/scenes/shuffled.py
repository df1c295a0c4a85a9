"""Messages overtake each other: paid before created, in three different orders (R2)."""

from functools import partial

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "shuffled"
CREATED, PAID, SHIPPABLE = "trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay"
ARRIVALS = (
    (SHIPPABLE, PAID, CREATED),
    (PAID, CREATED, SHIPPABLE),
    (SHIPPABLE, CREATED, PAID),
)


def play(world: World) -> None:
    """The shop keeps its messages back and sends them one by one, the next when the last was acknowledged."""
    for arrival in ARRIVALS:
        placed = world.place(KEY, [line("ZP-2026-02"), line("FP-001", 2)], push=False)
        for event in arrival:
            world.shop.post(f"/_sim/orders/{placed.tid}/repush", {"types": [event]})
            heard = partial(world.acknowledged, placed.tid, event)
            world.until(f"{event} of {placed.tid} is acknowledged", heard, glance=0.05)


def check(world: World) -> list[Finding]:
    """They were accepted in that order, and every order came to the same end as the usual ones."""
    right = completed = 0
    for placed, arrival in zip(world.of(KEY), ARRIVALS, strict=True):
        seen = [c["method"] for c in world.evidence.pushes if c["ref"] == placed.tid and c["outcome"] == "accepted"]
        right += [event for event in seen if event in arrival] == list(arrival)
        completed += world.evidence.orders[placed.order_id]["outcome"] == "completed"
    asked = len(ARRIVALS)
    return [
        Finding(
            "paid before created ends as usual",
            right == completed == asked,
            f"{right} of {asked} arrived shuffled as planned, {completed} completed",
        )
    ]


SCENE = Scene(KEY, "乱序到达", "out of order", play, check)
