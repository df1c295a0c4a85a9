"""The EMS adapter against the simulator over HTTP: one label per reference, whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.ems import create
from orderhub.adapters.ems.client import CANCEL, CREATE, FREIGHT, TRACK, EmsClient, EmsCredentials
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Receiver
from orderhub.domain.sender import Sender
from orderhub.ports.partners import CarrierPartner, Interception
from tests.contract.steered import Steered
from tests.unit.sf_samples import REFERENCE, parcel

SECRET = {"sender_no": "1100012345678", "authorization": "tests0123456789a", "sign_key": "dGhlLWtleS1vZi10ZXN0cw=="}
SENDER = Sender("仓库", "13800130000", "浙江省", "杭州市", "余杭区", "仓前街道示例路1号")


class Post(Steered):
    """The simulator, and the client that talks to it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "ems")
        self.client = self.new_client()

    def new_client(self, path: str = "", **changes: str) -> EmsClient:
        """As a new instance of the function has it: it remembers nothing."""
        return EmsClient(self.http, self.url + path, EmsCredentials.of(SECRET | changes), SENDER)

    def order(self) -> Any:
        return self.state()["orders"][REFERENCE]

    def postman(self, number: str, *does: str) -> None:
        for each in does:
            self.control("courier", {"waybill_no": number, "does": each})


@pytest.fixture
def ems() -> Iterator[Post]:
    with serve(create(SECRET)) as url:
        post = Post(url)
        post.control("clock", {"speed": 0.001})
        yield post
        post.close()


def test_it_is_a_carrier_of_the_hub(ems: Post) -> None:
    carrier: CarrierPartner = ems.client
    assert carrier.name == "ems"


@pytest.mark.parametrize(("shape", "body"), [("object", "text"), ("array", "text"), ("object", "object")])
def test_a_label_is_bought_with_its_route_and_found_by_its_reference(ems: Post, shape: str, body: str) -> None:
    ems.switch(answer_shape=shape, body=body)
    waybill = ems.client.create(parcel())
    assert (waybill.reference, waybill.number) == (REFERENCE, ems.order()["waybill_no"])
    assert waybill.routing["routeCode"]
    assert ems.order()["receiver"]["address"] == "人民路1号3栋502室"
    found = ems.new_client().find(REFERENCE)
    assert found is not None
    assert found.number == waybill.number
    assert ems.client.find("youzan-E0-1-1") is None


def test_the_test_address_is_a_whole_one(ems: Post) -> None:
    assert ems.new_client("/amp-prod-api/f/amp/api/test").create(parcel()).number


def test_hostile_text_arrives_as_it_is(ems: Post) -> None:
    text = 'A+B/C=|$4|& 100% 🐱\u202e "}]\\' + "汉" * 300
    ems.client.create(parcel(receiver=replace(parcel().receiver, detail=text)))
    assert ems.order()["receiver"]["address"] == text


@pytest.mark.parametrize("duplicate", ["same", "refused"])
def test_the_same_reference_again_is_the_same_label(ems: Post, duplicate: str) -> None:
    ems.switch(duplicate=duplicate)
    first = ems.client.create(parcel())
    assert ems.new_client().create(parcel()).number == first.number
    assert ems.state()["labels_issued"] == 1


@pytest.mark.parametrize("shows", ["accepted", "no_number"])
def test_a_label_that_is_there_and_not_shown_is_unclear_and_never_a_second_one(ems: Post, shows: str) -> None:
    ems.switch(duplicate="refused", freight_shows=shows)
    ems.client.create(parcel())
    assert ems.client.find(REFERENCE) is None
    with pytest.raises(PartnerUnavailable) as caught:
        ems.client.create(parcel())
    assert caught.value.unclear
    assert ems.state()["labels_issued"] == 1


def test_after_acceptance_a_number_that_is_missing_is_found(ems: Post) -> None:
    ems.switch(freight_shows="accepted")
    number = ems.client.create(parcel()).number
    ems.postman(number, "pick_up")
    found = ems.new_client().find(REFERENCE)
    assert found is not None
    assert found.number == number


@pytest.mark.parametrize("shape", ["object", "array"])
@pytest.mark.parametrize("again", ["refused", "ok"])
def test_cancelling_twice_is_cancelling_once(ems: Post, again: str, shape: str) -> None:
    ems.switch(second_cancel=again, cancel_shape=shape)
    client = ems.new_client(cancel_shape=shape)
    client.create(parcel())
    client.cancel(REFERENCE)
    client.cancel(REFERENCE)
    assert ems.order()["state"] == "cancelled"


@pytest.mark.parametrize("number", ["optional", "needed"])
@pytest.mark.parametrize("shows", ["always", "accepted", "no_number"])
def test_a_new_instance_cancels_by_reference_whatever_ems_shows(ems: Post, number: str, shows: str) -> None:
    ems.switch(cancel_number=number, freight_shows=shows)
    ems.client.create(parcel())
    client = ems.new_client()
    try:
        client.cancel(REFERENCE)
    except PartnerRejected as refused:
        assert refused.code in client.unknown_reference
        client.create(parcel())
        client.cancel(REFERENCE)
    assert ems.order()["state"] == "cancelled"
    assert ems.state()["labels_issued"] == 1


def test_with_its_number_a_cancel_asks_nothing_else(ems: Post) -> None:
    ems.switch(cancel_number="needed", freight_shows="accepted")
    number = ems.client.create(parcel()).number
    ems.fault("status", FREIGHT, times=-1)
    for _ in range(2):
        ems.new_client().cancel(REFERENCE, number)
    assert ems.order()["state"] == "cancelled"


def test_cancelling_what_ems_does_not_know_says_so(ems: Post) -> None:
    with pytest.raises(PartnerRejected) as caught:
        ems.client.cancel(REFERENCE)
    assert caught.value.code in ems.client.unknown_reference


def test_after_acceptance_a_cancel_is_refused(ems: Post) -> None:
    number = ems.client.create(parcel()).number
    ems.postman(number, "pick_up")
    with pytest.raises(PartnerRejected) as caught:
        ems.client.cancel(REFERENCE)
    assert caught.value.code not in ems.client.unknown_reference
    assert ems.state()["labels"][number]["live"]


def test_a_cancelled_reference_is_burned(ems: Post) -> None:
    ems.client.create(parcel())
    ems.client.cancel(REFERENCE)
    with pytest.raises(PartnerRejected) as caught:
        ems.client.create(parcel())
    assert caught.value.code == "cancelled-order"
    ems.switch(burned="same")
    assert ems.client.create(parcel()).number == ems.order()["waybill_no"]
    assert (ems.order()["state"], ems.state()["labels_issued"]) == ("cancelled", 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sign_key": "QUJDREVGR0hJSktMTU5PUA=="}, "B00001"),
        ({"authorization": "another"}, "B00001"),
        ({"sender_no": "1"}, "B00001"),
    ],
)
def test_another_key_code_or_customer_is_refused_before_anything_is_done(
    ems: Post, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(PartnerRejected) as caught:
        ems.new_client(**changes).create(parcel())
    assert caught.value.code == code
    assert ems.state()["orders"] == {}


def test_a_limit_says_when_to_come_back_and_did_nothing(ems: Post) -> None:
    ems.fault("rate_limit", CREATE)
    with pytest.raises(PartnerUnavailable) as caught:
        ems.client.create(parcel())
    assert (caught.value.unclear, caught.value.retry_after_seconds) == (False, 1.0)
    assert ems.state()["orders"] == {}


UNCLEAR = pytest.mark.parametrize(
    ("kind", "dial"),
    [
        ("timeout_after", {}),
        ("drop_before", {}),
        ("malformed", {}),
        ("wrong_encoding", {}),
        ("status", {"status": 502, "after": True}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)


@UNCLEAR
def test_an_unclear_create_never_becomes_a_second_label(ems: Post, kind: str, dial: dict[str, Any]) -> None:
    ems.switch(freight_shows="accepted")
    ems.fault(kind, CREATE, **dial)
    with pytest.raises(PartnerUnavailable) as caught:
        ems.client.create(parcel())
    assert caught.value.unclear
    waybill = ems.client.find(REFERENCE) or ems.client.create(parcel())
    assert waybill.number == ems.order()["waybill_no"]
    assert ems.state()["labels_issued"] == 1


@UNCLEAR
def test_an_unclear_cancel_is_cancelled_when_asked_again(ems: Post, kind: str, dial: dict[str, Any]) -> None:
    number = ems.client.create(parcel()).number
    ems.fault(kind, CANCEL, **dial)
    with pytest.raises(PartnerUnavailable) as caught:
        ems.client.cancel(REFERENCE)
    assert caught.value.unclear
    ems.new_client().cancel(REFERENCE, number)
    assert ems.order()["state"] == "cancelled"


def test_what_ems_does_not_offer_is_refused_with_a_code_of_its_own(ems: Post) -> None:
    number = ems.client.create(parcel()).number
    with pytest.raises(PartnerRejected) as changed:
        ems.client.update_receiver(parcel(receiver=Receiver("李四", "13800130002", "世纪大道8号")))
    with pytest.raises(PartnerRejected) as turned:
        ems.client.intercept(number, Interception("return"))
    assert changed.value.code == turned.value.code == "not-offered"
    assert ems.order()["receiver"]["name"] == "张三"


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_parcel_is_followed_from_acceptance_to_delivery(ems: Post, newest_first: bool) -> None:
    ems.switch(newest_first=newest_first)
    number = ems.client.create(parcel()).number
    ems.postman(number, "go_out", "fail", "sign")
    events = ems.client.routes([number])
    assert [event.kind for event in events] == [
        "picked_up", "moving", "moving", "moving", "out_for_delivery", "exception", "out_for_delivery", "delivered",
    ]  # fmt: skip
    assert {event.waybill_number for event in events} == {number}
    ems.postman(number, "unsign")
    assert [event.kind for event in ems.client.routes([number])][-2:] == ["out_for_delivery", "signature_void"]


def test_a_refused_parcel_turns_and_is_delivered_back(ems: Post) -> None:
    number = ems.client.create(parcel()).number
    ems.postman(number, "go_out", "refuse", "sign")
    kinds = [event.kind for event in ems.client.routes([number])]
    assert kinds.index("turned") < kinds.index("delivered")
    assert ems.order()["state"] == "returned"


@pytest.mark.parametrize("form", ["list", "words", "refused"])
def test_nothing_to_show_is_no_error(ems: Post, form: str) -> None:
    ems.switch(nothing_to_show=form)
    number = ems.client.create(parcel()).number
    assert ems.client.routes([number, "1299999999999"]) == ()


def test_routes_that_fail_are_never_an_empty_way(ems: Post) -> None:
    number = ems.client.create(parcel()).number
    ems.fault("status", TRACK)
    with pytest.raises(PartnerUnavailable):
        ems.client.routes([number])


def test_the_label_of_ems_is_fetched_as_a_pdf(ems: Post) -> None:
    number = ems.client.create(parcel()).number
    assert number.encode() in ems.client.label(number)
    assert ems.client.label(number, "76x130").startswith(b"%PDF-")
    with pytest.raises(PartnerRejected):
        ems.client.label("1299999999999")
