"""The SF adapter against the simulator over HTTP: one label per reference, whatever goes wrong on the way."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.sf import create
from orderhub.adapters.sf.client import CREATE, INTERCEPT, SEARCH, UPDATE, SfClient, SfCredentials
from orderhub.adapters.sf.order_states import read_order_states
from orderhub.adapters.sf.routes import read_push
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Receiver, Region
from orderhub.ports.partners import Interception, ParcelInstruction, RouteEvent
from orderhub.services.accept_webhook_sf import JSON_WORDS, ORDER_STATE_REPLIES
from tests.contract.steered import Steered
from tests.unit.sf_samples import RECEIVER, REFERENCE, SENDER, parcel

SECRET = {
    "partner_id": "BRAND",
    "check_word": "check-word-of-the-tests-~*-00001",
    "month_card": "7551234567",
    "webhook_token": "t",
}


class Carrier(Steered):
    """The simulator, and the client that talks to it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "sf")
        self.client = self.client_of(SECRET)

    def client_of(self, secret: dict[str, str]) -> SfClient:
        return SfClient(self.http, self.url, SfCredentials.of(secret), SENDER)

    def pick_up(self, number: str) -> None:
        self.control("handover", {"waybill_no": number})
        self.advance(5_000)

    def courier(self, number: str, does: str) -> None:
        self.control("courier", {"waybill_no": number, "does": does})

    def order(self) -> Any:
        return self.state()["orders"][REFERENCE]

    def consignee(self) -> Any:
        return self.order()["consignee"]


@pytest.fixture
def sf() -> Iterator[Carrier]:
    settings = {key: SECRET[key] for key in ("partner_id", "check_word", "month_card")}
    with serve(create(settings)) as url:
        carrier = Carrier(url)
        carrier.control("clock", {"speed": 0.001})
        yield carrier
        carrier.close()


def test_a_label_is_bought_with_what_it_prints(sf: Carrier) -> None:
    waybill = sf.client.create(parcel())
    assert waybill.reference == REFERENCE
    assert waybill.number == sf.state()["orders"][REFERENCE]["waybill_no"]
    assert waybill.routing["destRouteLabel"]
    assert waybill.number in waybill.routing["twoDimensionCode"]


@pytest.mark.parametrize("form", ["string", "object"])
def test_what_was_bought_is_found_by_its_reference(sf: Carrier, form: str) -> None:
    sf.switch(result_data=form)
    bought = sf.client.create(parcel())
    assert sf.client.find(REFERENCE) == bought
    assert sf.client.find("youzan-E0-1-1") is None


def test_text_that_other_encoders_get_wrong_is_signed_as_sf_expects(sf: Carrier) -> None:
    receiver = replace(parcel().receiver, phone="138****0001", detail="A~B*C 路+1号 100%&=？", note="~*'()! ")
    assert sf.client.create(parcel(receiver=receiver)).number


@pytest.mark.parametrize("mode", ["return_first", "error_8016"])
def test_the_same_reference_again_is_the_same_label(sf: Carrier, mode: str) -> None:
    sf.switch(duplicate_mode=mode)
    first = sf.client.create(parcel())
    assert sf.client.create(parcel()) == first
    assert sf.state()["labels_issued"] == 1


@pytest.mark.parametrize("again", ["8037", "8253", "8019"])
def test_cancelling_twice_is_cancelling_once(sf: Carrier, again: str) -> None:
    sf.switch(second_cancel_code=again)
    sf.client.create(parcel())
    sf.client.cancel(REFERENCE)
    sf.client.cancel(REFERENCE)
    assert sf.state()["orders"][REFERENCE]["state"] == "cancelled"


@pytest.mark.parametrize("code", ["8037", "8253"])
def test_a_cancelled_reference_is_burned(sf: Carrier, code: str) -> None:
    sf.switch(burned_code=code)
    sf.client.create(parcel())
    sf.client.cancel(REFERENCE)
    with pytest.raises(PartnerRejected) as caught:
        sf.client.create(parcel())
    assert caught.value.code == code
    assert sf.state()["labels_issued"] == 1


def test_after_pickup_a_cancel_is_refused(sf: Carrier) -> None:
    number = sf.client.create(parcel()).number
    sf.pick_up(number)
    with pytest.raises(PartnerRejected):
        sf.client.cancel(REFERENCE)
    assert sf.state()["orders"][REFERENCE]["state"] != "cancelled"


def test_cancelling_what_sf_does_not_know_is_refused(sf: Carrier) -> None:
    with pytest.raises(PartnerRejected) as caught:
        sf.client.cancel(REFERENCE)
    assert caught.value.code == "8018"


def test_an_address_that_sf_does_not_serve_is_refused_now_and_when_looked_for(sf: Carrier) -> None:
    sf.switch(remote=["西藏自治区"])
    given = parcel()
    assert given.order.snapshot is not None
    snapshot = replace(given.order.snapshot, region=Region("西藏自治区", "阿里地区", "札达县"))
    far = ParcelInstruction(REFERENCE, replace(given.order, snapshot=snapshot), given.receiver)
    for ask in (lambda: sf.client.create(far), lambda: sf.client.find(REFERENCE)):
        with pytest.raises(PartnerRejected) as caught:
            ask()
        assert caught.value.code == "filter-3"
    assert sf.state()["labels_issued"] == 0


def test_a_wrong_check_word_is_refused_before_anything_is_done(sf: Carrier) -> None:
    with pytest.raises(PartnerRejected) as caught:
        sf.client_of(SECRET | {"check_word": "another"}).create(parcel())
    assert caught.value.code == "A1006"
    assert sf.state()["orders"] == {}


def test_a_monthly_card_that_sf_does_not_know_is_refused(sf: Carrier) -> None:
    with pytest.raises(PartnerRejected) as caught:
        sf.client_of(SECRET | {"month_card": "1234567890"}).create(parcel())
    assert caught.value.code == "8119"


def test_flow_control_says_when_to_come_back_and_did_nothing(sf: Carrier) -> None:
    sf.fault("rate_limit", CREATE)
    with pytest.raises(PartnerUnavailable) as caught:
        sf.client.create(parcel())
    assert caught.value.unclear is False
    assert caught.value.retry_after_seconds
    assert sf.state()["orders"] == {}


UNCLEAR = pytest.mark.parametrize(
    ("kind", "dial"),
    [
        ("timeout_after", {}),
        ("drop_before", {}),
        ("malformed", {}),
        ("wrong_encoding", {}),
        ("slow", {"ms": 30_000}),
        ("status", {"status": 502}),
        ("status", {"status": 502, "after": True}),
        ("latency", {"ms": 3_000}),
    ],
    ids=lambda value: value if isinstance(value, str) else "after" if value.get("after") else "",
)


@UNCLEAR
def test_an_unclear_create_never_becomes_a_second_label(sf: Carrier, kind: str, dial: dict[str, Any]) -> None:
    sf.fault(kind, CREATE, **dial)
    with pytest.raises(PartnerUnavailable) as caught:
        sf.client.create(parcel())
    assert caught.value.unclear is True
    waybill = sf.client.find(REFERENCE) or sf.client.create(parcel())
    assert waybill.number == sf.state()["orders"][REFERENCE]["waybill_no"]
    assert sf.state()["labels_issued"] == 1


@UNCLEAR
def test_an_unclear_cancel_is_cancelled_when_asked_again(sf: Carrier, kind: str, dial: dict[str, Any]) -> None:
    sf.client.create(parcel())
    sf.fault(kind, UPDATE, **dial)
    with pytest.raises(PartnerUnavailable) as caught:
        sf.client.cancel(REFERENCE)
    assert caught.value.unclear is True
    sf.client.cancel(REFERENCE)
    assert sf.state()["orders"][REFERENCE]["state"] == "cancelled"


def test_a_search_that_fails_is_never_an_absence(sf: Carrier) -> None:
    sf.client.create(parcel())
    sf.fault("status", SEARCH)
    with pytest.raises(PartnerUnavailable):
        sf.client.find(REFERENCE)


@contextmanager
def webhook(
    reply: str = JSON_WORDS.accepted, path: str = "/webhooks/sf/t"
) -> Iterator[tuple[str, queue.Queue[tuple[bytes, str]]]]:
    """A door for SF's pushes, which answers as the hub does: what came in, with its content type."""
    came: queue.Queue[tuple[bytes, str]] = queue.Queue()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            came.put((body, self.headers["content-type"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(reply.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{path}", came
    finally:
        server.shutdown()
        server.server_close()


def test_the_routes_that_sf_pushes_are_read_from_pickup_to_delivery(sf: Carrier) -> None:
    number = sf.client.create(parcel()).number
    with webhook() as (url, came):
        sf.switch(webhook_url=url)
        sf.control("handover", {"waybill_no": number})
        events: list[RouteEvent] = []
        for _ in range(20):
            sf.control("clock", {"advance_ms": 10_000})
            while not came.empty():
                pushed = read_push(*came.get())
                assert pushed.unreadable == ()
                events += pushed.events
            if any(event.kind == "delivered" for event in events):
                break
    assert {(event.waybill_number, event.reference) for event in events} == {(number, REFERENCE)}
    assert list(dict.fromkeys(event.kind for event in events)) == [
        "picked_up", "moving", "out_for_delivery", "delivered",
    ]  # fmt: skip
    assert len({event.event_id for event in events}) == len(events)
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)


@pytest.mark.parametrize("shape", ["envelope", "flat"])
@pytest.mark.parametrize(("form", "is_taken"), [("head", True), ("success", True), ("head", False)])
def test_the_state_of_an_order_is_pushed_read_and_acknowledged(
    sf: Carrier, shape: str, form: str, is_taken: bool
) -> None:
    words = ORDER_STATE_REPLIES[form] if is_taken else ORDER_STATE_REPLIES["success"]
    with webhook(words, "/webhooks/sf/t/order-state") as (url, came):
        sf.switch(order_state_push=True, order_state_url=url, order_state_shape=shape, order_state_reply=form)
        number = sf.client.create(parcel()).number
        sf.advance(400_000)
        body, _ = came.get(timeout=5)
        told = read_order_states(body, 0)
        assert came.empty() is is_taken, "a push that is not acknowledged comes again"
    assert told is not None
    assert [notice.waybill_number for notice in told.notices] == [number]
    assert (told.unexplained, told.unreadable) == ((), ())


# ---- another receiver before pickup ---------------------------------------------------------------

OTHER = Receiver("李四", "13800130002", "世纪大道8号2单元901室")


def test_before_pickup_the_receiver_is_changed_in_place_and_again_is_the_same(sf: Carrier) -> None:
    bought = sf.client.create(parcel())
    for _ in range(2):
        sf.client.update_receiver(parcel(receiver=OTHER))
    shown = sf.consignee()
    assert (shown["contact"], shown["mobile"], shown["address"]) == ("李四", "13800130002", "世纪大道8号2单元901室")
    assert (shown["province"], shown["county"]) == ("上海市", "浦东新区")
    assert sf.state()["labels"][bought.number] == {"order_id": REFERENCE, "live": True, "consignee": shown}
    assert sf.state()["labels_issued"] == 1


@pytest.mark.parametrize("blank", ["keeps", "clears"])
@pytest.mark.parametrize("phone", ["13800130002", "13800130001-1234"])
def test_the_new_phone_is_on_the_label_whatever_an_empty_field_does(sf: Carrier, phone: str, blank: str) -> None:
    sf.switch(blank_field=blank)
    sf.client.create(parcel(receiver=replace(RECEIVER, phone="021-55556666")))
    sf.client.update_receiver(parcel(receiver=replace(OTHER, phone=phone)))
    shown = sf.consignee()
    assert {shown["tel"], shown.get("mobile") or shown["tel"]} == {phone}


def test_the_number_on_the_order_is_used_and_a_wrong_one_changes_nothing(sf: Carrier) -> None:
    number = sf.client.create(parcel()).number
    given = parcel(receiver=OTHER)
    sf.fault("status", SEARCH, times=5)
    sf.client.update_receiver(replace(given, order=replace(given.order, waybill_number=number)))
    assert sf.consignee()["contact"] == "李四"
    with pytest.raises(PartnerRejected) as caught:
        sf.client.update_receiver(replace(parcel(), order=replace(given.order, waybill_number="SF7444999999999")))
    assert caught.value.code == "8017"
    assert sf.consignee()["contact"] == "李四"


def test_an_auto_confirmed_order_that_takes_no_change_can_still_be_cancelled(sf: Carrier) -> None:
    sf.switch(auto_confirmed="8252")
    sf.client.create(parcel())
    with pytest.raises(PartnerRejected) as caught:
        sf.client.update_receiver(parcel(receiver=OTHER))
    assert caught.value.code == "8252"
    assert sf.consignee()["contact"] == "张三"
    sf.client.cancel(REFERENCE)
    assert not any(label["live"] for label in sf.state()["labels"].values())


@pytest.mark.parametrize("mode", ["ok", "once"])
def test_a_change_whose_answer_was_lost_is_done_or_refused_and_never_a_second_label(sf: Carrier, mode: str) -> None:
    sf.switch(auto_confirmed=mode)
    sf.client.create(parcel())
    sf.fault("status", UPDATE, status=502, after=True)
    with pytest.raises(PartnerUnavailable) as caught:
        sf.client.update_receiver(parcel(receiver=OTHER))
    assert caught.value.unclear is True
    if mode == "ok":
        sf.client.update_receiver(parcel(receiver=OTHER))
    else:
        with pytest.raises(PartnerRejected):
            sf.client.update_receiver(parcel(receiver=OTHER))
    assert sf.consignee()["contact"] == "李四"
    assert sf.state()["labels_issued"] == 1


def test_a_label_cancelled_picked_up_or_unknown_takes_no_other_receiver(sf: Carrier) -> None:
    with pytest.raises(PartnerRejected) as unknown:
        sf.client.update_receiver(parcel(receiver=OTHER))
    sf.pick_up(sf.client.create(parcel()).number)
    with pytest.raises(PartnerRejected) as picked_up:
        sf.client.update_receiver(parcel(receiver=OTHER))
    second = f"{REFERENCE[:-1]}2"
    sf.client.create(parcel(second))
    sf.client.cancel(second)
    with pytest.raises(PartnerRejected) as cancelled:
        sf.client.update_receiver(parcel(second, receiver=OTHER))
    assert [caught.value.code for caught in (unknown, picked_up, cancelled)] == ["8018", "8252", "8253"]
    assert sf.consignee()["contact"] == "张三"


# ---- turned on its way ----------------------------------------------------------------------------

ELSEWHERE = Interception("redirect", OTHER, Region("浙江省", "杭州市", "余杭区"))


def on_its_way(sf: Carrier) -> str:
    number = sf.client.create(parcel()).number
    sf.pick_up(number)
    return number


def kinds(sf: Carrier, number: str) -> list[str]:
    return [event.kind for event in sf.client.routes([number])]


@pytest.mark.parametrize("code", ["99", "648", "631"])
def test_a_redirected_parcel_is_turned_and_delivered_at_the_new_address(sf: Carrier, code: str) -> None:
    sf.switch(redirect_code=code)
    number = on_its_way(sf)
    assert sf.client.intercept(number, ELSEWHERE)
    assert sf.consignee()["city"] == "上海市"
    sf.advance(120_000)
    told = kinds(sf, number)
    assert told.index("turned") < told.index("out_for_delivery") < told.index("delivered")
    shown = sf.consignee()
    assert (shown["city"], shown["address"], shown["contact"], shown["mobile"]) == (
        "杭州市", OTHER.detail, "李四", "13800130002",
    )  # fmt: skip
    assert [line["what"] for line in sf.order()["billed"]] == ["freight", "interception", "freight"]


def test_a_returned_parcel_goes_back_to_the_sender(sf: Carrier) -> None:
    number = on_its_way(sf)
    sf.client.intercept(number, Interception("return"))
    sf.advance(120_000)
    assert "turned" in kinds(sf, number)
    assert sf.order()["state"] == "returned"
    assert sf.order()["interceptions"][0]["target"]["address"] == SENDER.detail


@pytest.mark.parametrize(("code", "is_told"), [("99", True), ("", False)])
def test_another_name_or_phone_is_taken_on_the_way(sf: Carrier, code: str, is_told: bool) -> None:
    sf.switch(receiver_code=code)
    number = on_its_way(sf)
    sf.client.intercept(number, Interception("receiver", OTHER))
    sf.advance(120_000)
    assert ("turned" in kinds(sf, number)) is is_told
    assert (sf.consignee()["contact"], sf.consignee()["address"]) == ("李四", RECEIVER.detail)
    assert sf.order()["state"] == "delivered"


def test_an_interception_may_come_to_nothing_and_the_parcel_arrives_where_it_was_going(sf: Carrier) -> None:
    sf.switch(intercept_outcome="fails")
    number = on_its_way(sf)
    sf.client.intercept(number, ELSEWHERE)
    sf.advance(120_000)
    assert "turned" not in kinds(sf, number)
    assert kinds(sf, number)[-1] == "delivered"
    assert sf.consignee()["city"] == "上海市"
    assert [line["what"] for line in sf.order()["billed"]] == ["freight"]


@pytest.mark.parametrize("reply", ["object", "null"])
def test_a_parcel_is_intercepted_once_whatever_sf_says_of_it(sf: Carrier, reply: str) -> None:
    sf.switch(intercept_reply=reply)
    number = on_its_way(sf)
    assert bool(sf.client.intercept(number, ELSEWHERE)) is (reply == "object")
    with pytest.raises(PartnerRejected) as caught:
        sf.client.intercept(number, Interception("return"))
    assert caught.value.code == "8252"
    assert len(sf.order()["interceptions"]) == 1


def test_before_pickup_and_after_delivery_nothing_is_intercepted(sf: Carrier) -> None:
    number = sf.client.create(parcel()).number
    for does in ("", "sign"):
        if does:
            sf.courier(number, does)
        with pytest.raises(PartnerRejected):
            sf.client.intercept(number, ELSEWHERE)
    assert sf.order()["interceptions"] == []


@pytest.mark.parametrize(("dial", "is_asked"), [({"after": True}, True), ({}, False)])
def test_after_a_lost_answer_the_routes_tell_whether_the_parcel_was_turned(
    sf: Carrier, dial: dict[str, Any], is_asked: bool
) -> None:
    number = on_its_way(sf)
    sf.fault("status", INTERCEPT, status=502, **dial)
    with pytest.raises(PartnerUnavailable) as caught:
        sf.client.intercept(number, ELSEWHERE)
    assert caught.value.unclear is True
    sf.advance(6_000)
    assert ("turned" in kinds(sf, number)) is is_asked


def test_a_wish_without_what_it_needs_never_reaches_sf(sf: Carrier) -> None:
    number = on_its_way(sf)
    for wish in (Interception("redirect", OTHER), Interception("receiver"), Interception("redirect")):
        with pytest.raises(PartnerRejected, match="incomplete-wish"):
            sf.client.intercept(number, wish)
    assert sf.order()["interceptions"] == []


def test_routes_are_asked_for_when_pushes_were_lost_and_many_at_once(sf: Carrier) -> None:
    numbers = [sf.client.create(parcel(f"youzan-E{n}-1-1")).number for n in range(12)]
    assert sf.client.routes(numbers) == ()
    sf.courier(numbers[0], "go_out")
    sf.courier(numbers[11], "pick_up")
    told = {number: [e.kind for e in sf.client.routes(numbers) if e.waybill_number == number] for number in numbers}
    assert told[numbers[11]] == ["picked_up"]
    assert told[numbers[0]] == ["picked_up", "moving", "moving", "moving", "out_for_delivery", "out_for_delivery"]
    assert sf.client.routes(["SF7444999999999"], ["0001"]) == ()


def test_a_failed_delivery_is_no_delivery(sf: Carrier) -> None:
    number = sf.client.create(parcel()).number
    for does in ("go_out", "fail"):
        sf.courier(number, does)
    assert kinds(sf, number)[-1] == "exception"
    sf.courier(number, "sign")
    assert kinds(sf, number)[-3:] == ["out_for_delivery", "out_for_delivery", "delivered"]
