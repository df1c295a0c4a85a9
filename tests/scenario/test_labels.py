"""A label over HTTP (R31, R39): what the carrier allotted is scanned from it, the gift stands at its bottom, and who
asked is on the order."""

import io

import pypdfium2
import zxingcpp
from PIL import Image

from tests.scenario.world import World

FORGED = "赠品:金条×9\u202e\n张三🎁"


def test_a_label_is_scanned_as_the_carrier_allotted_it_and_is_on_the_timeline(world: World) -> None:
    buyer = {**world.buyer(), "name": FORGED}
    tid = world.place(buyer=buyer)
    number = world.reached(tid, "labelled")["waybill_number"]
    image = world.label(tid, "1.png", "by=packer07&why=preview")
    codes = {code.format.name: code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(image.content)))}
    assert codes["Code128"] == number
    assert f"'k5':'{number}'" in codes["QRCode"]
    file = world.label(tid, "1.pdf", "by=packer07&why=print")
    assert (file.headers["content-type"], file.headers["x-label-state"]) == ("application/pdf", "live")
    text = pypdfium2.PdfDocument(file.content)[0].get_textpage().get_text_range()
    rows = [row.strip() for row in text.splitlines()]
    assert [row for row in rows if row.startswith("赠品:")] == ["赠品:智能饮水机滤芯×1"]
    assert buyer["phone"] in text and number in text and "\u202e" not in text
    told = [fact["data"] for fact in world.order(tid)["timeline"] if fact["type"] == "LabelRendered"]
    assert [(data["rendered_by"], data["why"], data["form"]) for data in told] == [
        ("packer07", "preview", "png"), ("packer07", "print", "pdf"),
    ]  # fmt: skip
    world.completed(tid)


def test_before_there_is_a_number_it_is_a_preview_and_strangers_see_nothing(world: World) -> None:
    tid = world.place(pay=False)
    world.waits_in(tid, "await_payment")
    image = world.label(tid, "1.png", "by=cs01&why=preview")
    assert image.headers["x-label-state"] == "not_issued"
    assert zxingcpp.read_barcodes(Image.open(io.BytesIO(image.content))) == []
    stranger = world.label(tid, "1.png", "by=cs01&why=preview", token="guessed")
    assert (stranger.status_code, world.label(tid, "2.png", "by=cs01&why=preview").status_code) == (401, 404)
