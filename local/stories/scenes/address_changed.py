"""Another address after the order: overwritten in place, a new label, turned on its way, or too late (R15, R34-R36)."""

from collections.abc import Callable
from typing import Any

from local.stories.goods import line
from local.stories.world import Finding, Placed, Scene, World

KEY = "address_changed"
SERVICE = "service-01"
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
HERE = {"name": "张三", "phone": "13800138123", "province": "浙江省", "city": "杭州市", "district": "西湖区",
        "detail": "演示路8号2幢301室"}  # fmt: skip


def play(world: World) -> None:
    """Two before the courier came, with the warehouse's people in real time; two after, with the couriers so."""
    with_real_time(world.warehouse, world, lambda: _before_pickup(world))
    with_real_time(world.carrier, world, lambda: _after_pickup(world))


def with_real_time(partner: Any, world: World, acts: Callable[[], None]) -> None:
    """So that nobody there can be faster than the buyer, however slow this laptop is."""
    partner.post("/_sim/clock", {"speed": 1})
    try:
        acts()
    finally:
        partner.post("/_sim/clock", {"speed": world.run.speed})


def _before_pickup(world: World) -> None:
    door = world.place(KEY, [line("LX-100")], note="door", buyer=HERE)
    city = world.place(KEY, [line("LX-100")], note="city")
    for placed in (door, city):
        world.reach(placed, "labelled")
    world.shop.post(f"/_sim/orders/{door.tid}/address", {"by": "buyer", "detail": "演示路8号2幢302室"})
    world.shop.post(f"/_sim/orders/{city.tid}/address", {"by": "buyer", **CITY})
    for placed in (door, city):
        world.address_settled(placed)


def _after_pickup(world: World) -> None:
    turned = world.place(KEY, [line("LX-100")], note="on its way")
    late = world.place(KEY, [line("LX-100")], note="out for delivery")
    for placed in (turned, late):
        world.reach(placed, "picked_up")
    world.hub.change_address(turned.order_id, CITY, SERVICE)
    number = world.hub.order(late.order_id)["waybill_number"]
    world.carrier.post("/_sim/courier", {"waybill_no": number, "does": "go_out"})
    world.reach(late, "out_for_delivery")
    world.hub.change_address(late.order_id, CITY, SERVICE)
    for placed in (turned, late):
        world.address_settled(placed)
    for card in world.hub.decisions():
        if card["order_id"] == late.order_id and card["class"] == "address_too_late":
            world.hub.decide(card["decision_id"], "dismiss", SERVICE, "已告知买家")


def check(world: World) -> list[Finding]:
    """One live label for each, to where it should go; who was asked, and what became of it."""
    door, city, turned, late = world.of(KEY)
    return [
        _finding(world, door, "another door: written into the label in place", ("overwrite", "brought"), 1),
        _finding(world, city, "another city: old label void, a new one, picked up again", ("reissue", "brought"), 2),
        _picked_up_again(world, city),
        _finding(world, turned, "on its way: the carrier turned it, asked once", ("intercept", "brought"), 1),
        _finding(world, late, "out for delivery: too late, and said so", ("too_late", "refused"), 1),
        _measured(world),
    ]


def _measured(world: World) -> Finding:
    """The hub's own figures say the same, of the orders that it heard of."""
    shown = world.evidence.address_measures
    counted = {row["code"]: row["count"] for row in shown["figures"]}
    expected = {"requested": 4, "overwritten": 1, "reissued": 1, "intercepted": 1, "too_late": 1, "returned": 0}
    right = counted | expected == counted and shown["orders"] == len(world.evidence.orders)
    found = ", ".join(f"{name} {count}" for name, count in counted.items())
    return Finding("the measures count the same", right, f"of {shown['orders']} orders: {found}")


def _picked_up_again(world: World, placed: Placed) -> Finding:
    """The task is of somebody, until some time, and the carrier's scan of the new label ended it."""
    order = world.evidence.orders[placed.order_id]
    tasks = [card for card in order["decisions"] if card["class"] == "repeat_pickup"]
    picked_up_at = order["at"].get("picked_up", 0)
    right = [
        (task["owner"], task["due_at"] > task["requested_at"], task.get("option"), task.get("made_by"))
        for task in tasks
    ] == [("operations", True, "moot", "hub")] and bool(picked_up_at)
    found = ", ".join(f"task of {task['owner']}, {task['status']} by {task.get('made_by')}" for task in tasks)
    return Finding("the new label is picked up: a task until it is scanned", right, found or "no task")


def _finding(world: World, placed: Placed, claim: str, ended: tuple[str, str], issued: int) -> Finding:
    seen = world.evidence
    order = seen.orders[placed.order_id]
    change = order["address_changes"][0]
    rows = [row for name, row in seen.carrier["orders"].items() if name.startswith(f"{placed.parcel}-")]
    goes = [row for row in rows if row["state"] != "cancelled"]
    is_city = placed.note in ("city", "on its way")
    there = [row["consignee"]["city"] == CITY["city"] for row in goes]
    asked = sum(len(row["interceptions"]) for row in rows)
    right = (
        order["outcome"] == "completed"
        and (change["way"], change["status"]) == ended
        and (len(rows), there) == (issued, [is_city])
        and asked == (1 if ended[0] == "intercept" else 0)
        and seen.carrier["parcels"][placed.parcel]["max_live"] == 1
    )
    systems = ", ".join(f"{name} {state}" for name, state in change["systems"].items())
    return Finding(
        claim, right, f"{change['scope']}, {change['zone']} → {change['way']}, {change['status']}; {systems}"
    )


SCENE = Scene(KEY, "改址", "change of address", play, check)
