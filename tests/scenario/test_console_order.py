"""The order page in a browser: customer service finds a held order, reads why and changes its address; a buyer changes
one by a link on a phone (R6, R15, R42)."""

from __future__ import annotations

import httpx

from tests.scenario.screen import PHONE, Screens
from tests.scenario.waiting import until
from tests.scenario.world import TOKEN, World

UNKNOWN = {"sku": "NO-SUCH-SKU", "title": "<script>document.title='hacked'</script>", "price_fen": 100, "num": 1}
PASTED = "张三 13800130077 浙江省宁波市海曙区演示街8号2幢301室"


def test_customer_service_finds_a_held_order_reads_why_and_changes_its_address(world: World, screens: Screens) -> None:
    tid = world.place(UNKNOWN)
    world.held(tid, "stock_mismatch")
    until(lambda: world.get(f"find?q={tid}")["orders"], "the read side knows it")
    with screens.at("cs01") as screen:
        page = screen.open("/orders")
        page.keyboard.press("/")
        page.keyboard.type(tid)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/orders/youzan-{tid}")
        assert "库存池不足" in page.inner_text("#head")
        assert "处理: 库存不匹配" in page.inner_text("#head")
        assert screen.faults() == []
        page.click("nav.actions >> text=改址 >> nth=0")
        page.fill("textarea[name=pasted]", PASTED)
        page.click("button[value=preview]")
        page.wait_for_selector(".told")
        assert "演示街" in page.inner_text(".parts")
        assert page.input_value("input[name=detail]") == "演示街8号2幢301室"
        assert world.changes(tid) == []
        assert screen.faults() == []
        page.click("button[value=confirm]")
        page.wait_for_url("**/orders/youzan-*")
        change = world.changed(tid, "brought")
        assert (change["by"], change["source"]) == ("cs01", "customer_service")
        until(lambda: "宁波市 海曙区" in page.inner_text(".systems"), "the open page follows")
        assert "全部已知" in page.inner_text("#address-changes")
        page.click("nav.actions >> text=查看收件人")
        page.check("input[value=call_buyer]")
        page.click("main button.primary")
        assert "13800130077" in page.inner_text("[data-person]")
        page.goto(f"/orders/youzan-{tid}/label")
        assert "收件人已隐去" in page.inner_text("main")
        width = "document.querySelector('img.label').naturalWidth"
        assert until(lambda: page.evaluate(width), "the label is drawn for the session") == 800
    timeline = [(fact["type"], fact["data"].get("revealed_by")) for fact in world.order(tid)["timeline"]]
    assert ("PersonalDataRevealed", "cs01") in timeline
    assert "LabelRendered" not in dict(timeline)


def test_a_buyer_changes_the_address_by_a_link_on_a_phone(world: World, screens: Screens) -> None:
    with world.wms.switched(audit_ms=3_600_000):
        tid = world.place()
        world.reached(tid, "labelled")
        headers = {"authorization": f"Bearer {TOKEN}"}
        path = f"{screens.origin}/api/orders/youzan-{tid}/buyer-link"
        url = httpx.post(path, json={"by": "cs01"}, headers=headers, trust_env=False).json()["url"]
        with screens.at("", PHONE) as screen:
            page = screen.open(url[url.index("/b/") :])
            assert page.locator(".window b").inner_text().startswith(("1:", "2:"))
            assert not screen.is_wider_than_the_window()
            assert screen.faults() == []
            page.fill("textarea[name=pasted]", PASTED)
            page.click("button[value=preview]")
            assert "免费" in page.inner_text(".consequence")
            assert not screen.is_wider_than_the_window()
            assert screen.faults() == []
            page.click("button[value=confirm]")
            page.wait_for_selector("[data-asked]")
            assert page.locator("form").count() == 0
        change = world.changed(tid, "brought")
    assert (change["by"], change["source"], change["way"]) == ("buyer", "buyer_page", "reissue")
    assert world.labels(tid)[-1]["consignee"]["address"].endswith("演示街8号2幢301室")
