"""The pages worth a photograph: who looks, at which address, and what is done there before."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from local.stories.open_day import OpenDay
from local.stories.world import Placed, World

BAD_ROWS = """编号,省 [region.province],承运商 [out:carrier],附加费(元) [out:surcharge_fen],附加费承担方 [out:bearer]
remote,西藏,EMS,十五,品牌
usual,,顺丰,0,品牌
far,青海,韵达,1,品牌
"""
PASTED = "张三 13800138200 浙江省宁波市海曙区演示街8号5幢1002室"
GIFT = {"main_sku": "ZP-2026-02", "least": "599", "code": "FP-001", "name": "智能饮水机滤芯"}


@dataclass(frozen=True)
class Shot:
    """A page as one person sees it. ``acts``: what is done on it before; ``staff_id`` empty: nobody signed in."""

    name: str
    staff_id: str
    path: str
    acts: Callable[[Page], object] | None = None
    scheme: str = "light"
    language: str = "zh"


def shots(world: World, day: OpenDay) -> Iterator[Shot]:
    """Every page, in the order of the rail; then the states that no day shows by itself."""
    held, moved, gift = (f"/orders/{placed.order_id}" for placed in (day.held, day.moved, day.gift))
    card = next(row for row in world.hub.decisions() if row["order_id"] == day.held.order_id)
    yield Shot("sign-in", "", "/sign-in")
    yield Shot("health", "boss01", "/health")
    yield Shot("health-dark", "boss01", "/health", scheme="dark")
    yield Shot("health-english", "boss01", "/health", language="en")
    yield Shot("health-charts", "boss01", "/health", lambda page: page.click("#large summary"))
    yield Shot("decisions", "cs01", f"/decisions?card={card['decision_id']}")
    yield Shot("decisions-dark", "cs01", "/decisions", scheme="dark")
    yield Shot("decisions-bulk", "cs01", f"/decisions?card={card['decision_id']}", _bulk)
    yield Shot("orders", "cs01", "/orders")
    yield Shot("find", "cs01", "/find?q=8104")
    yield Shot("order-held", "cs01", held)
    yield Shot("order-moved", "cs01", f"{moved}?one=pushed-1-1&other=pushed-1-2")
    yield Shot("order-moved-english", "cs01", moved, language="en")
    yield Shot("order-money", "fin01", f"/orders/{_richest(world).order_id}")
    yield Shot("order-run", "ops01", f"{moved}/execution")
    yield Shot("order-address", "cs01", f"{gift}/address", _paste)
    yield Shot("order-reveal", "cs01", f"{gift}/reveal")
    yield Shot("order-label", "cs01", f"{gift}/label", _see_label)
    yield Shot("packing", "pack01", "/packing", lambda page: _wave(page, world, day))
    yield Shot("packing-right", "pack01", "/packing", lambda page: _scan(page, world, day))
    yield Shot("packing-wrong", "pack01", "/packing", lambda page: _scan(page, world, day, "LX-999"))
    yield Shot("shipping-list", "pack01", "/shipping-list")
    yield Shot("rules", "ops01", "/rules")
    yield Shot("rules-gifts", "ops01", "/rules/gifts")
    yield Shot("rules-gift-new", "ops01", "/rules/gifts/0/new", _write_gift)
    yield Shot("rules-interception", "ops01", "/rules/interception")
    yield Shot("tables", "ops01", "/tables")
    yield Shot("tables-carrier", "ops01", "/tables/carrier")
    yield Shot("tables-import", "ops01", "/tables/carrier/0/import", _import)
    yield Shot("tables-window", "ops01", "/tables/address_change")
    yield Shot("inspection", "boss01", "/inspection")
    yield Shot("staff", "admin01", "/staff")
    yield Shot("buyer", "", _link(world, day.gift))
    yield Shot("buyer-preview", "", _link(world, day.gift), _paste)
    yield Shot("no-permission", "pack01", "/health")
    yield Shot("not-found", "cs01", "/orders/youzan-E0")


def _richest(world: World) -> Placed:
    """The finished order with the longest timeline."""
    done = [placed for placed in world.placed if placed.ends == "completed"][:40]
    return max(done, key=lambda placed: len(world.hub.order(placed.order_id)["timeline"]))


def _link(world: World, placed: Placed) -> str:
    """The signed link of the buyer's page, without its origin."""
    url = world.hub.buyer_link(placed.order_id, "cs01")
    return url[url.index("/b/") :]


def _bulk(page: Page) -> None:
    page.locator(".rows li").first.wait_for()
    page.keyboard.press("x")
    page.get_by_role("button", name="批量处理所选").click()


def _paste(page: Page) -> None:
    page.fill("textarea[name=pasted]", PASTED)
    page.click("button[value=preview]")
    page.wait_for_selector(".consequence")


def _see_label(page: Page) -> None:
    page.wait_for_function("document.querySelector('img.label')?.naturalWidth > 0")


def _wave(page: Page, world: World, day: OpenDay) -> str:
    number = str(world.hub.order(day.gift.order_id)["waybill_number"])
    page.locator("#wave .tail", has_text=number).wait_for()
    page.locator("body[data-line=moving]").wait_for()
    return number


def _scan(page: Page, world: World, day: OpenDay, then: str = "") -> None:
    """As a scanner does: fast keys and Enter."""
    for code in (_wave(page, world, day), then):
        if code:
            page.keyboard.type(code)
            page.keyboard.press("Enter")


def _write_gift(page: Page) -> None:
    for name, text in GIFT.items():
        page.fill(f"#f-{name}", text)
    page.select_option("#f-place", "面单右上角")
    page.click("text=先回测, 不保存")
    page.wait_for_selector("#bench .figures")


def _import(page: Page) -> None:
    page.set_input_files(
        "input[name=file]", {"name": "carrier.csv", "mimeType": "text/csv", "buffer": BAD_ROWS.encode("gb18030")}
    )
    page.click("text=检查并存为草稿")
    page.wait_for_selector(".problems")
