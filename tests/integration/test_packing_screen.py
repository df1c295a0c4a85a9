"""The packing station in a browser, without a hub around it: camera, sound, barcodes, browsers that lack something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from local.browser import browser
from tests.kit.camera import film
from tests.kit.console import signed_in
from tests.kit.packing import NUMBER, Station, serve_pages, served

SKU, EAN = "ZP-2026-01", "6900000388655"
OTHER_SKU, OTHER_EAN = "ZP-2026-02", "6900000533239"
GIFT_EAN = "6900000423394"
PHONE = {"width": 390, "height": 844}
WECOM = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 wxwork/4.1.20 MicroMessenger/7.0.1"

type Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose camera sees the label, then the product's own barcode, over and over."""
    seen = film(tmp_path_factory.mktemp("camera") / "seen.y4m", NUMBER, EAN)
    with browser(f"--use-file-for-fake-video-capture={seen}") as started:
        yield started


@pytest.fixture
def station(table: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> Station:
    made = Station(*table)
    serve_pages(made, monkeypatch)
    return made


@pytest.fixture
def opened(chromium: Browser, station: Station) -> Iterator[Open]:
    """Opens the station on a packer's phone; ``script`` runs before the page's own."""
    with served() as origin:

        @contextmanager
        def at(script: str = "", **how: Any) -> Iterator[Page]:
            context = chromium.new_context(viewport=PHONE, locale="zh-CN", base_url=origin, **how)  # type: ignore[arg-type]
            context.set_default_timeout(60_000)
            name, _, value = signed_in("packer")[0].partition("=")
            context.add_cookies([{"name": name, "value": value, "url": origin}])
            if script:
                context.add_init_script(script)
            page = context.new_page()
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto("/packing")
            try:
                yield page
                assert faults == []
            finally:
                context.close()

        yield at


def scan(page: Page, code: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def ready(page: Page, parcels: int = 1) -> Page:
    page.locator("body[data-line=moving]").wait_for()
    page.locator("#count", has_text=str(parcels)).wait_for()
    return page


def prompts(page: Page, words: str) -> None:
    page.locator("#prompt", has_text=words).wait_for()


# --- camera -----------------------------------------------------------------------------------------------------

BY_NAME_ONLY = "window.BarcodeDetector = class { static async getSupportedFormats() { return []; } };"
FAILS = """window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["code_128", "ean_13"]; }
  async detect() { throw new DOMException("no service", "NotSupportedError"); }
};"""


@pytest.mark.parametrize("script", ["", FAILS], ids=["no detector", "one that fails at work"])
def test_the_camera_reads_the_label_and_the_product_once_each(station: Station, opened: Open, script: str) -> None:
    station.put_lines((SKU, EAN))
    with opened(script) as page:
        ready(page)
        assert page.evaluate("typeof window.ZXing") == "undefined"  # loaded when the camera is opened, not before
        page.get_by_role("button", name="用摄像头扫").click()
        page.locator("#number", has_text=NUMBER).wait_for()
        page.locator("#items .has").wait_for()
        prompts(page, "放赠品")
        assert page.locator("#items .pieces").inner_text() == "1/1"
        page.get_by_role("button", name="赠品已放").click()
        prompts(page, f"已打包 {NUMBER}")
        assert page.evaluate("document.getElementById('view').srcObject.active")
        page.evaluate("Object.defineProperty(document, 'hidden', {value: true})")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.locator("body[data-camera=closed]").wait_for()
        assert page.evaluate("document.getElementById('view').srcObject") is None
        assert "摄像头已关" in page.inner_text("#camera-why")


def test_a_camera_that_does_not_open_says_why_and_what_to_do(opened: Open) -> None:
    refuses = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', window.reason); };"
    with opened(refuses) as page:
        for reason, words in (
            ("NotAllowedError", "没有允许"), ("NotFoundError", "没有找到"),
            ("NotReadableError", "别的程序"), ("Odd", "Odd"),
        ):  # fmt: skip
            page.evaluate(f"reason = '{reason}'")
            page.get_by_role("button", name="用摄像头扫").click()
            page.locator("#camera-why", has_text=words).wait_for()
            assert (page.locator("#camera").is_enabled(), page.locator("#view").is_visible()) == (True, False)


SIGHTINGS = """() => {
  const isScan = PackingCamera.sightings();
  return [["A", 0], ["A", 100], ["A", 200], ["B", 300], ["A", 400], ["A", 500], ["B", 600], ["B", 700], ["", 800],
          ["A", 1900], ["", 2000], ["A", 3500], ["A", 3600]].filter(([code, now]) => isScan(code, now));
}"""


def test_a_code_in_sight_is_one_scan_until_it_has_been_out_of_sight(opened: Open) -> None:
    with opened() as page:
        assert page.evaluate(SIGHTINGS) == [["A", 100], ["B", 700], ["A", 3600]]


# --- sound ------------------------------------------------------------------------------------------------------

LISTENS = """window.heard = [];
const made = BaseAudioContext.prototype.createOscillator, said = SpeechSynthesis.prototype.speak;
BaseAudioContext.prototype.createOscillator = function () {
  const wave = made.call(this), start = wave.start;
  wave.start = (at) => { heard.push(wave.frequency.value); return start.call(wave, at); };
  return wave;
};
SpeechSynthesis.prototype.speak = function (words) {
  if (words.volume) heard.push(`${words.lang} ${words.text}`);
  return said.call(this, words);
};"""


def heard(page: Page) -> list[Any]:
    """What was asked of the loudspeaker since the last look: tones in Hz, and words."""
    return list(page.evaluate("heard.splice(0)"))


def tones(sounds: list[Any]) -> list[float]:
    return [one for one in sounds if not isinstance(one, str)]


def words(sounds: list[Any]) -> list[str]:
    return [one for one in sounds if isinstance(one, str)]


def test_right_is_high_wrong_is_low_a_stop_alarms_and_a_gift_is_spoken_once(station: Station, opened: Open) -> None:
    station.put_lines((SKU, EAN))
    with opened(LISTENS) as page:
        ready(page)
        assert "点一下打开声音" in page.inner_text("#sound")
        page.keyboard.press("Shift")
        page.locator("body[data-sound=on]").wait_for()
        assert not page.locator("#sound").is_visible()
        scan(page, NUMBER)
        prompts(page, "扫商品")
        right = heard(page)
        assert (min(tones(right)) > 800, words(right)) == (True, ["zh-CN 赠品, 智能饮水机滤芯, 1 件, 贴面单右上角"])
        scan(page, "ZP-NOT-THIS")
        prompts(page, "拿错了")
        wrong = heard(page)
        assert (max(tones(wrong)) < 200, words(wrong)) == (True, ["zh-CN 停, 拿错了"])
        page.get_by_role("button", name="已取出").click()
        page.get_by_role("button", name="放下这一单").click()
        heard(page)
        scan(page, NUMBER)
        scan(page, EAN)
        prompts(page, "放赠品")
        assert words(heard(page)) == []
        page.locator("body[data-unsynced='0']").wait_for()
        station.change(station.now_known(), holds={"d": "rule_hold"})
        page.locator("#stop[open]").wait_for()
        stop = heard(page)
        assert (sorted(set(tones(stop))), words(stop)) == ([370, 740], ["zh-CN 停! 订单冻结, 等决定"])


def test_the_first_tap_turns_the_sound_on_and_moves_nothing_under_the_finger(station: Station, opened: Open) -> None:
    station.put_lines((SKU, EAN))
    with opened() as page:
        ready(page)
        page.locator("#sound", has_text="点一下打开声音").wait_for()
        button = page.locator("#camera")
        before = button.bounding_box()
        assert before is not None
        page.mouse.move(before["x"] + before["width"] / 2, before["y"] + 2)
        page.mouse.down()
        page.locator("body[data-sound=on]").wait_for()
        assert (page.locator("#sound").is_visible(), page.locator("#who").is_visible()) == (False, True)
        assert button.bounding_box() == before
        page.mouse.up()
        page.locator("body[data-camera=open]").wait_for()


# --- barcodes ---------------------------------------------------------------------------------------------------


def test_a_barcode_that_one_order_names_finds_its_product_in_every_parcel_and_the_gift(
    station: Station, opened: Open
) -> None:
    station.put(1)  # the shop said no barcode of it
    station.put_lines((SKU, EAN), ("FP-001", GIFT_EAN), number=2)
    with opened() as page:
        ready(page, 2)
        scan(page, "SF7555500000001")
        scan(page, EAN)
        prompts(page, "放赠品")
        scan(page, GIFT_EAN)
        prompts(page, "已打包 SF7555500000001")


def test_a_barcode_of_two_products_is_asked_about_and_never_guessed(station: Station, opened: Open) -> None:
    station.put_lines((SKU, EAN))
    station.put_lines((OTHER_SKU, EAN), number=1)
    with opened() as page:
        ready(page, 2)
        scan(page, EAN)
        prompts(page, "先扫面单")
        scan(page, NUMBER)
        scan(page, EAN)
        prompts(page, "手上是哪一种")
        assert page.locator("#items .pieces").inner_text() == "0/1"
        page.get_by_role("button", name=OTHER_SKU).click()
        prompts(page, "拿错了")
        page.get_by_role("button", name="已取出").click()
        scan(page, EAN)
        page.get_by_role("button", name=f"{SKU}", exact=False).click()
        prompts(page, "放赠品")


def test_a_wrong_item_says_what_was_scanned_and_what_the_parcel_needs(station: Station, opened: Open) -> None:
    station.put_lines((SKU, EAN))
    station.put_lines((OTHER_SKU, OTHER_EAN), number=1)
    with opened() as page:
        ready(page, 2)
        scan(page, NUMBER)
        scan(page, OTHER_EAN)
        prompts(page, "拿错了")
        why = page.inner_text("#why")
        assert (f"商品 {OTHER_SKU}" in why, f"商品 {SKU} ×1" in why) == (True, True)
        page.get_by_role("button", name="已取出").click()
        scan(page, "6909999999999")
        page.locator("#why", has_text="6909999999999").wait_for()


MEANINGS = """() => {
  const item = (sku, ...codes) => ({sku, quantity: 1, name: sku, codes: [sku, ...codes]});
  const items = [item("A", "0123456789012"), item("G")];
  const gifts = [{code: "G", name: "G", quantity: 1}];
  const parcel = {order_id: "1", parcel: 1, waybill_number: "W1", is_changed: false, items, gifts};
  let at = null;
  return ["w1", "123456789012", "g", "G", "g"].map((code) => {
    const done = PackingLogic.scan(at, code, [parcel]);
    at = done.at;
    return done.said;
  });
}"""


def test_a_piece_goes_to_its_line_then_to_the_gift_of_the_same_product_and_is_then_one_too_many(opened: Open) -> None:
    with opened() as page:
        assert page.evaluate(MEANINGS) == ["label", "item", "item", "gift", "too_many"]


# --- browsers that lack something -------------------------------------------------------------------------------

LACKS = """
for (const name of ["serviceWorker", "mediaDevices"]) delete Navigator.prototype[name];
for (const name of ["speechSynthesis", "SpeechSynthesisUtterance", "AudioContext"]) delete window[name];
for (const name of ["showModal", "close"]) delete HTMLDialogElement.prototype[name];
delete Crypto.prototype.randomUUID;
delete AbortSignal.timeout;
"""


def test_a_browser_that_lacks_much_says_so_and_packs_on(station: Station, opened: Open) -> None:
    station.put_lines((SKU, EAN))
    other = station.put_lines((OTHER_SKU, OTHER_EAN), number=1)
    with opened(LACKS, user_agent=WECOM) as page:
        ready(page, 2)
        said = page.inner_text("#limits")
        lacks = ("断网时别关", "不能用摄像头", "没有提示音", "不会念赠品", "用浏览器打开")
        assert [one for one in lacks if one not in said] == []
        assert page.locator("#camera").is_disabled()
        page.context.set_offline(True)
        page.locator("#line", has_text="离线, 别关页面").wait_for()
        scan(page, NUMBER)
        scan(page, EAN)
        page.keyboard.press("Space")
        prompts(page, "已打包")
        page.locator("body[data-unsynced='1']").wait_for()
        page.context.set_offline(False)
        page.locator("body[data-unsynced='0']").wait_for()
        assert len(station.facts("ParcelPacked")) == 1
        scan(page, "SF7555500000001")
        station.change(other, holds={"d": "rule_hold"})
        page.locator("#stop[open]").wait_for()
        box = page.locator("#stop").bounding_box()
        assert box is not None
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, PHONE["width"], PHONE["height"])
        page.get_by_role("button", name="知道了").click()
        assert not page.locator("#stop").is_visible()


def test_a_browser_that_keeps_nothing_packs_nothing(opened: Open) -> None:
    with opened("Object.defineProperty(window, 'indexedDB', {value: undefined});") as page:
        prompts(page, "不能保存打包结果")


def test_without_a_connection_the_camera_still_finds_its_decoder(station: Station, opened: Open) -> None:
    station.put_lines((SKU, EAN))
    with opened(BY_NAME_ONLY) as page:
        ready(page)
        page.locator("body[data-offline=ready]").wait_for()
        page.reload()  # now the worker answers for the page
        ready(page)
        page.context.set_offline(True)
        page.locator("#line", has_text="离线, 照常打包").wait_for()
        page.get_by_role("button", name="用摄像头扫").click()
        page.locator("#number", has_text=NUMBER).wait_for()
