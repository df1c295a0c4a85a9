"""What cannot be understood raises UnreadableMessage with a code and nothing else, whatever arrives."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.adapters.youzan.mapping import Ignored, read_detail, read_push
from orderhub.domain.absorb import Observation
from orderhub.domain.errors import UnreadableMessage
from tests.unit.youzan_samples import DIGEST, DROP, KEYS, RECEIVED_AT, SEAL, SHOP, changed, order, push, thin


def read(body: bytes) -> Observation | Ignored:
    return read_push(body, RECEIVED_AT, KEYS.decrypt, SEAL, DIGEST)


def code_of(body: bytes) -> str:
    with pytest.raises(UnreadableMessage) as refused:
        read(body)
    return str(refused.value)


def code_of_order(path: str, value: Any) -> str:
    return code_of(push("trade_TradeBuyerPay", {"full_order_info": changed(order(), path, value)}))


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("order_info.tid", DROP, "tid_missing"),
        ("order_info.tid", "E 1", "tid_unsuitable"),
        ("order_info.tid", "E" * 60, "tid_unsuitable"),
        ("order_info.tid", "E20260307175623028200002", "id_differs_from_tid"),
        ("order_info.status", "WAIT_FOR_RAIN", "status_unknown"),
        ("order_info.status", DROP, "status_missing"),
        ("order_info.created", "", "created_missing"),
        ("order_info.created", "2026年-03月-07日 17:56:23", "created_not_a_time"),
        ("order_info.created", "2026-02-30 17:56:23", "created_not_a_time"),
        ("order_info.update_time", 1772877410, "update_time_type"),
        ("order_info.express_type", 7, "express_type_unknown"),
        ("order_info", [], "order_info_type"),
        ("pay_info.payment", 290.0, "payment_type"),
        ("pay_info.payment", "290.001", "payment_not_yuan"),
        ("pay_info.payment", "2.9e2", "payment_not_yuan"),
        ("pay_info.payment", "-1.00", "payment_negative"),
        ("pay_info.payment", DROP, "payment_missing"),
        ("pay_info.deduction_pay", "12.00", "deduction_pay_type"),
        ("orders", [], "orders_missing"),
        ("orders", {"0": {}}, "orders_type"),
        ("orders.0.num", 0, "num_unsuitable"),
        ("orders.0.num", -1, "num_unsuitable"),
        ("orders.0.num", "2", "num_type"),
        ("orders.0.num", True, "num_type"),
        ("orders.0.oid", DROP, "oid_missing"),
        ("orders.0.oid", "2772877410000000002", "oid_repeated"),
        ("orders.0.item_type", 99, "item_type_unknown"),
        ("orders.0.is_present", "false", "is_present_type"),
        ("address_info.receiver_tel", "$illbBRUJBuS7d3VnIEW0mg==$2$", "receiver_undecipherable"),
        ("address_info.receiver_tel", 13800138001, "receiver_tel_type"),
    ],
)
def test_an_order_that_is_not_as_the_sheet_says_is_refused_with_the_field(path: str, value: Any, code: str) -> None:
    assert code_of_order(path, value) == code


def test_a_presale_told_to_be_shipped_before_its_balance_is_paid_is_refused() -> None:
    info = order(order_tags={"is_down_payment_pre": True})
    info["pay_info"]["phase_payments"] = [{"pay_time": "2026-03-07 17:57:00"}, {"pay_time": ""}]
    assert code_of(push("trade_TradeBuyerPay", {"full_order_info": info})) == "presale_phase_unpaid"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "body_not_json"),
        (b"{", "body_not_json"),
        (b"[]", "body_not_an_object"),
        (b'{"version": NaN}', "body_not_json"),
        (b'{"version": -Infinity}', "body_not_json"),
        (b'{"type": "trade_x\\ud800"}', "body_not_json"),
        ('{"type": "交易"}'.encode("gbk"), "body_not_json"),
        (b"[" * 100_000, "body_not_json"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "body_not_json"),
        (b'{"test": 1}', "test_type"),
        (b"{}", "type_missing"),
        (b'{"type": "trade_Trade Create"}', "type_unsuitable"),
        (push("trade_TradeSuccess", thin(), msg=DROP), "msg_missing"),
        (push("trade_TradeSuccess", thin(), msg=[1]), "msg_type"),
        (push("trade_TradeSuccess", "%7B%22tid%22"), "msg_not_json"),
        (push("trade_TradeSuccess", "%B2%E2"), "msg_encoding"),
        (push("trade_TradeSuccess", "%7B%22tid%22%3A%22%5Cud800%22%7D"), "msg_not_json"),
        (push("trade_TradeSuccess", {"update_time": "2026-03-07 17:56:50"}), "tid_missing"),
        (push("trade_TradeSuccess", thin(), kdt_id=DROP), "kdt_id_missing"),
        (push("trade_TradeSuccess", thin(), kdt_id=1.5), "kdt_id_type"),
        (push("trade_TradeSuccess", thin(), version="new"), "version_type"),
        (push("trade_TradeSuccess", thin(), version=-1), "version_unsuitable"),
        (push("trade_TradeSuccess", thin(), version=10**30), "version_unsuitable"),
        (push("trade_TradeSuccess", thin(), msg_id="x" * 500), "msg_id_unsuitable"),
        (push("trade_TradeCreate", thin()), "full_order_info_missing"),
        (push("trade_refund_RefundSuccess", thin(refund_id="1")), "refunded_fee_missing"),
        (push("trade_refund_RefundSuccess", thin(refunded_fee="1.00")), "refund_id_missing"),
        (push("trade_refund_BuyerCreated", thin(refund_id="1", refunded_fee="all")), "refunded_fee_not_yuan"),
    ],
)
def test_a_message_that_is_not_as_the_sheet_says_is_refused_with_a_code(body: bytes, code: str) -> None:
    assert code_of(body) == code


def test_a_refusal_holds_no_part_of_the_message() -> None:
    info = changed(order(), "pay_info.payment", "张三 13800138001")
    with pytest.raises(UnreadableMessage) as refused:
        read(push("trade_TradeBuyerPay", {"full_order_info": info}))
    assert refused.value.args == ("payment_not_yuan",)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("body", [b"{}", b'{"full_order_info": {}}', b'{"full_order_info": []}', b"null"])
def test_a_detail_without_an_order_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        read_detail(body, RECEIVED_AT, KEYS.decrypt, SEAL, DIGEST)


def test_a_detail_of_no_known_shop_is_refused() -> None:
    body = json.dumps({"full_order_info": order()}).encode()
    with pytest.raises(UnreadableMessage, match="kdt_id_missing"):
        read_detail(body, RECEIVED_AT, KEYS.decrypt, SEAL, DIGEST)


WEIRD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=12),
    st.sampled_from(["", "0.00", "-0.01", "1e3", "$QQ==$1$", "$$$", "2026-03-07 17:56:50", "９.００", "\x00", "²"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way] if way else []
    if isinstance(value, dict):
        for key, child in value.items():
            found += places(child, (*way, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            found += places(child, (*way, index))
    return found


def with_one_change(source: Any, seed: int, value: Any) -> Any:
    result = copy.deepcopy(source)
    way = random.Random(seed).choice(places(result))
    target = result
    for step in way[:-1]:
        target = target[step]
    target[way[-1]] = value
    return result


def understood_or_refused(body: bytes) -> None:
    try:
        result = read(body)
    except UnreadableMessage as refused:
        assert len(str(refused)) <= 60
        return
    assert isinstance(result, Observation | Ignored)
    if isinstance(result, Observation) and result.snapshot:
        snapshot = result.snapshot
        goods = snapshot.amounts.payable_fen - snapshot.amounts.freight_fen
        assert sum(line.payable_fen for line in snapshot.lines) == max(0, goods)
        assert all(line.quantity > 0 for line in snapshot.lines)


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 10**6), value=WEIRD)
def test_an_order_with_any_field_replaced_is_understood_or_refused(seed: int, value: Any) -> None:
    info = with_one_change(order(), seed, value)
    understood_or_refused(push("trade_TradeBuyerPay", {"full_order_info": info}, as_object=seed % 2 == 0))


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    value=WEIRD,
    event=st.sampled_from(
        ["trade_TradeClose", "trade_refund_RefundSuccess", "trade_MessagesTheChangeAddresses", "ITEM_STATE"]
    ),
)
def test_an_event_with_any_field_replaced_is_understood_or_refused(seed: int, value: Any, event: str) -> None:
    msg = thin(refund_id="202603071800001", refunded_fee="45.50", oids="1", close_reason="refund", close_type=2)
    outer = json.loads(push(event, msg, as_object=True))
    understood_or_refused(json.dumps(with_one_change(outer, seed, value)).encode())


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_body_with_any_bytes_replaced_is_understood_or_refused(data: st.DataObject) -> None:
    body = bytearray(push("trade_TradeBuyerPay", {"full_order_info": order()}))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body) - 1))
        body[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    understood_or_refused(bytes(body))


def test_the_shop_of_a_message_decides_which_key_opens_it() -> None:
    body = push("trade_TradeBuyerPay", {"full_order_info": order()}, kdt_id=int(SHOP) + 1)
    assert code_of(body) == "receiver_undecipherable"
