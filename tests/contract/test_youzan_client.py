"""The Youzan adapter against the simulator over HTTP: reading, shipping, keys, tokens, and its faults."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.youzan import create
from orderhub.adapters.youzan.client import PAGE_SIZE, YouzanClient
from orderhub.adapters.youzan.crypto import PersonalDataKeys
from orderhub.adapters.youzan.mapping import read_detail
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Milestone
from tests.contract.steered import Steered
from tests.unit.youzan_samples import DIGEST, SEAL

APP = {"client_id": "f0e1d2c3b4a5968778", "client_secret": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"}
SHOP = "12345678"
WAYBILL = "SF7444000012345"
HOUR = 3_600_000
BUYER = {"name": "张三", "phone": "13800138001", "province": "浙江省", "city": "杭州市",
         "district": "西湖区", "detail": "测试路1号"}  # fmt: skip
LINES = [{"sku": "ZP-2026-01", "title": "宠物智能喂食器", "price_fen": 15000, "num": 2},
         {"sku": "FP-001", "title": "滤芯", "price_fen": 990, "num": 1, "is_gift": True}]  # fmt: skip
NEW_ORDER: dict[str, Any] = {"lines": LINES, "buyer": BUYER, "freight_fen": 1000, "discount_fen": 2000}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Shop(Steered):
    """The simulator, and the client that talks to it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "youzan")
        self.client = self.client_of([APP])

    def client_of(self, apps: list[dict[str, str]], **options: Any) -> YouzanClient:
        options = {"sender_mobile": "13800138009", **options}
        return YouzanClient(str(self.sim.base_url), {"apps": apps}, self.http, now_ms, **options)

    def place(self, **wishes: Any) -> str:
        return str(self.control("orders", {**NEW_ORDER, **wishes})["tid"])

    def place_many(self, count: int) -> list[str]:
        return [one["tid"] for one in self.control("orders", [NEW_ORDER] * count)]

    def truth(self, tid: str) -> Any:
        return self.state()["orders"][tid]

    def updated(self) -> list[str]:
        now = now_ms() + 2000
        return [tid_of(body) for body in self.client.updated_orders(SHOP, now - HOUR, now)]


def tid_of(body: bytes) -> str:
    return str(json.loads(body)["full_order_info"]["order_info"]["tid"])


@pytest.fixture
def youzan() -> Iterator[Shop]:
    with serve(create({"replica_lag_ms": 0})) as url:
        shop = Shop(url)
        yield shop
        shop.http.close()


CONFIRM = "youzan.logistics.online.confirm"
DETAIL = "youzan.trade.get"
SEARCH = "youzan.trades.sold.get"


# ---- reading -----------------------------------------------------------------------------------------------


def test_an_order_read_from_the_shop_is_understood(youzan: Shop) -> None:
    tid = youzan.place()
    body = youzan.client.read_order(SHOP, tid)
    assert body is not None
    keys = PersonalDataKeys({SHOP: youzan.client.decryption_keys(SHOP)})
    seen = read_detail(body, now_ms(), keys.decrypt, SEAL, DIGEST)
    assert seen.snapshot is not None
    assert (seen.shop_id, seen.platform_id, Milestone.PAID in seen.milestones) == (SHOP, tid, True)
    assert seen.snapshot.phone_digest == "phone:13800138001"
    assert [x.payable_fen for x in seen.snapshot.lines] == [28000, 0]
    assert (seen.snapshot.amounts.payable_fen, seen.snapshot.amounts.paid_fen) == (29000, 29000)


def test_the_same_order_read_twice_is_the_same_bytes(youzan: Shop) -> None:
    tid = youzan.place()
    assert youzan.client.read_order(SHOP, tid) == youzan.client.read_order(SHOP, tid)


@pytest.mark.parametrize("form", ["text", "null", "absent"])
def test_times_that_have_not_come_are_understood_in_every_form(youzan: Shop, form: str) -> None:
    youzan.switch(api_empty_times=form)
    body = youzan.client.read_order(SHOP, youzan.place(pay=False))
    assert body is not None
    keys = PersonalDataKeys({SHOP: youzan.client.decryption_keys(SHOP)})
    seen = read_detail(body, now_ms(), keys.decrypt, SEAL, DIGEST)
    assert set(seen.milestones) == {Milestone.PLACED}


def test_an_order_the_shop_does_not_show_yet_is_none(youzan: Shop) -> None:
    youzan.switch(replica_lag_ms=30_000)
    assert youzan.client.read_order(SHOP, youzan.place()) is None
    assert youzan.client.read_order(SHOP, "E20260101000000000000009") is None


def test_an_order_number_that_is_none_is_refused(youzan: Shop) -> None:
    with pytest.raises(PartnerRejected) as refused:
        youzan.client.read_order(SHOP, "nonsense")
    assert refused.value.code == "106000004"


@pytest.mark.parametrize("is_newest_first", [True, False])
def test_updated_orders_of_many_pages_come_once_each(youzan: Shop, is_newest_first: bool) -> None:
    youzan.switch(sold_newest_first=is_newest_first)
    placed = youzan.place_many(2 * PAGE_SIZE + 5)
    found = youzan.updated()
    assert (len(found), set(found)) == (len(placed), set(placed))
    assert youzan.calls(SEARCH) == 4


@pytest.mark.parametrize("is_newest_first", [True, False])
def test_orders_that_change_while_they_are_read_hide_no_other(youzan: Shop, is_newest_first: bool) -> None:
    youzan.switch(sold_newest_first=is_newest_first, memo_moves_update_time=True)
    placed = youzan.place_many(3 * PAGE_SIZE)
    now = now_ms() + 2000
    reading = youzan.client.updated_orders(SHOP, now - HOUR, now)
    found = [tid_of(next(reading))]
    for tid in (placed[0], placed[PAGE_SIZE], placed[-1]):
        youzan.control(f"orders/{tid}/memo", {"memo": "加急"})
    youzan.place_many(2)
    found += [tid_of(body) for body in reading]
    assert len(found) == len(set(found))
    assert set(found) >= set(placed) - {placed[0], placed[PAGE_SIZE], placed[-1]}


def test_an_empty_window_is_empty_and_costs_one_call(youzan: Shop) -> None:
    assert youzan.updated() == []
    assert youzan.calls(SEARCH) == 1


def test_orders_outside_the_window_are_not_read(youzan: Shop) -> None:
    youzan.place()
    now = now_ms()
    assert list(youzan.client.updated_orders(SHOP, now - 2 * HOUR, now - HOUR)) == []


# ---- shipping ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_text", [False, True])
def test_a_shipment_is_confirmed_with_number_and_company_of_its_carrier(youzan: Shop, as_text: bool) -> None:
    youzan.switch(outer_sender_type="string" if as_text else "object")
    tid = youzan.place()
    youzan.client_of([APP], sender_as_text=as_text).confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    truth = youzan.truth(tid)
    assert (truth["status"], truth["waybills"]) == ("WAIT_BUYER_CONFIRM_GOODS", [WAYBILL])
    assert truth["deliveries"][0]["express_id"] == 7
    assert youzan.client.shipped_numbers(SHOP, tid) == (WAYBILL,)


def test_a_part_of_the_lines_may_be_confirmed(youzan: Shop) -> None:
    tid = youzan.place()
    first = youzan.truth(tid)["lines"][0]["oid"]
    youzan.client.confirm_shipment(SHOP, tid, [first], "EMS", "1234567890123")
    truth = youzan.truth(tid)
    assert (truth["status"], truth["deliveries"][0]["oids"]) == ("WAIT_SELLER_SEND_GOODS", [first])


def test_confirming_again_is_done_already(youzan: Shop) -> None:
    tid = youzan.place()
    for _ in range(2):
        youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    assert len(youzan.truth(tid)["deliveries"]) == 1


def test_another_number_at_the_shop_is_no_success(youzan: Shop) -> None:
    tid = youzan.place()
    youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    with pytest.raises(PartnerRejected) as refused:
        youzan.client.confirm_shipment(SHOP, tid, (), "sf", "SF7444000099999")
    assert (refused.value.code, refused.value.message) == ("number_differs", WAYBILL)


def test_a_shipment_the_replica_does_not_show_yet_is_unclear(youzan: Shop) -> None:
    tid = youzan.place()
    youzan.switch(replica_lag_ms=30_000)
    youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    with pytest.raises(PartnerUnavailable) as failed:
        youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    assert failed.value.unclear


def test_a_closed_order_cannot_be_shipped(youzan: Shop) -> None:
    tid = youzan.place(pay=False)
    youzan.control(f"orders/{tid}/cancel", {})
    with pytest.raises(PartnerRejected) as refused:
        youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    assert refused.value.code == "102570020"


@pytest.mark.parametrize(
    ("carrier", "number", "code"),
    [
        ("京东快递", "JD_1", "105000003"),
        ("宅急送", "123", "express_unknown"),
        ("pigeon", "1", "express_unknown"),
    ],
)
def test_what_the_shop_cannot_take_is_refused(youzan: Shop, carrier: str, number: str, code: str) -> None:
    tid = youzan.place()
    with pytest.raises(PartnerRejected) as refused:
        youzan.client.confirm_shipment(SHOP, tid, (), carrier, number)
    assert refused.value.code == code
    assert youzan.truth(tid)["deliveries"] == []


def test_without_a_sender_sf_is_refused(youzan: Shop) -> None:
    with pytest.raises(PartnerRejected):
        youzan.client_of([APP], sender_mobile="").confirm_shipment(SHOP, youzan.place(), (), "sf", WAYBILL)


UNCLEAR: list[tuple[str, dict[str, Any], bool]] = [  # (dial, its settings, was the work done)
    ("timeout_after", {}, True),
    ("malformed", {}, True),
    ("wrong_encoding", {}, True),
    ("status", {"status": 502}, False),
    ("status", {"status": 500, "after": True}, True),
    ("drop_before", {}, False),
    ("slow", {"ms": 30_000}, True),
]


@pytest.mark.parametrize(("kind", "dial", "is_done"), UNCLEAR)
def test_after_an_unclear_answer_looking_and_confirming_again_ships_once(
    youzan: Shop, kind: str, dial: dict[str, Any], is_done: bool
) -> None:
    tid = youzan.place()
    youzan.client.shipped_numbers(SHOP, tid)
    youzan.fault(kind, CONFIRM, **dial)
    with pytest.raises(PartnerUnavailable) as failed:
        youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    assert failed.value.unclear
    assert youzan.client.shipped_numbers(SHOP, tid) == ((WAYBILL,) if is_done else ())
    youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    assert len(youzan.truth(tid)["deliveries"]) == 1


def test_a_confirmation_done_twice_by_the_network_is_told_apart_from_a_refusal(youzan: Shop) -> None:
    tid = youzan.place()
    youzan.fault("duplicate", CONFIRM)
    youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    assert len(youzan.truth(tid)["deliveries"]) == 1


# ---- tokens and keys ---------------------------------------------------------------------------------------


def test_one_token_serves_many_calls(youzan: Shop) -> None:
    for _ in range(3):
        youzan.client.read_order(SHOP, youzan.place())
    assert youzan.calls("auth.token") == 1


def test_no_token_reaches_the_log(youzan: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        youzan.client.read_order(SHOP, youzan.place())
    assert "access_token" not in caplog.text


@pytest.mark.parametrize("how", ["expire", "forget"])
def test_a_token_that_ended_is_renewed_once(youzan: Shop, how: str) -> None:
    tid = youzan.place()
    youzan.client.read_order(SHOP, tid)
    youzan.control("tokens", {"do": how})
    assert youzan.client.read_order(SHOP, tid) is not None
    assert youzan.calls("auth.token") == 2


def test_during_a_rotation_the_app_that_is_accepted_is_used(youzan: Shop) -> None:
    old = {**APP, "client_secret": "no longer right"}
    client = youzan.client_of([old, APP])
    assert client.read_order(SHOP, youzan.place()) is not None
    assert client.decryption_keys(SHOP)


def test_no_app_that_is_accepted_is_a_refusal(youzan: Shop) -> None:
    client = youzan.client_of([{**APP, "client_secret": "wrong"}])
    for attempt in (lambda: client.read_order(SHOP, youzan.place()), lambda: client.decryption_keys(SHOP)):
        with pytest.raises(PartnerRejected):
            attempt()


def test_a_shop_that_did_not_authorise_us_is_a_refusal(youzan: Shop) -> None:
    with pytest.raises(PartnerRejected) as refused:
        youzan.client.read_order("87654321", "E20260101000000000000009")
    assert refused.value.code == "1105"


@pytest.mark.parametrize("encrypt_type", [0, 1])
def test_keys_per_shop_or_per_app_open_what_was_read(youzan: Shop, encrypt_type: int) -> None:
    youzan.switch(encrypt_type=encrypt_type)
    assert youzan.client.decryption_keys(SHOP) == {"1": "MDEyMzQ1Njc4OWFiY2RlZg=="}


# ---- limits and broken answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["gateway", "4101", "500100004", "123000042"])
def test_every_form_of_a_throttle_means_nothing_was_done_and_to_wait(youzan: Shop, form: str) -> None:
    tid = youzan.place()
    youzan.switch(throttle_form=form)
    youzan.fault("rate_limit", CONFIRM)
    with pytest.raises(PartnerUnavailable) as failed:
        youzan.client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL)
    assert (failed.value.unclear, failed.value.retry_after_seconds) == (False, 3.0)
    assert youzan.truth(tid)["deliveries"] == []


@pytest.mark.parametrize(("switch", "code"), [({"ip_whitelisted": False}, "4007"),
                                              ({"denied_apis": [DETAIL]}, "4204")])  # fmt: skip
def test_a_configuration_that_is_wrong_is_a_refusal(youzan: Shop, switch: dict[str, Any], code: str) -> None:
    tid = youzan.place()
    youzan.switch(**switch)
    with pytest.raises(PartnerRejected) as refused:
        youzan.client.read_order(SHOP, tid)
    assert refused.value.code == code


CALLS: dict[str, Callable[[YouzanClient, str], object]] = {
    "auth.token": lambda client, tid: client.read_order(SHOP, tid),
    DETAIL: lambda client, tid: client.read_order(SHOP, tid),
    SEARCH: lambda client, tid: list(client.updated_orders(SHOP, now_ms() - HOUR, now_ms())),
    "youzan.logistics.express.get": lambda client, tid: client.confirm_shipment(SHOP, tid, (), "sf", WAYBILL),
    "youzan.cloud.client.query.encryptconfig": lambda client, tid: client.decryption_keys(SHOP),
}


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("kind", ["malformed", "wrong_encoding", "status", "rate_limit"])
def test_no_call_takes_a_broken_answer_for_one(youzan: Shop, method: str, kind: str) -> None:
    tid = youzan.place()
    youzan.fault(kind, method)
    with pytest.raises(PartnerUnavailable):
        CALLS[method](youzan.client, tid)
    assert youzan.truth(tid)["deliveries"] == []
