"""What Youzan's messages say about an order, in the hub's words (sheet §5, §6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orderhub.adapters.youzan.mapping import Ignored, read_detail, read_push
from orderhub.domain.absorb import Observation
from orderhub.domain.order import Milestone, Region
from tests.unit.youzan_samples import (
    CREATED_AT,
    DIGEST,
    DROP,
    KEYS,
    PAID_AT,
    RECEIVED_AT,
    SEAL,
    SHOP,
    TID,
    changed,
    order,
    push,
    thin,
)


def seen(body: bytes) -> Observation:
    result = read_push(body, RECEIVED_AT, KEYS.decrypt, SEAL, DIGEST)
    assert isinstance(result, Observation)
    return result


def seen_order(info: dict[str, Any], event: str = "trade_TradeBuyerPay") -> Observation:
    return seen(push(event, {"full_order_info": info}))


def test_a_paid_order_is_read_whole() -> None:
    result = seen_order(order())
    snapshot = result.snapshot
    assert snapshot is not None
    assert (result.order_id, result.shop_id, result.version) == (f"youzan-{TID}", SHOP, 1772877410000)
    assert result.milestones == {Milestone.PLACED: CREATED_AT, Milestone.PAID: CREATED_AT + 97_000}
    assert (snapshot.taken_at, snapshot.placed_at) == (CREATED_AT + 98_000, CREATED_AT)
    assert snapshot.payment_due_at == CREATED_AT + 1_800_000
    assert snapshot.region == Region("浙江省", "杭州市", "西湖区")
    assert snapshot.buyer_id == "YZOPENIDTEST0001"
    amounts = snapshot.amounts
    assert (amounts.goods_fen, amounts.freight_fen, amounts.discount_fen) == (30000, 1000, 2000)
    assert (amounts.payable_fen, amounts.paid_fen) == (29000, 29000)
    feeder, gift = snapshot.lines
    assert (feeder.line_id, feeder.sku, feeder.quantity) == ("2772877410000000001", "ZP-2026-01", 2)
    assert (feeder.unit_price_fen, feeder.goods_fen, feeder.payable_fen) == (15000, 30000, 28000)
    assert (gift.sku, gift.is_gift, gift.payable_fen) == ("FP-001", True, 0)


def test_the_receiver_leaves_only_sealed_masked_or_digested() -> None:
    result = seen_order(changed(order(), "remark_info.buyer_message", "请放门口"))
    assert result.snapshot is not None
    sealed = json.loads(SEAL.open(result.snapshot.sealed))
    assert sealed == {"name": "测试甲", "phone": "13800000000", "detail": "测试路1号", "note": "请放门口"}
    assert (result.snapshot.masked_name, result.snapshot.masked_phone) == ("测*", "138****0000")
    assert result.snapshot.phone_digest == "phone:13800000000"
    assert result.snapshot.has_note


def test_a_receiver_in_plain_text_is_taken_as_it_is() -> None:
    info = changed(order(), "address_info.receiver_tel", "13800138001")
    snapshot = seen_order(info).snapshot
    assert snapshot is not None
    assert snapshot.masked_phone == "138****8001"


@pytest.mark.parametrize("status", ["WAIT_BUYER_PAY", "TRADE_PAID", "WAIT_CONFIRM"])
def test_an_order_that_may_not_be_shipped_yet_is_not_paid(status: str) -> None:
    assert Milestone.PAID not in seen_order(order(status=status), "trade_TradePaid").milestones


def test_a_paid_order_whose_group_still_forms_does_not_expire_with_its_payment_window() -> None:
    snapshot = seen_order(order(status="WAIT_CONFIRM"), "trade_TradePaid").snapshot
    assert snapshot is not None
    assert snapshot.payment_due_at == CREATED_AT + 97_000 + 86_400_000


def test_without_expired_time_the_payment_is_due_an_hour_after_creation() -> None:
    snapshot = seen_order(order(expired_time="", status="WAIT_BUYER_PAY", pay_time=""), "trade_TradeCreate").snapshot
    assert snapshot is not None
    assert snapshot.payment_due_at == CREATED_AT + 3_600_000


PHASES = [
    {
        "phase": 1,
        "pay_time": "2026-03-07 17:57:00",
        "pay_end_time": "2026-03-07 18:56:23",
        "real_price": "20.00",
    },
    {"phase": 2, "pay_time": "", "pay_end_time": "2026-03-12 10:00:00", "real_price": "70.00"},
]


def test_a_presale_between_its_phases_is_unpaid_until_the_balance_window_ends() -> None:
    info = changed(order(status="WAIT_BUYER_PAY", order_tags={"is_down_payment_pre": True}, pay_time=""),
                   "pay_info.phase_payments", PHASES)  # fmt: skip
    result = seen_order(info, "trade_TradePaid")
    assert Milestone.PAID not in result.milestones
    assert result.snapshot is not None
    assert result.snapshot.payment_due_at == 1_773_280_800_000  # 2026-03-12 10:00:00 +08:00


def test_a_presale_with_both_phases_paid_is_paid() -> None:
    both = [PHASES[0], {**PHASES[1], "pay_time": "2026-03-10 10:00:12"}]
    head = order(pay_time="2026-03-10 10:00:12", order_tags={"is_down_payment_pre": True})
    assert seen_order(changed(head, "pay_info.phase_payments", both)).milestones[Milestone.PAID] == PAID_AT


def test_the_way_of_an_order_is_told_by_its_status_and_times() -> None:
    shipped = seen_order(order(status="WAIT_BUYER_CONFIRM_GOODS", consign_time="2026-03-08 10:00:00"))
    assert shipped.milestones[Milestone.SHOP_SHIPPED] == 1_772_935_200_000
    done = seen_order(order(status="TRADE_SUCCESS", success_time="2026-03-15 10:00:00"))
    assert done.milestones[Milestone.RECEIVED] == 1_773_540_000_000
    assert Milestone.PAID in done.milestones
    closed = seen_order(order(status="TRADE_CLOSED", close_type=1, pay_time=""))
    assert closed.milestones[Milestone.CANCELLED] == CREATED_AT + 98_000
    assert (closed.close_reason, Milestone.PAID in closed.milestones) == ("expired", False)


def test_freight_inside_the_lines_is_taken_out_of_them_again() -> None:
    snapshot = seen_order(changed(order(), "orders.0.payment", "290.00")).snapshot
    assert snapshot is not None
    assert [line.payable_fen for line in snapshot.lines] == [28000, 0]


def test_a_deduction_counts_as_paid_only_as_far_as_the_payment_is_not_reached() -> None:
    part = changed(changed(order(), "pay_info.real_payment", "250.00"), "pay_info.deduction_pay", 4000)
    twice = changed(order(), "pay_info.deduction_pay", 4000)
    absent = changed(order(), "pay_info.real_payment", DROP)
    for info in (part, twice, absent):
        snapshot = seen_order(info).snapshot
        assert snapshot is not None
        assert snapshot.amounts.paid_fen == 29000


@pytest.mark.parametrize(
    ("event", "milestone"),
    [
        ("trade_TradeSuccess", Milestone.RECEIVED),
        ("trade_TradeSellerShip", Milestone.SHOP_SHIPPED),
        ("trade_TradeClose", Milestone.CANCELLED),
    ],
)
def test_a_thin_event_says_one_thing(event: str, milestone: Milestone) -> None:
    result = seen(push(event, thin()))
    assert (result.snapshot, dict(result.milestones)) == (None, {milestone: 1_772_877_410_000})
    assert result.unhandled is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"close_reason": "refund, order closed!"}, "refunded"),
        ({"close_reason": "close by buyer, order canceled!"}, "cancelled"),
        ({"close_reson": "order expired closed by task, order canceled!"}, "expired"),
        ({"close_type": "5"}, "cancelled"),
        ({"close_type": 18}, "closed"),
        ({}, "closed"),
    ],
)
def test_why_an_order_was_closed_is_one_of_four_words(fields: dict[str, Any], reason: str) -> None:
    assert seen(push("trade_TradeClose", thin(**fields))).close_reason == reason


@pytest.mark.parametrize(
    ("event", "as_object"),
    [
        ("trade_refund_RefundSuccess", False),
        ("trade_refund_RefundSellerAgree", False),
        ("youzan_trade_RefundSuccess", True),
    ],
)
def test_money_that_went_back_is_a_refund_and_no_card(event: str, as_object: bool) -> None:
    msg = thin(refund_id="202603071800001", refunded_fee="45.50", refund_type="REFUND_ONLY")
    result = seen(push(event, msg, as_object=as_object, id="202603071800001"))
    assert (result.refund_id, result.refunded_fen) == ("202603071800001", 4550)
    assert result.unhandled is None


@pytest.mark.parametrize(
    ("event", "refund_type", "blocks"),
    [
        ("trade_refund_BuyerCreated", "REFUND_ONLY", True),
        ("trade_refund_RefundSellerAgree", "REFUND_AND_RETURN", True),
        ("youzan_trade_RefundSellerAgree", "REFUND_ONLY", True),
        ("trade_refund_RefundSellerAgreeReturnGoods", "", True),
        ("youzan_trade_RefundCreated", "", True),
        ("trade_refund_RefundSellerRefuse", "", False),
        ("trade_refund_RefundClosed", "", False),
        ("youzan_trade_RefundClosed", "", False),
    ],
)
def test_all_events_of_one_refund_are_one_card(event: str, refund_type: str, blocks: bool) -> None:
    msg = thin(refund_id=202603071800001, refunded_fee="45.50", refund_type=refund_type)
    result = seen(push(event, msg, id=202603071800001))
    assert result.unhandled is not None
    assert (result.unhandled.cause, result.unhandled.blocks) == ("refund-202603071800001", blocks)
    assert result.refund_id == ""


@pytest.mark.parametrize(
    ("event", "cause", "blocks"),
    [
        ("trade_TradePartlySellerShip", "partly-shipped-1772877410000", True),
        ("trade_MessagesTheChangeAddresses", "address-seller-1772877410000", True),
        ("youzan_trade_MessagesTheChangeAddressesByBuyer", "address-buyer-1772877410000", True),
        ("trade_TradeMemoModified", "memo-1772877410000", False),
        ("trade_TradeSomethingNew", "trade_TradeSomethingNew-1772877410000", False),
    ],
)
def test_what_is_not_handled_yet_is_kept_for_a_person(event: str, cause: str, blocks: bool) -> None:
    result = seen(push(event, thin(user_name="张三", tel="13800138001", oids="1,2")))
    assert result.unhandled is not None
    assert (result.unhandled.cause, result.unhandled.blocks) == (cause, blocks)
    assert json.loads(SEAL.open(result.unhandled.sealed))["user_name"] == "张三"
    assert "张三" not in str(result.unhandled.evidence)
    assert "13800138001" not in str(result.unhandled.evidence)
    assert result.unhandled.evidence["oids"] == "1,2"


def test_a_space_in_the_url_encoded_msg_is_a_plus() -> None:
    msg = "%7B%22update_time%22%3A%222026-03-07+17%3A56%3A50%22%2C%22tid%22%3A%22" + TID + "%22%7D"
    assert seen(push("trade_TradeSuccess", msg)).occurred_at == 1_772_877_410_000
    half_encoded = msg.replace("%3A", ":").replace("%2C", ",")
    assert seen(push("trade_TradeSuccess", half_encoded)).occurred_at == 1_772_877_410_000


def test_versions_in_seconds_and_in_milliseconds_are_one_scale() -> None:
    assert seen(push("trade_TradeSuccess", thin(), version=1772877410)).version == 1772877410000
    assert seen(push("trade_TradeSuccess", thin(), version=1772877410123)).version == 1772877410123
    assert seen(push("trade_TradeSuccess", thin(), version="1772877410")).version == 1772877410000
    assert seen(push("trade_TradeSuccess", thin(), version=DROP)).version == 0


def test_the_key_of_a_message_is_its_id_or_its_type_shop_order_and_version() -> None:
    assert seen(push("trade_TradeSuccess", thin())).message_key == "2f6b1c1e-0000-4000-8000-000000000001"
    keyless = seen(push("trade_TradeSuccess", thin(), msg_id=DROP))
    assert keyless.message_key == f"trade_TradeSuccess:{SHOP}:{TID}:1772877410000"
    first, second = (
        seen(push("trade_TradeMemoModified", thin(seller_memo=memo), msg_id=DROP, version=DROP)).message_key
        for memo in ("a", "b")
    )
    assert first != second


def test_ids_above_2_to_the_53_stay_exact_whatever_their_type() -> None:
    info = changed(order(), "orders.0.oid", 2772877410000000003)
    snapshot = seen_order(info).snapshot
    assert snapshot is not None
    assert snapshot.lines[0].line_id == "2772877410000000003"
    assert seen(push("trade_TradeSuccess", thin(), kdt_id=SHOP)).shop_id == SHOP


def test_probes_and_what_is_not_about_orders_is_ignored() -> None:
    for body, reason in (
        (push("trade_TradeCreate", thin(), test=True), "probe"),
        (push("ITEM_STATE", {"data": {}}), "not_an_order_event"),
        (push("SCRM_CUSTOMER_EVENT", "???"), "not_an_order_event"),
        (push("POINTS", {}), "not_an_order_event"),
        (push("youzan_item_SkuStockChanged", {}, as_object=True, msg_id=DROP), "not_an_order_event"),
    ):
        result = read_push(body, RECEIVED_AT, KEYS.decrypt, SEAL, DIGEST)
        assert isinstance(result, Ignored)
        assert result.reason == reason


def detail(value: dict[str, Any]) -> Observation:
    return read_detail(json.dumps(value).encode(), RECEIVED_AT, KEYS.decrypt, SEAL, DIGEST)


def test_an_order_read_from_the_shop_says_the_same_as_its_push() -> None:
    result = detail({"kdt_id": SHOP, "full_order_info": order()})
    pushed = seen_order(order())
    assert (result.snapshot, result.milestones) == (pushed.snapshot, pushed.milestones)
    assert (result.shop_id, result.event_type, result.found_late) == (SHOP, "detail", True)
    assert result.message_key.startswith(f"detail:{TID}:{CREATED_AT + 98_000}:")


def test_a_detail_without_shop_belongs_to_the_branch_it_names() -> None:
    assert detail({"full_order_info": order(node_kdt_id=int(SHOP))}).shop_id == SHOP


def test_empty_times_may_be_null_or_absent_in_what_is_read_from_the_shop() -> None:
    for empty in (None, DROP):
        info = order()
        for name in ("consign_time", "success_time"):
            info = changed(info, f"order_info.{name}", empty)
        assert Milestone.SHOP_SHIPPED not in detail({"kdt_id": SHOP, "full_order_info": info}).milestones


SAMPLES = sorted((Path(__file__).parents[2] / "events/webhooks/youzan").glob("*.json"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_every_sample_of_the_catalogue_is_understood(sample: Path) -> None:
    result = read_push(sample.read_bytes(), RECEIVED_AT, KEYS.decrypt, SEAL, DIGEST)
    if sample.stem.endswith(".test"):
        assert isinstance(result, Ignored)
        return
    assert isinstance(result, Observation)
    assert result.snapshot or result.milestones or result.refund_id or result.unhandled or result.address


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"sku_barcode": " 6900000388655 ", "item_barcode": "6900000000000"}, "6900000388655"),
        ({"sku_barcode": "", "item_barcode": "6900000388655"}, "6900000388655"),
        ({"sku_barcode": None, "item_barcode": 7}, ""),
        ({"sku_barcode": "<script>alert(1)</script>"}, ""),
        ({"sku_barcode": "长" * 9, "item_barcode": "A" * 33}, ""),
        ({}, ""),
    ],
    ids=["of the specification", "of the item", "neither", "markup", "no code", "not said"],
)
def test_a_line_keeps_the_barcode_that_a_scanner_reads_and_no_order_is_refused_for_it(
    said: dict[str, Any], kept: str
) -> None:
    info = order()
    info["orders"][0] |= said
    snapshot = seen_order(info).snapshot
    assert snapshot is not None
    assert [line.barcode for line in snapshot.lines] == [kept, ""]
