"""Labels over the HTTP API: a file for a named person, on the timeline before they have it; refusals that say why."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from functions.labels.handler import handler
from orderhub.adapters.aws.service_client import AwsUnreachable
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.labels.renderer import PdfLabels
from orderhub.domain.label import LabelContent
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcel_of
from orderhub.domain.records import WaybillStatus, WaybillVersion
from orderhub.domain.staff import Role
from orderhub.domain.waybill_content import held_digest
from orderhub.ports.labels import DrawnLabel, LabelFormat
from orderhub.ports.orders import Change
from orderhub.runtime import wiring
from orderhub.runtime.entry import Unplanned
from orderhub.services.label import LabelDesk
from orderhub.services.receiver import seal_receiver
from tests.kit.catalogue import facts_are_catalogued
from tests.kit.console import KEY, People, event, signed_in
from tests.kit.labels import NUMBER, RECEIVER, ROUTING, SENDER, labelled
from tests.kit.orders import ORDER_ID, T0, snapshot
from tests.kit.queue import PlainSeal


class Desk:
    """The function behind API Gateway, over a real table."""

    def __init__(self, client: Any, table: str) -> None:
        self.orders = DynamoOrders(client, table)
        self.renderer = PdfLabels()
        self.senders = {"*": SENDER}
        self.before_commit: Callable[[], object] = lambda: None

    def wired(self) -> LabelDesk:
        return LabelDesk(self.orders, self, PlainSeal(), self.senders, lambda: T0 + 9)

    def render(self, content: LabelContent, form: LabelFormat) -> DrawnLabel:
        drawn = self.renderer.render(content, form)
        self.before_commit()
        return drawn

    def put(self, *, number: str = NUMBER, status: WaybillStatus = WaybillStatus.LIVE, **changes: Any) -> Order:
        sealed = seal_receiver(RECEIVER, PlainSeal())
        known = labelled(**{"snapshot": snapshot(paid=True, sealed=sealed), **changes})
        held = held_digest(known, parcel_of(known, 1))
        version = WaybillVersion(
            1, 1, "sf", f"{ORDER_ID}-1-1", number, "pushed", status, 1, ROUTING, T0, content_digest=held
        )
        return self.orders.commit(Change(None, known, T0, records=(version,) if number else ()))

    def ask(self, file: str = "1.png", query: str = "by=packer07&why=print", order_id: str = ORDER_ID) -> Any:
        path = f"/api/orders/{order_id}/labels/{file}"
        return handler(
            {
                "version": "2.0", "routeKey": "GET /api/orders/{order_id}/labels/{file}", "rawPath": path,
                "rawQueryString": query, "headers": {},
                "queryStringParameters": dict(pair.split("=") for pair in query.split("&")) if query else None,
                "requestContext": {"http": {"method": "GET", "path": path}, "stage": "$default"},
                "body": None, "isBase64Encoded": False,
            },
            None,
        )  # fmt: skip

    def renderings(self) -> list[dict[str, Any]]:
        return [dict(fact.data) for fact in self.orders.facts_of(ORDER_ID) if fact.type == "LabelRendered"]


@pytest.fixture
def desk(table: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk(*table)
    monkeypatch.setattr(wiring, "labels", made.wired)
    monkeypatch.setattr(wiring, "is_allowed", lambda headers: True)
    with facts_are_catalogued():
        yield made


def header(answer: Any, name: str) -> str:
    """API Gateway's format 2.0: one text for each header."""
    return str(answer["headers"][name])


def test_a_label_is_answered_as_a_file_that_nobody_keeps_and_stands_on_the_timeline(desk: Desk) -> None:
    desk.put()
    answer = desk.ask()
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert (header(answer, "Content-Type"), header(answer, "cache-control")) == ("image/png", "no-store")
    assert (header(answer, "x-label-state"), header(answer, "x-label-version")) == ("live", "1")
    image = Image.open(io.BytesIO(base64.b64decode(answer["body"])))
    assert image.size == (800, 1200)
    assert NUMBER in [code.text for code in zxingcpp.read_barcodes(image)]
    assert desk.renderings() == [
        {"fulfillment": 1, "waybill_version": 1, "state": "live", "form": "png",
         "rendered_by": "packer07", "why": "print"}
    ]  # fmt: skip


def test_before_there_is_a_number_it_is_a_preview(desk: Desk) -> None:
    desk.put(number="")
    answer = desk.ask("1.pdf", "by=cs01&why=preview")
    assert base64.b64decode(answer["body"]).startswith(b"%PDF-")
    assert (header(answer, "x-label-state"), header(answer, "x-label-version")) == ("not_issued", "0")
    assert [(r["state"], r["waybill_version"], r["form"]) for r in desk.renderings()] == [("not_issued", 0, "pdf")]


def test_a_held_orders_label_is_not_for_shipping(desk: Desk) -> None:
    desk.put(holds=MappingProxyType({"d": "unhandled_event"}))
    assert header(desk.ask(), "x-label-state") == "held"


def test_an_order_that_is_held_while_its_label_is_drawn_is_drawn_again(desk: Desk) -> None:
    known = desk.put()

    def hold_once() -> None:
        desk.before_commit = lambda: None
        desk.orders.commit(Change(known, replace(known, holds=MappingProxyType({"d": "unhandled_event"})), T0))

    desk.before_commit = hold_once
    assert header(desk.ask(), "x-label-state") == "held"
    assert [rendering["state"] for rendering in desk.renderings()] == ["held"]


def test_nobody_gets_a_label_that_could_not_be_put_on_the_timeline(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put()

    def lost(change: Change) -> Order:
        raise ConnectionError("the table is away")

    monkeypatch.setattr(desk.orders, "commit", lost)
    with pytest.raises(Exception, match="ConnectionError"):
        desk.ask()


@pytest.mark.parametrize(
    ("file", "query", "status", "code"),
    [
        ("1.pdf", "", 422, "bad_request"),
        ("1.pdf", "by=packer07", 422, "bad_request"),
        ("1.pdf", "why=print", 422, "bad_request"),
        ("1.pdf", "by=packer07&why=because", 422, "bad_request"),
        ("1.pdf", "by=%E5%BC%A0%E4%B8%89&why=print", 422, "bad_request"),
        ("1.pdf", "by=packer07&why=print&more=1", 422, "bad_request"),
        ("2.pdf", "by=packer07&why=print", 404, "no_such_parcel"),
        ("0.png", "by=packer07&why=print", 404, "no_such_parcel"),
        ("x.png", "by=packer07&why=print", 404, "no_such_parcel"),
        ("999999999999999999.pdf", "by=packer07&why=print", 404, "no_such_parcel"),
    ],
)
def test_a_wrong_question_is_refused_and_shows_nothing(
    desk: Desk, file: str, query: str, status: int, code: str
) -> None:
    desk.put()
    answer = desk.ask(file, query)
    assert (answer["statusCode"], code in answer["body"]) == (status, True)
    assert RECEIVER.phone not in answer["body"]
    assert desk.renderings() == []


def test_what_cannot_be_labelled_says_why(desk: Desk) -> None:
    assert "no_such_order" in desk.ask(order_id="youzan-E0")["body"]
    desk.put(number="SF 短")
    assert "unprintable_waybill" in desk.ask()["body"]
    desk.senders = {"WH09": SENDER}
    answer = desk.ask()
    assert (answer["statusCode"], "no_sender" in answer["body"], desk.renderings()) == (422, True, [])


def test_a_broken_seal_is_trouble_of_the_hub_and_no_refusal(desk: Desk) -> None:
    desk.put(snapshot=snapshot(paid=True, sealed="sealed by somebody else"))
    with pytest.raises(Unplanned):
        desk.ask()
    assert desk.renderings() == []


@pytest.mark.parametrize("asks", ["by the token", "for the order"])
def test_while_the_table_is_away_a_label_may_be_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    desk.put()

    def away(*_: Any) -> Any:
        raise AwsUnreachable("GetItem: TimeoutError")

    if asks == "by the token":
        monkeypatch.setattr(wiring, "is_allowed", away)
    else:
        monkeypatch.setattr(desk.orders, "load", away)
    answer = desk.ask()
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "2")
    assert json.loads(answer["body"])["error"]["code"] == "unavailable"
    assert desk.renderings() == []


def test_an_order_only_heard_of_has_no_label_yet(desk: Desk) -> None:
    desk.orders.commit(Change(None, Order(ORDER_ID, "youzan", "1", "E1", at={Milestone.PAID.value: T0}), T0))
    assert desk.ask()["statusCode"] == 409


def test_without_the_token_nothing_is_answered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put()
    monkeypatch.setattr(wiring, "is_allowed", lambda headers: False)
    assert desk.ask()["statusCode"] == 401
    assert desk.renderings() == []


# --- in the console --------------------------------------------------------------------------------------------


@pytest.fixture
def people(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> People:
    known = People()
    monkeypatch.setattr(wiring, "staff", lambda: known)
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "orders", lambda: desk.orders)
    monkeypatch.setattr(wiring, "is_allowed", lambda headers: False)
    monkeypatch.setenv("HUB_URL", "http://127.0.0.1:8000")
    return known


def looked(who: str, file: str = "1.png", query: str = "", **headers: str) -> Any:
    cookies = (signed_in(who)[0],) if who else ()
    path = f"/orders/{ORDER_ID}/labels/{file}"
    return handler(event("GET", path, query=query, cookies=cookies, headers=headers), None)


PACKS = (Role.PACKER, Role.OPERATIONS, Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", PACKS)
def test_who_packs_prints_the_label_with_their_session_and_is_on_the_timeline(
    desk: Desk, people: People, role: Role
) -> None:
    desk.put()
    page, picture = (looked(role.value, file, query="by=somebody&why=check") for file in ("1.pdf", "1.png"))
    assert [header(one, "x-label-state") for one in (page, picture)] == ["live", "masked"]
    assert RECEIVER.phone in printed(page)
    assert [(r["rendered_by"], r["why"]) for r in desk.renderings()] == [(role.value, "print")]


def printed(answer: Any) -> str:
    return str(pypdfium2.PdfDocument(base64.b64decode(answer["body"]))[0].get_textpage().get_text_range())


@pytest.mark.parametrize("role", [role for role in Role if role not in PACKS])
def test_who_does_not_pack_sees_the_label_without_its_receiver_and_nothing_to_scan(
    desk: Desk, people: People, role: Role
) -> None:
    note = replace(RECEIVER, note="请放门卫")
    known = snapshot(paid=True, sealed=seal_receiver(note, PlainSeal()), masked_name="张*", has_note=True)
    desk.put(snapshot=known)
    picture, page = (looked(role.value, file) for file in ("1.png", "1.pdf"))
    assert [header(one, "x-label-state") for one in (picture, page)] == ["masked", "masked"]
    assert zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(picture["body"])))) == []
    text = printed(page)
    assert [one for one in (note.name, note.phone, note.detail, note.note, NUMBER) if one in text] == []
    assert [one for one in ("张*", "***", "赠品:智能饮水机滤芯×1", "不可发货") if one not in text] == []
    assert desk.renderings() == []


def test_a_masked_label_of_a_stopped_order_says_what_stops_it(desk: Desk, people: People) -> None:
    desk.put(holds=MappingProxyType({"d": "unhandled_event"}))
    assert header(looked("customer_service"), "x-label-state") == "held"


def test_nobody_sees_a_label_from_another_site_of_another_shop_or_without_a_session(desk: Desk, people: People) -> None:
    desk.put()
    assert looked("")["statusCode"] == 401
    assert looked("packer", **{"sec-fetch-site": "cross-site"})["statusCode"] == 403
    people.known["packer"] = replace(people.known["packer"], shops=("99",))
    assert looked("packer")["statusCode"] == 403
    assert desk.renderings() == []
