"""Youzan simulator: token, gateway, reading, shipping and the rest (youzan.md §2, §3, §7)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.partners.chassis import serve
from local.partners.youzan import create
from tests.contract.simulators.youzan_hand import (
    BUYER,
    CLIENT_ID,
    KDT,
    LINES,
    SECRET,
    Hand,
    eventually,
    md5,
    opened,
    shop,
)

CONFIRM = "youzan.logistics.online.confirm"
SHANGHAI = timezone(timedelta(hours=8))


@pytest.fixture
def hand() -> Iterator[Hand]:
    with shop() as running:
        yield running


def gateway_code(answer: dict[str, Any]) -> int:
    assert "code" not in answer and "success" not in answer
    code: int = answer["gw_err_resp"]["err_code"]
    return code


def around_now(hand: Hand, **more: Any) -> dict[str, Any]:
    at = datetime.fromtimestamp(hand.http.get("/_sim/clock").json()["wire_ms"] / 1000, UTC).astimezone(SHANGHAI)
    start, end = (f"{at + timedelta(hours=h):%Y-%m-%d %H:%M:%S}" for h in (-1, 1))
    return {"start_update": start, "end_update": end, **more}


# ---- token and gateway ---------------------------------------------------------------------


def test_a_token_lives_seven_days_and_refusals_have_the_token_envelope(hand: Hand) -> None:
    granted = hand.token()
    now_ms = hand.http.get("/_sim/clock").json()["wire_ms"]
    assert granted["success"] and abs(granted["data"]["expires"] - now_ms - 7 * 86_400_000) < 60_000
    assert granted["data"]["authority_id"] == KDT
    codes = [
        hand.token(client_secret="wrong")["code"],
        hand.token(authorize_type="password")["code"],
        hand.token(client_id="nobody")["code"],
        hand.token(grant_id="999")["code"],
        hand.http.post("/auth/token", data={"client_id": CLIENT_ID}).json()["code"],
    ]
    assert codes == [1000, 1004, 1103, 1105, 1000]
    assert hand.token(client_id="nobody")["message"] == "Client 不存在"


def test_the_gateway_names_what_is_wrong_in_its_own_order_and_always_with_status_200(hand: Hand) -> None:
    get = "youzan.trade.get"
    assert gateway_code(hand.call("youzan.no.such", "1.0.0", {}, "")) == 4005
    assert gateway_code(hand.call(get, "4.0.2", {}, "")) == 4201
    assert gateway_code(hand.call(get, "4.0.2", {}, "unknown")) == 4203
    token = hand.token()["data"]["access_token"]
    bearer = hand.http.post(f"/api/{get}/4.0.2", json={}, headers={"authorization": f"Bearer {token}"})
    assert (bearer.status_code, gateway_code(bearer.json())) == (200, 4201)
    wire = {"params": {"access_token": token}}
    assert gateway_code(hand.http.get(f"/api/{get}/4.0.2", **wire).json()) == 4007  # type: ignore[arg-type]
    form = hand.http.post(f"/api/{get}/4.0.2", params={"access_token": token}, data={"tid": "x"})
    assert gateway_code(form.json()) == 4007
    json_type = {"content-type": "application/json"}
    for bad in (b"{", b"[" * 100_000, b"[]"):
        answer = hand.http.post(f"/api/{get}/4.0.2", params={"access_token": token}, content=bad, headers=json_type)
        assert gateway_code(answer.json()) == 4004
    assert gateway_code(hand.http.post("/api/nonsense").json()) == 4001
    hand.switch(denied_apis=[get])
    assert gateway_code(hand.call(get, "4.0.2", {}, token)) == 4204
    hand.switch(ip_whitelisted=False)
    assert gateway_code(hand.call(get, "4.0.2", {}, token)) == 4007
    hand.sim("tokens", {"do": "expire"})
    hand.switch(ip_whitelisted=True, denied_apis=[])
    assert gateway_code(hand.call(get, "4.0.2", {}, token)) == 4202


@pytest.mark.parametrize(("old", "code"), [("hour", None), ("at_once", 4202)])
def test_a_new_token_ends_the_old_one_after_an_hour_or_at_once(hand: Hand, old: str, code: int | None) -> None:
    hand.switch(old_token_after_refresh=old)
    first = hand.token()["data"]
    second = hand.token(authorize_type="refresh_token", refresh_token=first["refresh_token"])["data"]
    answer = hand.call("youzan.logistics.express.get", "3.0.0", {}, first["access_token"])
    assert (answer.get("gw_err_resp") or {}).get("err_code") == code
    hand.advance(3_600_001)
    answer = hand.call("youzan.logistics.express.get", "3.0.0", {}, first["access_token"])
    assert gateway_code(answer) == 4202
    assert hand.call("youzan.logistics.express.get", "3.0.0", {}, second["access_token"])["success"]


def test_too_many_calls_are_throttled_in_each_of_the_four_seen_forms(hand: Hand) -> None:
    token = hand.token()["data"]["access_token"]
    hand.switch(calls_per_second=1)
    seen = {}
    for form in ("gateway", "4101", "500100004", "123000042"):
        hand.switch(throttle_form=form)
        for _ in range(3):
            seen[form] = hand.call("youzan.logistics.express.get", "3.0.0", {}, token)
    assert gateway_code(seen["gateway"]) == 4101
    assert [seen[f]["code"] for f in ("4101", "500100004", "123000042")] == ["4101", 500100004, 123000042]
    hand.switch(calls_per_second=0, throttle_form="gateway")
    hand.sim("faults", {"kind": "rate_limit", "match": {"method": "youzan.logistics.express.get"}})
    assert gateway_code(hand.call("youzan.logistics.express.get", "3.0.0", {}, token)) == 4101


# ---- reading -------------------------------------------------------------------------------


def test_reading_lags_thirty_seconds_behind_and_an_order_of_another_shop_is_not_found(hand: Hand) -> None:
    tid = hand.place()
    get = ("youzan.trade.get", "4.0.2", {"tid": tid})
    assert (hand.call(*get)["code"], hand.call(*get)["message"]) == (5000, "trade not found")
    hand.advance(29_000)
    assert hand.call(*get)["code"] == 5000
    assert hand.call("youzan.trades.sold.get", "4.0.4", around_now(hand))["data"]["total_results"] == 0
    hand.advance(1_000)
    hand.sim(f"orders/{tid}/memo", {"memo": "新"})
    data = hand.call(*get)["data"]
    assert set(data) == {"full_order_info", "order_promotion", "delivery_order", "refund_order"}
    info = data["full_order_info"]
    assert info["order_info"]["status"] == "WAIT_SELLER_SEND_GOODS"
    assert info["remark_info"]["trade_memo"] == ""
    assert opened(info["address_info"]["receiver_tel"]) == BUYER["phone"]
    assert hand.call("youzan.trade.get", "4.0.2", {"tid": "E1"})["code"] == 106000004
    hand.advance(30_000)
    assert hand.call(*get)["data"]["full_order_info"]["remark_info"]["trade_memo"] == "新"


def test_the_lag_runs_on_the_shops_clock_and_other_shops_are_strangers() -> None:
    shops = [{"kdt_id": KDT, "name": "一店"}, {"kdt_id": "555", "name": "二店"}]
    with shop(shops=shops) as hand:
        hand.sim("clock", {"speed": 600})
        tid = hand.place(kdt_id="555")
        theirs = hand.token(grant_id="555")["data"]["access_token"]
        eventually(lambda: hand.call("youzan.trade.get", "4.0.2", {"tid": tid}, theirs).get("success"))
        assert hand.call("youzan.trade.get", "4.0.2", {"tid": tid})["code"] == 5000


def test_a_search_finds_by_window_pages_and_moves_an_order_that_is_updated_meanwhile(hand: Hand) -> None:
    hand.switch(replica_lag_ms=0)
    tids = [one["tid"] for one in hand.sim("orders", [{"lines": LINES, "seed": n} for n in range(5)])]
    hand.advance(2_000)

    def page(number: int, size: int = 2) -> list[str]:
        asked = around_now(hand, page_no=number, page_size=size)
        rows = hand.call("youzan.trades.sold.get", "4.0.4", asked)["data"]["full_order_info_list"]
        return [row["full_order_info"]["order_info"]["tid"] for row in rows]

    whole = page(1, 100)
    assert sorted(whole) == sorted(tids)
    assert page(1) + page(2) + page(3) == whole
    oldest = whole[-1]
    hand.sim(f"orders/{oldest}/address", {"detail": "测试路9号"})
    assert page(1)[0] == oldest
    hand.switch(sold_newest_first=False)
    assert page(3) == [oldest]


def test_a_search_refuses_what_the_sheet_says_it_refuses(hand: Hand) -> None:
    def code(**asked: Any) -> Any:
        answer = hand.call("youzan.trades.sold.get", "4.0.4", asked)
        return answer.get("code") or gateway_code(answer)

    assert code(page_size=101) == 5000
    assert code(page_no=101) == 5000
    assert code(start_update="2026-03-02 00:00:00", end_update="2026-03-01 00:00:00") == 5000
    assert code(start_update="2026-01-01 00:00:00", end_update="2026-04-01 00:00:01") == 5000
    assert code(start_update="2026-01-01 00:00:00", end_update="2026-04-01 00:00:00") == 200
    assert code(start_update="2026-01-01", end_update="2026-01-02") == 5001
    assert code(start_update="2099-01-01 00:00:00", end_update="2099-01-02 00:00:00") == 106000003
    assert code(start_update="2026-01-01 00:00:00") == 200
    assert code(tid="nonsense") == 106100110
    assert code(status="WAITING") == 5001


@pytest.mark.parametrize(("form", "seen"), [("text", ""), ("null", None), ("absent", "gone")])
def test_an_api_shows_an_absent_time_as_text_null_or_not_at_all(hand: Hand, form: str, seen: Any) -> None:
    hand.switch(replica_lag_ms=0, api_empty_times=form)
    tid = hand.place(pay=False)
    info = hand.call("youzan.trade.get", "4.0.2", {"tid": tid})["data"]["full_order_info"]
    assert info["order_info"].get("pay_time", "gone") == seen


# ---- shipping ------------------------------------------------------------------------------


def test_a_confirmation_ships_once_and_repeating_it_is_an_error(hand: Hand) -> None:
    tid = hand.place()
    done = hand.confirm(tid)
    assert (done["code"], done["success"], done["data"]) == (200, True, {"is_success": True})
    assert hand.confirm(tid)["code"] == 102570007
    truth = hand.truth(tid)
    assert truth["waybills"] == ["SF1000000000001"]
    assert (truth["confirms_asked"], truth["confirms_accepted"]) == (2, 1)
    assert truth["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    eventually(lambda: hand.received.types()[-1:] == ["trade_TradeSellerShip"])


def test_lines_ship_in_parcels_of_their_own(hand: Hand) -> None:
    hand.switch(replica_lag_ms=0)
    tid = hand.place()
    first, second = (line["oid"] for line in hand.truth(tid)["lines"])
    assert hand.confirm(tid, "SF1", oids=first)["success"]
    assert hand.truth(tid)["status"] == "WAIT_SELLER_SEND_GOODS"
    assert hand.confirm(tid, "SF2", oids=first)["code"] == 102570007
    assert hand.confirm(tid, "SF2", oids=f"{second}")["success"]
    eventually(lambda: "trade_TradeSellerShip" in hand.received.types())
    assert hand.received.types().count("trade_TradePartlySellerShip") == 1
    parcels = hand.call("youzan.trade.get", "4.0.2", {"tid": tid})["data"]["delivery_order"]
    assert [p["dists"][0]["express_info"] for p in parcels] == [
        {"express_id": 7, "express_no": "SF1"},
        {"express_id": 7, "express_no": "SF2"},
    ]
    assert [p["oids"] for p in parcels] == [[{"oid": first}], [{"oid": second}]]


def test_a_confirmation_is_refused_with_the_sheets_codes(hand: Hand) -> None:
    tid, unpaid = hand.place(), hand.place(pay=False)
    missing = "E20260101000000000000099"
    assert hand.confirm(missing)["code"] == 105000016
    assert hand.confirm(unpaid)["code"] == 102570020
    assert hand.confirm(tid, oids="abc")["code"] == 102599996
    assert hand.confirm(tid, oids=["1"])["code"] == 102599996
    assert hand.confirm(tid, oids="2799999999999999999")["code"] == 102570020
    assert hand.confirm(tid, "单号1")["code"] == 105000003
    assert hand.confirm(tid, out_stype="999")["success"] is False
    assert hand.confirm(tid, outer_sender=None)["success"] is False
    assert hand.truth(tid)["confirms_accepted"] == 0
    hand.switch(sf_needs_outer_sender=False)
    assert hand.confirm(tid, outer_sender=None)["success"] is True


@pytest.mark.parametrize(("form", "as_object", "as_text"), [
    ("any", True, True), ("object", True, False), ("string", False, True),
])  # fmt: skip
def test_the_sender_of_an_sf_parcel_is_an_object_or_json_text(
    hand: Hand, form: str, as_object: bool, as_text: bool
) -> None:
    hand.switch(outer_sender_type=form)
    one, two = hand.place(), hand.place()
    assert hand.confirm(one, outer_sender={"sender_mobile": "13800139999"})["success"] is as_object
    assert hand.confirm(two, outer_sender='{"sender_mobile":"13800139999"}')["success"] is as_text


def test_the_same_confirmation_at_the_same_time_is_a_concurrent_duplicate(hand: Hand) -> None:
    hand.switch(confirm_takes_ms=400)
    tid = hand.place()
    answers: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: answers.append(hand.confirm(tid))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["code"] for answer in answers) == [200, 102510001]


def test_a_timed_out_confirmation_was_done(hand: Hand) -> None:
    tid = hand.place()
    hand.sim("faults", {"kind": "timeout_after", "match": {"method": CONFIRM}})
    token = hand.token()["data"]["access_token"]
    asked = {"tid": tid, "out_stype": "11", "out_sid": "EMS1"}
    with pytest.raises(httpx.TimeoutException):
        hand.http.post(f"/api/{CONFIRM}/3.0.0", params={"access_token": token}, json=asked, timeout=0.3)
    eventually(lambda: hand.truth(tid)["waybills"] == ["EMS1"])
    hand.switch(replica_lag_ms=0)
    data = hand.call("youzan.trade.get", "4.0.2", {"tid": tid})["data"]
    assert data["delivery_order"][0]["dists"][0]["express_info"]["express_no"] == "EMS1"


def test_a_delivered_parcel_is_received_by_the_buyer_in_time_even_if_told_before_the_shipment(
    hand: Hand,
) -> None:
    early, late = hand.place(), hand.place()
    hand.sim("delivered", {"waybill_no": "SF-EARLY"})
    hand.confirm(early, "SF-EARLY")
    hand.confirm(late, "SF-LATE")
    assert hand.sim("delivered", {"waybill_no": "SF-LATE"})["tids"] == [late]
    hand.advance(3_599_000)
    assert hand.truth(late)["status"] == "WAIT_BUYER_CONFIRM_GOODS"
    hand.advance(2_000)
    assert {hand.truth(tid)["status"] for tid in (early, late)} == {"TRADE_SUCCESS"}
    eventually(lambda: hand.received.types().count("trade_TradeSuccess") == 2)


# ---- memo, address, refunds, keys ----------------------------------------------------------


@pytest.mark.parametrize("moves", [True, False])
def test_a_memo_answers_in_the_old_envelope_and_moves_the_update_time_by_switch(hand: Hand, moves: bool) -> None:
    hand.switch(memo_moves_update_time=moves)
    tid = hand.place()
    before = hand.truth(tid)["updated_ms"]
    hand.advance(5_000)
    memo = ("youzan.trade.memo.update", "3.0.0")
    assert hand.call(*memo, {"tid": tid, "memo": "备注", "flag": "3"}) == {"response": {"is_success": True}}
    assert hand.call(*memo, {"tid": "E0", "memo": ""})["error_response"]["code"] == 50000
    truth = hand.truth(tid)
    assert (truth["memo"], truth["star"], truth["updated_ms"] > before) == ("备注", 3, moves)
    eventually(lambda: "trade_TradeMemoModified" in hand.received.types())


def test_the_guessed_address_api_changes_once_and_can_be_switched_off(hand: Hand) -> None:
    tid = hand.place()
    update = ("youzan.trade.order.address.update", "1.0.0")
    asked = {
        "tid": tid,
        "receiver_name": "李四",
        "province": "江苏省",
        "city": "南京市",
        "detail": "演示路1弄",
    }
    assert hand.call(*update, asked)["data"] == {"is_success": True}
    assert hand.truth(tid)["buyer"]["name"] == "李四"
    assert hand.call(*update, asked)["success"] is False
    eventually(lambda: "trade_MessagesTheChangeAddresses" in hand.received.types())
    hand.switch(address_api=False)
    assert gateway_code(hand.call(*update, asked)) == 4005


def test_refunds_are_read_with_their_lock_version(hand: Hand) -> None:
    tid = hand.place()
    hand.sim(f"orders/{tid}/refund", {"fee_fen": 500, "apply_only": True})
    found = hand.call("youzan.trade.refund.search", "3.0.1", {"tid": tid})["data"]
    assert (found["total"], found["refunds"][0]["refund_fee"]) == (1, "5.00")
    refund_id = found["refunds"][0]["refund_id"]
    get = "youzan.trade.refund.get"
    one = hand.call(get, "3.0.1", {"refund_id": refund_id})["data"]
    assert (one["status"], one["tid"], one["demand"]) == ("WAIT_SELLER_AGREE", tid, 1)
    hand.sim(f"orders/{tid}/refund", {"refund_id": refund_id, "step": "agree"})
    after = hand.call(get, "3.0.1", {"refund_id": refund_id})["data"]
    assert after["status"] == "SUCCESS" and after["version"] > one["version"]
    assert hand.call(get, "3.0.1", {"refund_id": "1"})["code"] == 103011024
    assert hand.call(get, "3.0.1", {"refund_id": "x"})["code"] == 103010052
    assert hand.call("youzan.trade.refund.search", "3.0.1", {"page_no": 100, "page_size": 100})["code"] == 53002


def test_keys_go_to_who_signs_with_the_secret_and_open_the_ciphertext(hand: Hand) -> None:
    path = "/api/auth_exempt/youzan.cloud.client.query.encryptconfig/1.0.0"
    stamp = "2026-03-07 17:56:50"
    middle = f"clientId{CLIENT_ID}kdtId{KDT}timestamp{stamp}"
    asked = {"client_id": CLIENT_ID, "kdt_id": KDT, "timestamp": stamp}
    signed = {**asked, "sign": md5(f"{SECRET}{middle}{SECRET}".encode())}
    data = hand.http.post(path, json=signed).json()["data"]
    assert data["encryptType"] == 1
    key = data["secretKeyInfoList"][0]
    assert (key["clientId"], key["kdtId"], key["version"]) == (CLIENT_ID, int(KDT), 1)
    hand.switch(replica_lag_ms=0)
    tid = hand.place()
    info = hand.call("youzan.trade.get", "4.0.2", {"tid": tid})["data"]["full_order_info"]
    sealed = info["address_info"]["receiver_name"]
    assert opened(sealed, key["secretKey"]) == BUYER["name"]
    single = ("youzan.cloud.secret.decrypt.single", "1.0.0")
    assert hand.call(*single, {"source": sealed})["data"] == BUYER["name"]
    assert hand.call(*single, {"source": "张三"})["data"] == "张三"
    assert hand.call(*single, {"source": sealed.replace("$1$", "$7$")})["success"] is False
    assert hand.http.post(path, data=signed).json()["success"] is True
    assert hand.http.post(path, json={**signed, "sign": "0" * 32}).json()["success"] is False
    hand.switch(encrypt_type=0)
    assert hand.http.post(path, json=signed).json()["data"]["secretKeyInfoList"][0]["kdtId"] == 0


def test_orders_survive_a_restart(tmp_path: Path) -> None:
    with serve(create({}, tmp_path)) as url:
        placed = httpx.post(f"{url}/_sim/orders", json={"lines": LINES, "seed": 7, "pay": False}).json()
        before = httpx.get(f"{url}/_sim/state").json()
    with serve(create({}, tmp_path)) as url:
        assert httpx.get(f"{url}/_sim/state").json() == before
        assert httpx.post(f"{url}/_sim/orders/{placed['tid']}/pay").status_code == 200


def test_a_switch_that_does_not_exist_or_has_no_such_setting_is_refused(hand: Hand) -> None:
    for wrong in ({"no_such": 1}, {"version_unit": "days"}, {"replica_lag_ms": "30"}):
        hand.sim("config", wrong, status=422)
