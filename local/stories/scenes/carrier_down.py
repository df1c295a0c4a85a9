"""The carrier does not answer for a while: orders wait in line, the breaker opens, and all go on (R72)."""

import time
from collections.abc import Callable
from typing import Any

from local.stories.evidence import breaker_state
from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "carrier_down"
ORDERS = 6


def play(world: World) -> None:
    """SF answers 503 to everything until every order of the scene has stood in line and the breaker is open."""
    last_call = max((call["id"] for call in world.carrier.calls("call")), default=0)
    world.carrier.break_with(kind="status", status=503, match={"side": "call"}, times=-1)
    began = time.monotonic()
    try:
        for _ in range(ORDERS):
            world.place(KEY, [line("ZP-2026-01"), line("FP-001", gift=True)])
            time.sleep(0.3)
        world.until("all of them have stood in line for the carrier", _all_stood(world), glance=1.0)
        states = world.until("the breaker is open", lambda: _open(world))
    finally:
        world.carrier.heal()
        world.notes[KEY]["healed_at_ms"] = time.time_ns() // 1_000_000
    calls = world.carrier.calls("call", last_call)
    world.notes[KEY] |= {
        "breaker": states,
        "seconds": time.monotonic() - began,
        "refused": sum(call["outcome"] != "ok" for call in calls),
    }


def check(world: World) -> list[Finding]:
    """All waited, all were completed; once the carrier was back, the line was empty soon."""
    seen, notes = world.evidence, world.notes[KEY]
    placed = world.of(KEY)
    waited = completed = 0
    for one in placed:
        order = seen.orders[one.order_id]
        waited += _stood_in_line(order)
        completed += order["outcome"] == "completed"
    labelled = sorted(
        (seen.orders[one.order_id]["at"].get("labelled", 0), number) for number, one in enumerate(placed, 1)
    )
    last_ms = labelled[-1][0] - notes["healed_at_ms"]
    turn = " ".join(str(number) for _, number in labelled)
    return [
        Finding(
            "a carrier that is down delays and loses nothing",
            waited == completed == len(placed) and notes["breaker"] in ("open", "half_open"),
            f"down {notes['seconds']:.1f} s, breaker {notes['breaker']}, it refused {notes['refused']} calls; "
            f"{waited} of {len(placed)} stood in line, {completed} completed",
        ),
        Finding(
            "the line drains by itself",
            last_ms > 0,
            f"last waybill {last_ms / 1000:.1f} s after the carrier was back, in the order {turn} of placing",
        ),
    ]


def _all_stood(world: World) -> Callable[[], bool]:
    """One by one: the first in line is let through to probe, and is not waiting for that moment."""
    left = {placed.order_id for placed in world.of(KEY)}

    def look() -> bool:
        arrived = left & {row["order_id"] for row in world.hub.unfinished()}
        left.difference_update([order_id for order_id in arrived if _stood_in_line(world.hub.order(order_id))])
        return not left

    return look


def _stood_in_line(order: dict[str, Any]) -> bool:
    return any(fact["type"] == "PartnerDegraded" for fact in order["timeline"])


def _open(world: World) -> str:
    state = breaker_state(world.run, "sf")
    return "" if state == "closed" else state


SCENE = Scene(KEY, "快递中断", "carrier down", play, check)
