"""The Wangdiantong adapter against the simulator over HTTP: what it pushes, reads back and acknowledges."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.wangdiantong import create
from orderhub.adapters.wangdiantong.client import NOT_TAKEN, WangdiantongClient
from orderhub.adapters.wangdiantong.mapping import receiver_fingerprint
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable, Rejected
from orderhub.domain.records import StockTransfer, TransferStatus
from orderhub.ports.partners import TradeInstruction
from tests.contract.steered import Steered
from tests.unit.wangdiantong_samples import GIFT, RECEIVER, instruction, line, snapshot

ACCOUNT = {"sid": "demo_sid", "appkey": "demo-key", "appsecret": "demo-secret", "shop_no": "demo_shop"}
WAYBILL = "SF7444000012345"
MINUTE, HOUR = 60_000, 3_600_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Warehouse(Steered):
    """The simulator, and the client that talks to it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "wangdiantong")
        self.client = self.client_of(ACCOUNT)

    def client_of(self, account: dict[str, str]) -> WangdiantongClient:
        return WangdiantongClient(str(self.sim.base_url), account, self.http, now_ms)

    def trade(self, platform_id: str) -> Any:
        return self.state()["trades"][platform_id]

    def trades(self) -> Any:
        return self.state()["trades"]


@pytest.fixture
def wdt() -> Iterator[Warehouse]:
    """Stocked; its clock stands (almost) still until a test advances it."""
    settings = {"per_minute": 10_000, "submit_ms": MINUTE, "audit_ms": MINUTE, "pack_ms": MINUTE,
                "ship_ms": MINUTE, "done_ms": HOUR, "default_warehouse": "WH01"}  # fmt: skip
    with serve(create(settings)) as url:
        warehouse = Warehouse(url)
        rows = [{"spec_no": sku, "warehouse_no": "WH01", "stock_num": 100} for sku in ("ZP-2026-01", "FP-001")]
        warehouse.control("stock", rows)
        yield warehouse
        warehouse.http.close()


def order(number: int = 1, **changes: Any) -> TradeInstruction:
    """An order of its own: id and line ids are never used twice (sheet §3.1)."""
    lines = (line(f"{number}01"), replace(GIFT, line_id=f"{number}02"))
    return instruction(changes.pop("snap", None) or snapshot(*lines), platform_id=f"E{number:04d}", **changes)


def push(wdt: Warehouse, *orders: TradeInstruction) -> dict[str, str]:
    return dict(wdt.client.push_trades(orders))


# ---- push --------------------------------------------------------------------------------------------------


def test_a_pushed_order_is_taken_as_it_was_meant(wdt: Warehouse) -> None:
    assert push(wdt, order()) == {"E0001": ""}
    receiver = wdt.trade("E0001")["receiver"]
    assert (receiver["receiver_name"], receiver["receiver_mobile"]) == (RECEIVER.name, RECEIVER.phone)
    assert receiver["receiver_address"] == RECEIVER.detail
    (trade,) = wdt.client.find_trades("E0001")
    assert (trade.state, trade.is_flagged, trade.platform_ids) == ("raw", False, ("E0001",))
    assert trade.receiver_fingerprint == receiver_fingerprint(RECEIVER.name, RECEIVER.phone, RECEIVER.detail)


def test_an_emoji_in_a_name_is_replaced_before_it_is_signed(wdt: Warehouse) -> None:
    pushed = order(receiver=replace(RECEIVER, name="张三😀", note="谢谢🙏"))
    assert push(wdt, pushed) == {"E0001": ""}
    assert wdt.trade("E0001")["receiver"]["receiver_name"] == "张三□"


def test_fifty_orders_go_in_one_call(wdt: Warehouse) -> None:
    outcome = push(wdt, *(order(number) for number in range(1, 51)))
    assert set(outcome.values()) == {""}
    assert (len(outcome), wdt.calls("trade_push")) == (50, 1)


@pytest.mark.parametrize("count", [0, 51])
def test_no_more_than_fifty_and_no_less_than_one(wdt: Warehouse, count: int) -> None:
    with pytest.raises(ValueError, match="1…50"):
        push(wdt, *(order(number) for number in range(count)))


def test_pushing_again_changes_nothing(wdt: Warehouse) -> None:
    wdt.switch(unchanged_counts="neither")
    assert push(wdt, order()) == push(wdt, order()) == {"E0001": ""}
    assert (len(wdt.trades()), wdt.trade("E0001")["pushes"]) == (1, 2)


def test_the_number_of_the_waybill_reaches_the_memo(wdt: Warehouse) -> None:
    push(wdt, order())
    assert push(wdt, order(waybill_number=WAYBILL)) == {"E0001": ""}
    (trade,) = wdt.client.find_trades("E0001")
    assert trade.memo == f"运单号:{WAYBILL}"


def test_an_order_the_warehouse_could_not_use_does_not_hold_up_the_others(wdt: Warehouse) -> None:
    bad = order(2, receiver=replace(RECEIVER, name="长" * 41))
    assert push(wdt, order(1), bad, order(3)) == {"E0001": "", "E0002": "receiver_name_too_long", "E0003": ""}
    assert set(wdt.trades()) == {"E0001", "E0003"}


def refused_by_the_warehouse(wdt: Warehouse, number: int) -> TradeInstruction:
    """An order that was pushed with another price, which must not change any more."""
    wdt.switch(num_price_change="refused")
    assert push(wdt, order(number)) == {f"E{number:04d}": ""}
    dearer = line(f"{number}01", unit_price_fen=16000, goods_fen=32000, payable_fen=32000)
    return order(number, snap=snapshot(dearer, paid_fen=33000))


def test_one_order_refused_in_a_batch_is_found_and_the_others_are_taken(wdt: Warehouse) -> None:
    bad = refused_by_the_warehouse(wdt, 7)
    outcome = push(wdt, *(order(number) for number in range(1, 7)), bad, order(8))
    assert outcome["E0007"].startswith("5040: ")
    assert {reason for tid, reason in outcome.items() if tid != "E0007"} == {""}


def test_a_batch_whose_counts_do_not_fit_is_read_back_trade_by_trade(wdt: Warehouse) -> None:
    wdt.switch(invalid_trade="skip", num_price_change="ignored")
    masked = order(2, snap=snapshot(line("201"), line("201", sku="FP-001"), paid_fen=57000))
    assert push(wdt, order(1), masked, order(3)) == {"E0001": "", "E0002": NOT_TAKEN, "E0003": ""}


def test_a_number_that_did_not_arrive_is_seen_when_read_back(wdt: Warehouse) -> None:
    bad = refused_by_the_warehouse(wdt, 2)
    wdt.switch(invalid_trade="skip")
    assert push(wdt, order(1), replace(bad, waybill_number=WAYBILL)) == {"E0001": "", "E0002": NOT_TAKEN}


@pytest.mark.parametrize("field", ["sid", "appkey", "appsecret", "shop_no"])
def test_a_wrong_account_is_refused_as_such_and_not_in_parts(wdt: Warehouse, field: str) -> None:
    client = wdt.client_of({**ACCOUNT, field: "wrong"})
    with pytest.raises(PartnerRejected):
        client.push_trades([order(1), order(2)])
    assert wdt.calls("trade_push") == 1


# ---- cancel ------------------------------------------------------------------------------------------------


def test_a_closed_trade_is_cancelled_before_it_is_audited(wdt: Warehouse) -> None:
    push(wdt, order())
    assert push(wdt, order(is_closed=True)) == {"E0001": ""}
    wdt.client.push_refund(order(is_closed=True), "youzan-E0001-R")
    wdt.client.push_refund(order(is_closed=True), "youzan-E0001-R")
    assert [trade.state for trade in wdt.client.find_trades("E0001")] == ["cancelled"]
    assert len(wdt.sim.get("/_sim/state").json()["refunds"]) == 1


def test_an_audited_trade_is_flagged_not_cancelled(wdt: Warehouse) -> None:
    push(wdt, order(waybill_number=WAYBILL))
    wdt.advance(2 * MINUTE + 1000)
    push(wdt, order(is_closed=True, waybill_number=WAYBILL))
    (trade,) = wdt.client.find_trades("E0001")
    assert (trade.state, trade.is_flagged) == ("audited", True)


def test_a_refund_of_a_trade_nobody_knows_is_refused(wdt: Warehouse) -> None:
    with pytest.raises(PartnerRejected) as refused:
        wdt.client.push_refund(order(is_closed=True), "youzan-E0001-R")
    assert refused.value.code == "5040"


def test_a_trade_nobody_knows_is_not_found(wdt: Warehouse) -> None:
    assert wdt.client.find_trades("E9999") == ()


# ---- shipments, stock --------------------------------------------------------------------------------------


def ship(wdt: Warehouse, *numbers: int) -> None:
    push(wdt, *(order(number, waybill_number=f"SF74440000{number:05d}") for number in numbers))
    wdt.advance(4 * MINUTE + 1000)


def test_a_shipment_comes_back_until_it_is_acknowledged(wdt: Warehouse) -> None:
    ship(wdt, 1)
    for _ in range(2):
        (notice,) = wdt.client.shipments()
        assert (notice.platform_id, notice.logistics_no, notice.line_ids) == ("E0001", "SF7444000000001", ())
    assert wdt.client.acknowledge([notice.rec_id]) == {}
    assert wdt.client.shipments() == ()
    assert "不存在" in wdt.client.acknowledge([notice.rec_id])[notice.rec_id]
    assert wdt.client.acknowledge([]) == {}


def test_what_left_is_found_by_the_stockouts_even_after_its_notice_is_gone(wdt: Warehouse) -> None:
    push(wdt, order(1), order(2))
    ship(wdt, 1, 2)
    rows = wdt.client.shipments()
    wdt.client.acknowledge([row.rec_id for row in rows])

    found = list(wdt.client.stockouts(now_ms() - 3_600_000, now_ms() + 3_600_000))

    assert {(row.platform_id, row.logistics_no) for row in found} == {
        (row.platform_id, row.logistics_no) for row in rows
    }
    assert all(row.shipped_at for row in found)


def test_a_part_that_was_shipped_names_its_lines(wdt: Warehouse) -> None:
    push(wdt, order(waybill_number=WAYBILL))
    wdt.advance(2 * MINUTE + 1000)
    wdt.control("pack", {"tid": "E0001", "logistics_no": WAYBILL, "oids": ["101"]})
    wdt.advance(MINUTE + 1000)
    assert wdt.client.shipments()[0].line_ids == ("101",)


def test_more_than_fifty_acknowledgements_go_in_parts(wdt: Warehouse) -> None:
    ship(wdt, *range(1, 31))
    ship(wdt, *range(31, 61))
    rec_ids = [notice.rec_id for notice in wdt.client.shipments()]
    assert (len(rec_ids), wdt.client.acknowledge(rec_ids)) == (60, {})
    assert (wdt.calls("logistics_sync_ack"), wdt.client.shipments()) == (2, ())


def test_stock_is_read_by_window_and_by_sku(wdt: Warehouse) -> None:
    push(wdt, order(waybill_number=WAYBILL))
    wdt.advance(MINUTE + 1000)
    now = now_ms() + HOUR
    by_window = {seen.sku: seen for seen in wdt.client.stock(now - 40 * 24 * HOUR, now)}
    by_sku = {seen.sku: seen for seen in wdt.client.stock_of(["ZP-2026-01", "FP-001"])}
    assert by_window == by_sku
    feeder = by_sku["ZP-2026-01"]
    assert (feeder.physical, feeder.awaiting_audit, feeder.sellable) == (100, 2, 98)


def test_stock_of_many_pages_is_read_from_the_last_page(wdt: Warehouse) -> None:
    rows = [{"spec_no": f"S{n:03d}", "warehouse_no": "WH01", "stock_num": n} for n in range(230)]
    wdt.control("stock", rows)
    now = now_ms() + 1000
    seen = {row.sku: row.physical for row in wdt.client.stock(now - HOUR, now)}
    assert {sku: count for sku, count in seen.items() if sku.startswith("S")} == {f"S{n:03d}": n for n in range(230)}
    assert wdt.calls("stock_query") == 4


# ---- transfers ---------------------------------------------------------------------------------------------


def transfer(number: int = 1, pieces: int = 3) -> StockTransfer:
    now = now_ms()
    return StockTransfer(
        number, "youzan-E1", f"youzan-E1-T{number}", "WH01", "WH02", {"FP-001": pieces}, TransferStatus.WANTED, 1,
        now, now + HOUR,
    )  # fmt: skip


def transfers(wdt: Warehouse) -> Any:
    return wdt.sim.get("/_sim/state").json()["transfers"]


def test_a_transfer_is_instructed_once_and_a_used_reference_is_looked_up(wdt: Warehouse) -> None:
    number = wdt.client.push_transfer(transfer())
    assert wdt.client.push_transfer(transfer()) == number
    (made,) = transfers(wdt)
    assert (made["from"], made["to"], made["items"]) == ("WH01", "WH02", {"FP-001": 3})


@pytest.mark.parametrize("after", [True, False])
def test_a_transfer_whose_answer_was_lost_is_not_made_twice(wdt: Warehouse, after: bool) -> None:
    wdt.fault("status", "stock_transfer_push", status=502, after=after)
    with pytest.raises(PartnerUnavailable):
        wdt.client.push_transfer(transfer())
    assert wdt.client.push_transfer(transfer())
    assert len(transfers(wdt)) == 1


def test_transfers_are_seen_open_received_or_cancelled_over_many_pages(wdt: Warehouse) -> None:
    rows = [{"spec_no": "FP-001", "warehouse_no": "WH01", "stock_num": 150}]
    wdt.control("stock", rows)
    for number in range(1, 121):
        wdt.client.push_transfer(transfer(number, 1))
    since, until = now_ms() - HOUR, now_ms() + 24 * HOUR
    wdt.control("cancel_transfer", {"outer_no": "youzan-E1-T7"})
    states = {seen.reference: seen.state for seen in wdt.client.transfers(since, until)}
    assert len(states) == 120
    assert (states["youzan-E1-T7"], states["youzan-E1-T8"]) == ("cancelled", "open")
    wdt.advance(HOUR)
    states = {seen.reference: seen.state for seen in wdt.client.transfers(since, until)}
    assert (states["youzan-E1-T7"], states["youzan-E1-T8"]) == ("cancelled", "received")


def test_more_than_lies_there_is_refused_with_the_warehouses_words(wdt: Warehouse) -> None:
    with pytest.raises(PartnerRejected, match="库存不足"):
        wdt.client.push_transfer(transfer(pieces=101))
    assert transfers(wdt) == []


def test_a_reference_that_is_too_long_is_never_sent(wdt: Warehouse) -> None:
    with pytest.raises(Rejected, match="outer_no_too_long"):
        wdt.client.push_transfer(replace(transfer(), reference="x" * 41))
    assert wdt.calls("stock_transfer_push") == 0


# ---- faults ------------------------------------------------------------------------------------------------

UNCLEAR: list[tuple[str, dict[str, Any], bool]] = [  # (dial, its settings, was the work done)
    ("timeout_after", {}, True),
    ("malformed", {}, True),
    ("wrong_encoding", {}, True),
    ("slow", {"ms": 30_000}, True),
    ("status", {"status": 502}, False),
    ("status", {"status": 500, "after": True}, True),
    ("drop_before", {}, False),
]


@pytest.mark.parametrize(("kind", "dial", "is_done"), UNCLEAR)
def test_after_an_unclear_answer_pushing_again_leaves_one_trade(
    wdt: Warehouse, kind: str, dial: dict[str, Any], is_done: bool
) -> None:
    wdt.fault(kind, "trade_push", **dial)
    with pytest.raises(PartnerUnavailable) as failed:
        push(wdt, order())
    assert failed.value.unclear
    assert bool(wdt.client.find_trades("E0001")) is is_done
    assert push(wdt, order()) == {"E0001": ""}
    assert len(wdt.trades()) == 1


def test_called_too_often_nothing_was_done_and_it_says_when_to_come_back(wdt: Warehouse) -> None:
    wdt.switch(per_minute=1)
    push(wdt, order(1))
    with pytest.raises(PartnerUnavailable) as failed:
        push(wdt, order(2))
    assert (failed.value.unclear, failed.value.retry_after_seconds) == (False, 60.0)
    assert set(wdt.trades()) == {"E0001"}


def test_a_push_that_cannot_be_read_back_is_unclear_even_when_reading_was_only_limited(wdt: Warehouse) -> None:
    wdt.switch(unchanged_counts="neither")
    push(wdt, order(1))
    wdt.fault("rate_limit", "trade_query")
    with pytest.raises(PartnerUnavailable) as failed:
        push(wdt, order(1), order(2))
    assert (failed.value.unclear, failed.value.retry_after_seconds) == (True, None)
    assert set(wdt.trades()) == {"E0001", "E0002"}


def test_a_batch_taken_in_part_before_the_limit_is_unclear(wdt: Warehouse) -> None:
    bad = refused_by_the_warehouse(wdt, 3)
    wdt.switch(per_minute=3)
    with pytest.raises(PartnerUnavailable) as failed:
        push(wdt, order(1), order(2), bad)
    assert failed.value.unclear
    assert set(wdt.trades()) == {"E0001", "E0003"}


def test_a_push_done_twice_is_one_trade(wdt: Warehouse) -> None:
    wdt.fault("duplicate", "trade_push")
    assert push(wdt, order()) == {"E0001": ""}
    assert (len(wdt.trades()), wdt.trade("E0001")["pushes"]) == (1, 2)


READS: dict[str, Callable[[WangdiantongClient], object]] = {
    "trade_query": lambda client: client.find_trades("E0001"),
    "logistics_sync_query": lambda client: client.shipments(),
    "logistics_sync_ack": lambda client: client.acknowledge(["1"]),
    "stock_query": lambda client: list(client.stock_of(["ZP-2026-01"])),
    "sales_refund_push": lambda client: client.push_refund(order(is_closed=True), "R1"),
}


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("kind", ["malformed", "wrong_encoding", "status", "rate_limit"])
def test_no_call_takes_a_broken_answer_for_one(wdt: Warehouse, method: str, kind: str) -> None:
    push(wdt, order())
    wdt.fault(kind, method)
    with pytest.raises(PartnerUnavailable):
        READS[method](wdt.client)


def test_an_order_is_never_shown_in_what_is_raised(wdt: Warehouse) -> None:
    bad = refused_by_the_warehouse(wdt, 1)
    shown = str(push(wdt, bad))
    assert all(part not in shown for part in (RECEIVER.name, RECEIVER.phone, RECEIVER.detail))
