"""SF's answer with the number is lost and the warehouse ships without naming one: the hub asks for it (R37)."""

from local.stories.goods import line
from local.stories.world import Finding, Placed, Scene, World

KEY = "number_backfilled"
CREATE, SEARCH = "EXP_RECE_CREATE_ORDER", "EXP_RECE_SEARCH_ORDER_RESP"


def play(world: World) -> None:
    """SF makes the label and answers nothing; one printed elsewhere is stuck on; the parcel leaves without a word."""
    placed = world.place(KEY, [line("LX-100")], note="运单号丢失", push=False)
    match = {"contains": placed.tid}
    for service in (CREATE, SEARCH):
        world.carrier.break_with(kind="status", status=502, after=True, times=-1, match={"method": service, **match})
    world.warehouse.set_config(number_left_out=[placed.tid])
    try:
        world.shop.post(f"/_sim/orders/{placed.tid}/repush", {})
        label = world.until("SF has made the label", lambda: world.carrier.state()["orders"].get(f"{placed.parcel}-1"))
        world.until("the warehouse has the trade", lambda: placed.tid in world.warehouse.state()["trades"])
        world.warehouse.post("/_sim/label", {"tid": placed.tid, "logistics_no": label["waybill_no"]})
        world.until("the hub knows that it left", lambda: _is(world, placed, "shipped"), glance=0.5)
        world.notes[KEY]["known_then"] = world.hub.order(placed.order_id)["waybill_number"]
    finally:
        world.carrier.heal()
        world.warehouse.set_config(number_left_out=False)
    world.until("its number is filled in", lambda: world.hub.order(placed.order_id)["waybill_number"], glance=0.5)


def _is(world: World, placed: Placed, milestone: str) -> bool:
    return milestone in world.hub.order(placed.order_id)["at"]


def check(world: World) -> list[Finding]:
    """The number is the carrier's, from the carrier or the warehouse; one label was ever made."""
    (placed,) = world.of(KEY)
    order, then = world.evidence.orders[placed.order_id], world.notes[KEY]["known_then"]
    filled = [fact["data"] for fact in order["timeline"] if fact["type"] == "WaybillNumberFilled"]
    true_number = world.evidence.carrier["orders"][f"{placed.parcel}-1"]["waybill_no"]
    right = not then and [data["waybill_number"] for data in filled] == [true_number] == [order["waybill_number"]]
    source = ", ".join(data["source"] for data in filled)
    found = f"left with {then or 'no number'}; {true_number} filled in, told by: {source or 'nobody'}"
    return [Finding("a number that nobody told is filled in, with who told it", right, found)]


SCENE = Scene(KEY, "运单号补全", "number backfilled", play, check)
