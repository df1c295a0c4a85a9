"""What the scenes of held orders share: the card of an order, and what the hub says about why it is held."""

from typing import Any

from local.stories.world import Placed, World


def card_of(world: World, orders: list[Placed], decision_class: str) -> dict[str, Any]:
    """The open card of this class on one of these orders, with the hub's sentence under `why`. Waits for it.

    Raises StoryError when none comes.
    """
    ids = {placed.order_id for placed in orders}

    def look() -> dict[str, Any] | None:
        cards = world.hub.decisions()
        return next((card for card in cards if card["order_id"] in ids and card["class"] == decision_class), None)

    card = world.until(f"a card {decision_class} is there", look, glance=0.5)
    return {**card, "why": sentence(world, card)}


def sentence(world: World, card: dict[str, Any]) -> str:
    """Why the order is held, in one Chinese sentence, as the order page says it."""
    told = world.hub.order(card["order_id"]).get("why") or []
    mine = [reason["zh"] for reason in told if reason.get("decision_id") == card["decision_id"]]
    return str((mine or [reason["zh"] for reason in told] or [""])[0])
