"""The 快递鸟 adapter against the simulator: one label per reference, routes read, pushes signed (R37, R38)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.kuaidiniao import create, wire
from orderhub.adapters.kuaidiniao.client import ASK, CANCEL, CREATE, SUBSCRIBE, KuaidiniaoClient, KuaidiniaoCredentials
from orderhub.adapters.kuaidiniao.mapping import Account
from orderhub.adapters.kuaidiniao.signing import is_signed, signed_text
from orderhub.adapters.kuaidiniao.tracks import read_push
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable, UnreadableMessage
from orderhub.domain.sender import Sender
from tests.contract.simulators.push_listener import Listener
from tests.contract.steered import Steered
from tests.unit.sf_samples import REFERENCE, parcel

SECRET: dict[str, Any] = {
    "business_id": "1237100",
    "app_key": "key-of-the-tests",
    "accounts": {"sf": {"exp_type": 2, "month_code": "7551234567"}},
}
SENDER = Sender("示例仓库", "13800130000", "浙江省", "杭州市", "余杭区", "仓前街道示例路1号")


class Broker(Steered):
    """The simulator, and the client that talks to it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "kuaidiniao")
        self.client = self.client_of(SECRET)

    def client_of(self, secret: dict[str, Any], url: str = "") -> KuaidiniaoClient:
        return KuaidiniaoClient(self.http, url or self.url, KuaidiniaoCredentials.of(secret), SENDER)


@pytest.fixture
def kdn() -> Iterator[Broker]:
    with serve(create({key: SECRET[key] for key in ("business_id", "app_key")})) as url:
        broker = Broker(url)
        yield broker
        broker.close()


@pytest.mark.parametrize("carrier", ["yto", "sf"])
def test_a_label_is_bought_with_what_it_prints(kdn: Broker, carrier: str) -> None:
    bought = kdn.client.create(parcel(), carrier)
    label = kdn.state()["labels"][REFERENCE]
    assert (bought.reference, bought.number, label["shipper"]) == (REFERENCE, label["logistic_code"], carrier.upper())
    assert bought.routing["MarkDestination"]


@pytest.mark.parametrize("success", [True, False])
def test_the_same_reference_again_gives_the_number_whatever_success_says(kdn: Broker, success: bool) -> None:
    kdn.control("config", {"duplicate_success": success})
    first = kdn.client.create(parcel(), "yto")
    assert kdn.client.create(parcel(), "yto") == first
    assert kdn.state()["labels_issued"] == 1


def test_a_duplicate_without_its_number_is_unclear_and_never_absent(kdn: Broker) -> None:
    kdn.control("config", {"duplicate_shows_order": False})
    kdn.client.create(parcel(), "yto")
    with pytest.raises(PartnerUnavailable) as caught:
        kdn.client.create(parcel(), "yto")
    assert caught.value.unclear


@pytest.mark.parametrize(
    ("kind", "dial"),
    [
        ("timeout_after", {}),
        ("malformed", {}),
        ("wrong_encoding", {}),
        ("status", {"after": True}),
        ("drop_before", {}),
    ],
)
def test_p4_an_unclear_create_never_becomes_a_second_label(kdn: Broker, kind: str, dial: dict[str, Any]) -> None:
    kdn.fault(kind, CREATE, **dial)
    with pytest.raises(PartnerUnavailable) as caught:
        kdn.client.create(parcel(), "yto")
    assert caught.value.unclear
    found = kdn.client.create(parcel(), "yto")
    assert found.number == kdn.state()["labels"][REFERENCE]["logistic_code"]
    assert kdn.state()["labels_issued"] == 1


def test_signs_that_are_forbidden_in_a_request_reach_the_label_in_another_form(kdn: Broker) -> None:
    hostile = replace(parcel().receiver, name="O'Neil <b>", detail='A+B"路"1#\\2% &号', note="a%7B+b")
    assert kdn.client.create(parcel(receiver=hostile), "yto").number


def test_no_label_is_asked_of_a_carrier_nobody_knows_or_that_wants_a_postcode(kdn: Broker) -> None:
    for carrier, code in (("pigeon", "shipper-unknown"), ("ems", "postcode-missing")):
        with pytest.raises(PartnerRejected) as caught:
            kdn.client.create(parcel(), carrier)
        assert caught.value.code == code
    assert kdn.sim.get("/_sim/calls").json()["calls"] == []


@pytest.mark.parametrize("changed", [{"app_key": "another"}, {"business_id": "1"}])
def test_another_account_is_refused_before_anything_is_done(kdn: Broker, changed: dict[str, str]) -> None:
    with pytest.raises(PartnerRejected) as caught:
        kdn.client_of({**SECRET, **changed}).create(parcel(), "yto")
    assert caught.value.code == "104"
    assert kdn.state()["labels_issued"] == 0


def test_being_limited_did_nothing_and_says_when_to_come_back(kdn: Broker) -> None:
    kdn.fault("rate_limit", CREATE)
    with pytest.raises(PartnerUnavailable) as caught:
        kdn.client.create(parcel(), "yto")
    assert (caught.value.unclear, bool(caught.value.retry_after_seconds)) == (False, True)


@pytest.mark.parametrize("second", ["105", "100"])
def test_cancelling_twice_is_cancelling_once_and_burns_the_reference(kdn: Broker, second: str) -> None:
    kdn.control("config", {"second_cancel": second})
    bought = kdn.client.create(parcel(), "yto")
    kdn.client.cancel(REFERENCE, "yto", bought.number)
    kdn.client.cancel(REFERENCE, "yto", bought.number)
    with pytest.raises(PartnerRejected):
        kdn.client.create(parcel(), "yto")
    assert kdn.state()["labels"][REFERENCE]["state"] == "cancelled"


def test_after_pickup_a_cancel_is_refused(kdn: Broker) -> None:
    number = kdn.client.create(parcel(), "yto").number
    kdn.control("trace", {"shipper": "YTO", "waybill_no": number, "code": "1"})
    with pytest.raises(PartnerRejected):
        kdn.client.cancel(REFERENCE, "yto", number)
    kdn.fault("timeout_after", CANCEL)
    with pytest.raises(PartnerUnavailable):
        kdn.client.cancel(REFERENCE, "yto", number)


def test_a_parcels_way_is_asked_for_by_number_and_by_the_phones_tail_where_it_must(kdn: Broker) -> None:
    assert list(kdn.client.track(REFERENCE, "zto", "757000000001")) == []
    for code in ("1", "202", "404"):
        kdn.control("trace", {"shipper": "ZTO", "waybill_no": "757000000001", "code": code})
    events = kdn.client.track(REFERENCE, "zto", "757000000001")
    assert [(e.kind, e.carrier, e.reference) for e in events] == [
        (kind, "zto", REFERENCE) for kind in ("picked_up", "out_for_delivery", "turned")
    ]
    with pytest.raises(PartnerRejected):
        kdn.client.track(REFERENCE, "sf", "SF7444000000001")
    assert list(kdn.client.track(REFERENCE, "sf", "SF7444000000001", "0001")) == []
    kdn.fault("malformed", ASK)
    with pytest.raises(PartnerUnavailable):
        kdn.client.track(REFERENCE, "zto", "757000000001")


def test_the_sandboxes_gateway_takes_every_instruction_at_one_address(kdn: Broker) -> None:
    client = kdn.client_of(SECRET, f"{kdn.url}/kdniaosandbox/gateway/exterfaceInvoke.json")
    assert client.create(parcel(), "yto").number
    with pytest.raises(PartnerRejected):
        client.subscribe(REFERENCE, "zto", "757000000001")  # 8008 is not there


@pytest.mark.parametrize("form", [{}, {"push_type": "101"}, {"push_twice": True}])
def test_what_was_subscribed_to_is_pushed_and_read(kdn: Broker, form: dict[str, Any]) -> None:
    hub = Listener()
    kdn.control("config", {**form, "webhook_url": f"{hub.url}/webhooks/kuaidiniao"})
    for _ in range(2):
        kdn.client.subscribe(REFERENCE, "zto", "757000000001")
    for code in ("1", "301"):
        kdn.control("trace", {"shipper": "ZTO", "waybill_no": "757000000001", "code": code})
    bodies = hub.waited_for(2)
    hub.close()
    assert kdn.state()["subscriptions"]["757000000001"]["times"] == 2
    assert all(is_signed(*signed_text(body), [SECRET["app_key"]]) for body in bodies)
    read = [read_push(body) for body in bodies]
    events = [event for push in read for event in push.events]
    assert [event.kind for event in events] in (["picked_up", "picked_up", "delivered"], ["picked_up", "delivered"])
    assert {(event.waybill_number, event.reference) for event in events} == {("757000000001", REFERENCE)}
    kdn.fault("status", SUBSCRIBE)
    with pytest.raises(PartnerUnavailable):
        kdn.client.subscribe(REFERENCE, "zto", "757000000001")


def item(**changes: Any) -> dict[str, Any]:
    traces = [{"AcceptTime": "2026-11-20 10:00:00", "AcceptStation": "已揽收", "Action": "1"}]
    return {"ShipperCode": "SF", "LogisticCode": "SF1", "OrderCode": "r", "State": "1", "Traces": traces, **changes}


def pushed(*items: Any) -> bytes:
    return wire.pushed(json.dumps({"Data": list(items)}), "k", "102", twice=False)


@pytest.mark.parametrize(
    "damaged",
    [
        item(LogisticCode=""),
        item(ShipperCode=None),
        item(Traces="x"),
        item(Traces=["x"]),
        item(Traces=[{"AcceptTime": "yesterday", "Action": "1"}]),
        item(Traces=[{"AcceptTime": "2026-11-20 10:00:00", "Action": "<1>"}]),
        "no object",
    ],
)
def test_a_damaged_parcel_spoils_no_other_in_its_push(damaged: Any) -> None:
    read = read_push(pushed(damaged, item()))
    assert [event.kind for event in read.events] == ["picked_up"]
    assert len(read.unreadable) == 1


@pytest.mark.parametrize(
    "body", [b"", b"RequestData=%7B", b"RequestData=[]", b"RequestData=%ff", pushed() + b"%", b"a" * 99]
)
def test_what_is_no_push_is_unreadable_unless_it_is_empty(body: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        read_push(body)


def test_codes_that_the_sheet_does_not_explain_are_unknown_and_nothing_more() -> None:
    (event,) = read_push(pushed(item(State="99", Traces=[{"AcceptTime": "2026-11-20 10:00:00"}]))).events
    assert (event.kind, event.code, event.carrier) == ("unknown", "99", "sf")


def test_an_account_shows_no_key() -> None:
    assert "key" not in repr(KuaidiniaoCredentials.of(SECRET))
    assert Account().pay_type == 3
