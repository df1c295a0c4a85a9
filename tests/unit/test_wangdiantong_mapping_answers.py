"""Wangdiantong's answers, however they are shaped: understood, or nobody knows what was done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orderhub.adapters.partner_http import Response
from orderhub.adapters.wangdiantong.answers import (
    STATES,
    accepted_count,
    carrier_of,
    is_about_us,
    read_answer,
    read_shipment,
    read_stock,
    read_stockout,
    read_trade,
    refused_rows,
    rows_of,
)
from orderhub.adapters.wangdiantong.mapping import receiver_fingerprint
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from tests.unit.wangdiantong_samples import PLACED_AT

TRADE = {
    "trade_no": "JY000000000001",
    "src_tids": "E1,E2",
    "trade_status": "55",
    "bad_reason": "0",
    "receiver_name": "张三",
    "receiver_mobile": "13800138001",
    "receiver_address": "测试路1号",
    "logistics_no": "",
    "cs_remark": "运单号:SF1",
    "modified": "2026-03-07 17:56:23",
}
SHIPMENT = {
    "rec_id": 7,
    "tid": "E1",
    "logistics_no": "SF7444000012345",
    "logistics_name": "顺丰速运",
    "consign_time": "2026-03-07 17:56:23",
    "is_part_sync": "0",
    "oids": "",
}
STOCK = {
    "spec_no": "ZP-2026-01",
    "warehouse_no": "WH01",
    "stock_num": "102.0000",
    "order_num": 2,
    "sending_num": "3.0",
    "modified": "2026-03-07 17:56:23",
}


def answer(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), 1)


@pytest.mark.parametrize("code", [0, "0", "0.0"])
def test_the_code_may_be_a_number_or_text(code: object) -> None:
    assert read_answer(answer({"code": code, "new_count": "1"}))["new_count"] == "1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"code":0',
        "{\"code\":0,\"message\":\"成功\"}".encode("gbk"),
        b"<html><body>502 Bad Gateway</body></html>",
        b"[]",
        b"{}",
        b'{"code":null}',
        b'{"code":true}',
        b'{"code":"ok"}',
        b'{"code":NaN}',
        b'{"code":0.5}',
        b'{"code":0,"message":"\\ud800"}',
        b"[" * 5000,
    ],
)  # fmt: skip
def test_an_answer_that_is_none_leaves_it_open_what_was_done(body: bytes) -> None:
    with pytest.raises(PartnerUnavailable) as failed:
        read_answer(Response(200, body, 1))
    assert failed.value.unclear


@pytest.mark.parametrize("text", ["超过每分钟最大调用频率限制，请稍后重试", "超过每分钟最大并发次数限制，请稍后重试"])
def test_called_too_often_means_nothing_was_done_and_to_wait_a_minute(text: str) -> None:
    with pytest.raises(PartnerUnavailable) as failed:
        read_answer(answer({"code": 100, "message": text}))
    assert (failed.value.unclear, failed.value.retry_after_seconds) == (False, 60.0)


def test_the_same_operation_running_already_leaves_it_open_what_was_done() -> None:
    with pytest.raises(PartnerUnavailable) as failed:
        read_answer(answer({"code": "1020", "message": "请勿重复操作"}))
    assert failed.value.unclear


@pytest.mark.parametrize(
    ("code", "message", "about_us"),
    [
        (5040, "E1:receiver_name不能为空", False),
        (99, "同一批次中同一客户网名的订单不能超过30单", False),
        (1007, "停用", True),
        (1, "签名错误", True),
        (2830, "sid不存在", True),
    ],
)
def test_every_other_code_is_a_refusal_and_some_are_about_our_account(code: int, message: str, about_us: bool) -> None:
    with pytest.raises(PartnerRejected) as refused:
        read_answer(answer({"code": code, "message": message}))
    assert (refused.value.code, refused.value.message) == (str(code), message)
    assert is_about_us(refused.value) is about_us


def test_a_client_error_is_a_refusal() -> None:
    with pytest.raises(PartnerRejected) as refused:
        read_answer(Response(404, b"404 Not Found", 1))
    assert refused.value.code == "http_404"
    assert is_about_us(refused.value)


def test_counts_that_are_not_there_are_no_counts() -> None:
    assert accepted_count({"new_count": "2", "chg_count": 1}) == 3
    assert accepted_count({"new_count": "2"}) == -1


def test_a_trade_is_read_with_its_state_in_words() -> None:
    trade = read_trade(TRADE)
    assert (trade.state, trade.state_code, trade.is_flagged) == ("audited", 55, False)
    assert (trade.platform_ids, trade.memo, trade.modified_at) == (("E1", "E2"), "运单号:SF1", PLACED_AT)
    assert trade.receiver_fingerprint == receiver_fingerprint("张三 ", "13800138001", "测试路1号")
    assert read_trade({**TRADE, "bad_reason": 2}).is_flagged


@pytest.mark.parametrize("code", sorted(STATES))
def test_every_state_of_the_edition_has_a_word(code: int) -> None:
    words = ("raw", "pending", "audited", "shipped", "completed", "cancelled")
    assert read_trade({**TRADE, "trade_status": code}).state in words


@pytest.mark.parametrize("code", [4, 29, 51, 96, 101, 999])
def test_a_state_of_another_edition_is_refused(code: int) -> None:
    with pytest.raises(PartnerRejected, match="unknown_state"):
        read_trade({**TRADE, "trade_status": str(code)})


def test_a_shipment_names_lines_only_when_a_part_was_shipped() -> None:
    assert read_shipment(SHIPMENT).line_ids == ()
    part = read_shipment({**SHIPMENT, "is_part_sync": 1, "oids": "1,2"})
    assert (part.rec_id, part.platform_id, part.line_ids) == ("7", "E1", ("1", "2"))
    assert part.shipped_at == PLACED_AT


def test_stock_is_whole_pieces_and_what_is_promised_is_not_sellable() -> None:
    seen = read_stock(STOCK)
    assert (seen.physical, seen.awaiting_audit, seen.awaiting_shipment, seen.sellable) == (102, 2, 3, 97)
    assert read_stock({**STOCK, "stock_num": "1.9000"}).physical == 1


@pytest.mark.parametrize(
    ("read", "row"),
    [
        (read_trade, {**TRADE, "trade_status": "audited"}),
        (read_trade, {**TRADE, "trade_no": None}),
        (read_trade, {**TRADE, "modified": "yesterday"}),
        (read_trade, {**TRADE, "receiver_name": ["张三"]}),
        (read_shipment, {**SHIPMENT, "rec_id": ""}),
        (read_shipment, {**SHIPMENT, "tid": ""}),
        (read_shipment, {**SHIPMENT, "is_part_sync": "1", "oids": 1.5}),
        (read_shipment, {**SHIPMENT, "is_part_sync": "1", "oids": ""}),
        (read_stock, {**STOCK, "stock_num": "many"}),
        (read_stock, {**STOCK, "stock_num": "NaN"}),
        (read_stock, {**STOCK, "order_num": None}),
        (read_stock, {**STOCK, "spec_no": ""}),
    ],
)
def test_a_row_that_is_not_as_documented_is_refused(read: Any, row: dict[str, Any]) -> None:
    with pytest.raises(PartnerUnavailable):
        read(row)


@pytest.mark.parametrize("value", [{}, {"trades": None}, {"trades": {}}, {"trades": [1]}])
def test_an_absent_list_is_not_an_empty_one(value: dict[str, Any]) -> None:
    with pytest.raises(PartnerUnavailable):
        rows_of(value, "trades")


def test_rows_refused_in_an_accepted_acknowledgement_are_told() -> None:
    assert refused_rows({"code": 0}) == {}
    assert refused_rows({"errors": [{"rec_id": 1, "error": "同步表不存在"}]}) == {"1": "同步表不存在"}


@pytest.mark.parametrize(
    ("name", "carrier"),
    [
        ("顺丰速运", "sf"),
        ("ems经济快递", "ems"),
        (" 中通快递", "zto"),
        ("邮政快递包裹", "yzpy"),
        ("某某物流", ""),
        ("", ""),
    ],
)
def test_nobody_guesses_whose_number_it_is(name: str, carrier: str) -> None:
    assert carrier_of(name) == carrier


def test_a_stockout_that_was_sent_counts_also_without_a_number() -> None:
    row = {
        "src_tids": "E1",
        "logistics_no": "",
        "logistics_name": "顺丰速运",
        "consign_time": "2026-11-20 10:00:00",
        "details_list": [{"src_tid": "E1", "src_oid": "L1"}],
    }
    (notice,) = read_stockout(row)
    assert (notice.platform_id, notice.logistics_no, notice.line_ids, notice.carrier) == ("E1", "", ("L1",), "sf")
    assert read_stockout({**row, "consign_time": "0000-00-00 00:00:00"}) == []
