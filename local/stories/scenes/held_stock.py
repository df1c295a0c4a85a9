"""Level 3: nobody has the goods; the order is frozen for purchasing and goes on by itself when stock arrives (R23)."""

from local.stories.goods import SOON_SKU, WAREHOUSE, line
from local.stories.held import card_of
from local.stories.world import Finding, Scene, World

KEY = "held_stock"


def play(world: World) -> None:
    """An order for what no warehouse has; the card; a delivery arrives; nobody decides anything."""
    materials = world.ledger.config()["materials"]
    world.ledger.set_config(materials=[*materials, SOON_SKU])
    placed = world.place(KEY, [line(SOON_SKU)])
    card = card_of(world, [placed], "stock_mismatch")
    world.notes[KEY] |= {"card": card}
    world.warehouse.post("/_sim/stock", [{"spec_no": SOON_SKU, "warehouse_no": WAREHOUSE, "stock_num": 3}])
    world.until(
        "the stock has freed the order",
        lambda: "reserved" in world.hub.order(placed.order_id)["at"],
        glance=0.5,
    )


def check(world: World) -> list[Finding]:
    """Completed; the card was closed by the hub."""
    (placed,) = world.of(KEY)
    order = world.evidence.orders[placed.order_id]
    made = next(card for card in order["decisions"] if card["class"] == "stock_mismatch")
    right = order["outcome"] == "completed" and made["made_by"] == "hub"
    found = f"{world.notes[KEY]['card']['why']} → {made['option']} by {made['made_by']}"
    return [Finding("level 3: frozen without stock, goes on by itself when it arrives", right, found)]


SCENE = Scene(KEY, "缺货冻结", "held: stock", play, check)
