"""A day that is still going on: orders in every state, cards to decide, parcels to pack, addresses that change.

Played after the demo on the same hub, so that its pages show work and not only the past.
"""

from dataclasses import dataclass
from typing import Any

from local.stories.goods import SOON_SKU, line
from local.stories.held import card_of
from local.stories.world import Placed, World

KEY = "open_day"
SERVICE = "service-01"
NEVER_MS = 864_000_000  # the clerks of the warehouse do not come to them today
COUPON_FEN = 5_000

HOMES: tuple[tuple[str, str, str, str], ...] = (
    ("浙江省", "杭州市", "西湖区", "演示路8号2幢301室"),
    ("江苏省", "南京市", "玄武区", "示范路12号3幢1单元502室"),
    ("广东省", "深圳市", "南山区", "样例大道66号A座1801室"),
    ("四川省", "成都市", "武侯区", "测试南街5号4幢203室"),
    ("北京市", "北京市", "朝阳区", "试验胡同9号院2号楼601室"),
)
NAMES = ("张三", "李四", "王五", "赵六", "钱七")
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号5幢1002室"}
CARTS: tuple[list[dict[str, Any]], ...] = (
    [line("ZP-2026-01")],
    [line("ZP-2026-01"), line("LX-100")],
    [line("FP-001", 2)],
    [line("ZP-2026-02")],
    [line("LX-100", 2)],
)


@dataclass(frozen=True)
class OpenDay:
    """Orders worth looking at. ``held``: its address cannot be delivered to; ``gift``: labelled, to be packed with a
    gift; ``moved``: another city, so a second waybill; ``door``: another door, written into the waybill in place;
    ``on_its_way``: with the carrier."""

    held: Placed
    gift: Placed
    moved: Placed
    door: Placed
    on_its_way: Placed


def leave_open(world: World) -> OpenDay:
    """Play it; everybody at the partners works in real time from now on. Raises StoryError for what does not come."""
    for partner in (world.shop, world.carrier, world.post):
        partner.post("/_sim/clock", {"speed": 1})
    on_its_way = [_buy(world, number) for number in range(3)]
    for placed in on_its_way:
        world.reach(placed, "picked_up")
    world.warehouse.post("/_sim/clock", {"speed": 1})
    world.warehouse.set_config(audit_ms=NEVER_MS)
    to_pack = [_buy(world, number) for number in range(3, 12)]
    moved, door = _buy(world, 0), _buy(world, 1)
    for number in range(2):
        world.place(KEY, CARTS[number], pay=False, buyer=_buyer(number))
    for placed in (*to_pack, moved, door):
        world.reach(placed, "labelled")
    world.hub.change_address(moved.order_id, CITY, SERVICE)
    next_door = {**_home(1), "detail": HOMES[1][3].replace("502", "503")}
    world.hub.change_address(door.order_id, next_door, SERVICE)
    for placed in (moved, door):
        world.address_settled(placed)
    held = _held(world)
    world.shop.post(f"/_sim/orders/{to_pack[-1].tid}/refund", {"apply_only": True})
    card_of(world, [to_pack[-1]], "unhandled_event")
    gift = next(placed for placed in to_pack if placed.lines[0]["sku"] == "ZP-2026-01")
    return OpenDay(held, gift, moved, door, on_its_way[0])


def _held(world: World) -> Placed:
    """One order of each usual reason to stop, two of the commonest."""
    nowhere = [world.place(KEY, [line("LX-100")], buyer=_buyer(number, detail=detail))
               for number, detail in enumerate(("文三路", "详细地址见备注"))]  # fmt: skip
    often = world.place_all(KEY, [[line("LX-100")]] * 6, buyer=_buyer(4, phone="13800138104"))
    none = world.place(KEY, [line(SOON_SKU, 5)], buyer=_buyer(2))
    for orders, kind in ((nowhere, "address_unmatched"), (often, "phone_velocity"), ([none], "stock_mismatch")):
        card_of(world, orders, kind)
    world.until("both addresses are held", lambda: _cards(world, "address_unmatched") >= len(nowhere))
    return nowhere[0]


def _cards(world: World, kind: str) -> int:
    return sum(card["class"] == kind for card in world.hub.decisions())


def _buy(world: World, number: int) -> Placed:
    return world.place(KEY, CARTS[number % len(CARTS)], buyer=_buyer(number), discount_fen=_coupon(number))


def _coupon(number: int) -> int:
    return COUPON_FEN if number % 3 == 0 and CARTS[number % len(CARTS)][0]["sku"].startswith("ZP") else 0


def _buyer(number: int, **other: str) -> dict[str, str]:
    return {"name": NAMES[number % len(NAMES)], "phone": f"1380013820{number % 10}", **_home(number), **other}


def _home(number: int) -> dict[str, str]:
    return dict(zip(("province", "city", "district", "detail"), HOMES[number % len(HOMES)], strict=True))
