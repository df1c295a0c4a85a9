"""A buyer in a remote area: EMS carries it instead of SF, and the surcharge stands on the order with who bears it."""

from local.stories.goods import line
from local.stories.world import Finding, Scene, World

KEY = "remote"
FAR = {"name": "张三", "phone": "13800138124", "province": "西藏自治区", "city": "拉萨市", "district": "城关区",
       "detail": "演示路9号1幢101室"}  # fmt: skip


def play(world: World) -> None:
    """One order; EMS's postmen go on by themselves, and push each of their scans."""
    world.place(KEY, [line("LX-100")], note="西藏 → EMS", buyer=FAR)


def check(world: World) -> list[Finding]:
    """One label, at EMS alone; delivered by its own push; the surcharge with who bears it."""
    (placed,) = world.of(KEY)
    seen = world.evidence
    order = seen.orders[placed.order_id]
    labels = seen.labels(placed.parcel)
    made = [(label.carrier, label.state) for label in labels]
    delivered = [fact["data"]["carrier"] for fact in order["timeline"] if fact["type"] == "FulfillmentDelivered"]
    extra = [row for row in order["freight"] if row["kind"] == "surcharge" and row["amount_fen"]]
    bears = ", ".join(f"¥{row['amount_fen'] / 100:.2f} borne by the {row['bearer']}" for row in extra)
    right = (
        (order["outcome"], order["carrier"]) == ("completed", "ems")
        and made == [("ems", "delivered")]
        and delivered == ["ems"]
        and [row["carrier"] for row in extra] == ["ems"]
    )
    found = f"labels: {', '.join(f'{carrier} {state}' for carrier, state in made) or 'none'}; "
    found += f"delivered as pushed by: {', '.join(delivered) or 'nobody'}; surcharge {bears or 'none'}"
    return [Finding("a remote address goes by EMS, with its surcharge", right, found)]


SCENE = Scene(KEY, "偏远地区", "remote, by EMS", play, check)
