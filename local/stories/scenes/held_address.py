"""Level 1: an address nobody could deliver to holds the order; customer service corrects it, and it goes on (R21)."""

from local.stories.goods import line
from local.stories.held import card_of
from local.stories.world import Finding, Scene, World

KEY = "held_address"
SERVICE = "service-01"
BUYER = {"name": "张三", "phone": "13800138101", "province": "浙江省", "city": "杭州市", "district": "西湖区"}
WRONG, RIGHT = "详细地址见备注", "测试路1号2幢3单元401室"


def play(world: World) -> None:
    """The card, its sentence, the corrected address."""
    placed = world.place(KEY, [line("LX-100")], buyer={**BUYER, "detail": WRONG})
    card = card_of(world, [placed], "address_unmatched")
    where = {name: BUYER[name] for name in ("province", "city", "district")}
    made = world.hub.decide(
        card["decision_id"], "correct_address", SERVICE, "已电话核对", parameters={**where, "detail": RIGHT}
    )
    world.notes[KEY] |= {"card": card, "made": made}


def check(world: World) -> list[Finding]:
    """Shipped to the corrected address."""
    (placed,) = world.of(KEY)
    seen, card = world.evidence, world.notes[KEY]["card"]
    trade = seen.warehouse["trades"].get(placed.tid, {})
    right = seen.orders[placed.order_id]["outcome"] == "completed" and RIGHT in str(trade)
    return [
        Finding("level 1: held for its address, corrected, shipped to the right one", right, card["why"]),
    ]


SCENE = Scene(KEY, "地址待核", "held: address", play, check)
