"""Level 2: the sixth order of one phone within 24 hours holds; a button on a WeCom card releases it (R22, R26)."""

from typing import Any

from local.stories.goods import line
from local.stories.held import card_of
from local.stories.world import Finding, Scene, World

KEY = "held_phone"
BUYER = {"name": "李四", "phone": "13800138102", "province": "江苏省", "city": "南京市", "district": "玄武区",
         "detail": "测试路2号3幢1单元"}  # fmt: skip
ORDERS = 6


def play(world: World) -> None:
    """Six orders at once; one card; customer service presses its button in WeCom."""
    placed = world.place_all(KEY, [[line("LX-100")]] * ORDERS, buyer=BUYER)
    card = card_of(world, placed, "phone_velocity")
    shown = world.until("WeCom shows the card", lambda: _shown(world, card["order_id"]), glance=0.5)
    user = shown["to"].removeprefix("member:")
    world.staff.post("/_sim/press", {"user": user, "task_id": shown["task_id"], "button": "放行"})
    world.notes[KEY] |= {"card": card, "user": user}


def check(world: World) -> list[Finding]:
    """All six completed, one of them after somebody looked."""
    placed, seen, notes = world.of(KEY), world.evidence, world.notes[KEY]
    done = [p for p in placed if seen.orders.get(p.order_id, {}).get("outcome") == "completed"]
    held = [p for p in placed if _cards(seen.orders[p.order_id])]
    made = [card for p in placed for card in _cards(seen.orders[p.order_id])]
    by = f"wecom:{notes['user']}"
    right = len(done) == ORDERS and [(card["option"], card["made_by"]) for card in made] == [("continue", by)]
    found = f"{len(held)} of {ORDERS} held: {notes['card']['why']} → 放行 by {by}"
    return [Finding("level 2: the 6th order of a phone held, released by a WeCom card", right, found)]


def _cards(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [card for card in order["decisions"] if card["class"] == "phone_velocity"]


def _shown(world: World, order_id: str) -> dict[str, Any] | None:
    messages = [message for message in world.staff.state()["messages"] if not message["dropped"]]
    cards = [message for message in messages if message["kind"] == "template_card"]
    return next((card for card in cards if card["content"]["main_title"]["desc"] == order_id), None)


SCENE = Scene(KEY, "同号六单", "held: one phone", play, check)
