"""Two buyers pay for the last piece in the same instant: one gets it, a person decides about the other (R12, R24)."""

from typing import Any

from local.api import HubError
from local.stories.evidence import stock_level
from local.stories.goods import LAST_UNIT_SKU, WAREHOUSE, line
from local.stories.world import Finding, Placed, Scene, World

KEY = "last_unit"
BUYER = "purchasing-01"


def play(world: World) -> None:
    """One piece arrives at the warehouse; the hub learns of it; two buyers want it; purchasing decides: cancel.

    The shop then refunds the buyer. A refund is an event that the hub shows to customer service, who close its card.
    """
    materials = world.ledger.config()["materials"]
    world.ledger.set_config(materials=[*materials, LAST_UNIT_SKU])
    stocktake = [{"spec_no": LAST_UNIT_SKU, "warehouse_no": WAREHOUSE, "stock_num": 1}]
    world.warehouse.post("/_sim/stock", stocktake)
    world.until(f"the hub knows {LAST_UNIT_SKU}", lambda: stock_level(world.run, LAST_UNIT_SKU, WAREHOUSE))
    racers = world.place_all(KEY, [[line(LAST_UNIT_SKU)], [line(LAST_UNIT_SKU)]])
    card = world.until("one of the two is held", lambda: _card(world, racers), glance=0.5)
    loser = next(placed for placed in racers if placed.order_id == card["order_id"])
    world.ends_as(loser, "cancelled")
    made = world.hub.decide(card["decision_id"], "cancel", BUYER, "只剩一件，与买家商定退款")
    world.notes[KEY] |= {"card": card, "made": made, "second": _decide_again(world, card["decision_id"])}
    world.until("the decision has ended the order", lambda: world.hub.order(loser.order_id)["is_finished"], glance=0.5)
    world.shop.post(f"/_sim/orders/{loser.tid}/refund", {"reason": "缺货"})
    world.until(
        "the refund is on the order", lambda: world.hub.order(loser.order_id)["amounts"]["refunded_fen"], glance=0.5
    )
    world.until("nobody has to decide it any more", lambda: _card(world, [loser]) is None, glance=0.5)


def check(world: World) -> list[Finding]:
    """One sold, one cancelled by the decision; the second answer to the same card was refused."""
    seen, notes = world.evidence, world.notes[KEY]
    outcomes = sorted(seen.orders[placed.order_id]["outcome"] for placed in world.of(KEY))
    shipped = sum(seen.warehouse["trades"].get(placed.tid, {}).get("packed", 0) for placed in world.of(KEY))
    card = notes["card"]
    return [
        Finding(
            "the last piece is sold once",
            outcomes == ["cancelled", "completed"] and shipped == 1,
            f"{', '.join(outcomes)}; {shipped} packed of 1 in stock",
        ),
        Finding(
            "the other order was held and decided by a person",
            card["class"] == "stock_mismatch" and notes["made"]["option"] == "cancel"
            and notes["second"] == "already_made",
            f"card {card['class']} (wanted {card['evidence']['wanted']}, available {card['evidence']['available']}) "
            f"→ {notes['made']['option']} by {notes['made']['made_by']}; a second answer: {notes['second']}",
        ),
    ]  # fmt: skip


def _card(world: World, racers: list[Placed]) -> dict[str, Any] | None:
    ids = {placed.order_id for placed in racers}
    return next((card for card in world.hub.decisions() if card["order_id"] in ids), None)


def _decide_again(world: World, decision_id: str) -> str:
    try:
        world.hub.decide(decision_id, "retry", "purchasing-02", "")
    except HubError as error:
        return error.code
    return "accepted"


SCENE = Scene(KEY, "抢最后一件", "two buyers, one piece", play, check)
