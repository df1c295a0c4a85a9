"""A settlement becomes a receivable that adds up to the fen, and is read back by its lines (sheet §5, §7)."""

import json
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.adapters.kingdee.mapping import (
    bill_lines,
    operation_request,
    query_request,
    receivable_of,
    save_request,
    unit_price,
)
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import OrderLine
from orderhub.domain.settlement import EntryKind, SettlementEntry, SettlementSplit, split_settlement
from orderhub.ports.partners import Receivable
from tests.unit.kingdee_samples import BILL_NO, SETTINGS, SHOP, line, snapshot, split


def test_a_bill_has_one_line_per_net_goods_line_and_one_for_the_freight() -> None:
    assert [(one.material, one.quantity, one.amount_fen) for one in bill_lines(split(), SETTINGS)] == [
        ("ZP-2026-01", 3, 10_000),
        ("FP-001", 1, 2_990),
        ("FREIGHT", 1, 1_000),
    ]


def test_no_freight_no_freight_line_and_a_line_paid_back_in_full_is_gone() -> None:
    whole_line_back = split_settlement(snapshot((line(1, "A", 1, 500),), freight_fen=100), 500, 0)
    assert [one.material for one in bill_lines(split(freight_fen=0), SETTINGS)] == ["ZP-2026-01", "FP-001"]
    assert [one.material for one in bill_lines(whole_line_back, SETTINGS)] == ["FREIGHT"]


def test_a_sku_with_another_name_in_the_books_is_told_by_that_name() -> None:
    one = split_settlement(snapshot((line(1, "ZP-RED", 1, 500),)), 0, 0)
    assert bill_lines(one, SETTINGS)[0].material == "ZP-MAT"


def test_the_bill_carries_our_number_the_shops_customer_and_amounts_with_tax_in_yuan() -> None:
    data = save_request(BILL_NO, split(), SHOP, "2026-01-05", SETTINGS)
    model = data["Model"]
    assert (model["FID"], model["FBillNo"], model["FDATE"]) == (0, BILL_NO, "2026-01-05")
    assert model["FCUSTOMERID"] == {"FNumber": "YZ-12345678"}
    assert model["FSETTLEORGID"] == model["FPAYORGID"] == {"FNumber": "100"}
    assert model["FISTAX"] is True
    first, _, freight = model["FEntityDetail"]
    assert first == {
        "FMATERIALID": {"FNumber": "ZP-2026-01"},
        "FPRICEUNITID": {"FNumber": "Pcs"},
        "FPriceQty": 3,
        "FTaxPrice": 33.333333,
        "FEntryTaxRate": 13.0,
        "FALLAMOUNTFOR_D": 100.0,
    }
    assert (freight["FMATERIALID"], freight["FEntryTaxRate"]) == ({"FNumber": "FREIGHT"}, 9.0)


def test_what_kingdee_would_do_by_default_to_our_lines_is_switched_off() -> None:
    data = save_request(BILL_NO, split(), SHOP, "2026-01-05", SETTINGS)
    assert data["IsDeleteEntry"] is False
    assert data["IsAutoSubmitAndAudit"] is False


@pytest.mark.parametrize(
    ("shop", "settled_on", "code"),
    [("999", "2026-01-05", "unknown-customer"), (SHOP, "5.1.2026", "settled-on")],
)
def test_what_the_ledger_could_not_book_is_never_sent(shop: str, settled_on: str, code: str) -> None:
    with pytest.raises(PartnerRejected) as caught:
        save_request(BILL_NO, split(), shop, settled_on, SETTINGS)
    assert caught.value.code == code


def test_an_order_paid_back_in_full_has_nothing_to_book() -> None:
    with pytest.raises(PartnerRejected, match="nothing-to-book"):
        bill_lines(split(refunded_fen=13_990), SETTINGS)


def test_a_split_that_does_not_add_up_is_not_booked() -> None:
    with pytest.raises(PartnerRejected, match="split-does-not-add-up"):
        bill_lines(replace(split(), paid_fen=1), SETTINGS)


def test_a_line_below_zero_is_not_booked() -> None:
    entries = (
        SettlementEntry(EntryKind.GOODS, "L1", "A", 1, 100),
        SettlementEntry(EntryKind.REFUND, "L1", "A", 1, -150),
        SettlementEntry(EntryKind.FREIGHT, "", "", 1, 80),
    )
    with pytest.raises(PartnerRejected, match="negative-line"):
        bill_lines(SettlementSplit(entries, 180, 150), SETTINGS)


ORDER_LINES = st.lists(
    st.tuples(st.integers(1, 9_999), st.integers(0, 5_000_000), st.integers(0, 100)), min_size=1, max_size=8
)


@given(parts=ORDER_LINES, freight=st.integers(0, 5_000), refunded=st.integers(0, 1_000_000))
def test_the_lines_always_add_up_to_what_is_receivable(
    parts: list[tuple[int, int, int]], freight: int, refunded: int
) -> None:
    lines: tuple[OrderLine, ...] = tuple(
        line(at, f"SKU-{at}", quantity, goods, goods * percent // 100)
        for at, (quantity, goods, percent) in enumerate(parts)
    )
    settled = split_settlement(snapshot(lines, freight), refunded, 6)
    if not settled.receivable_fen:
        return
    model = save_request(BILL_NO, settled, SHOP, "2026-01-05", SETTINGS)["Model"]
    entries = json.loads(json.dumps(model), parse_float=Decimal)["FEntityDetail"]
    amounts = [Decimal(entry["FALLAMOUNTFOR_D"]) for entry in entries]
    assert sum(amounts) * 100 == settled.receivable_fen
    for entry, amount in zip(entries, amounts, strict=True):
        computed = Decimal(entry["FTaxPrice"]) * entry["FPriceQty"]
        assert computed.quantize(Decimal("0.01"), ROUND_HALF_UP) == amount


@given(st.integers(1, 10**9), st.integers(1, 9_999))
def test_price_times_quantity_rounds_back_to_the_amount(fen: int, quantity: int) -> None:
    total = (unit_price(fen, quantity) * quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert total * 100 == fen


def test_the_lines_of_a_queried_bill_are_added_up() -> None:
    rows = [[BILL_NO, "B", Decimal("100.00")], [BILL_NO, "B", Decimal("29.9000000000")], [BILL_NO, "B", 10]]
    assert receivable_of(BILL_NO, rows) == Receivable(BILL_NO, "B", 13_990)


def test_no_rows_no_bill() -> None:
    assert receivable_of(BILL_NO, []) is None


@pytest.mark.parametrize(
    "rows",
    [
        [["another", "A", 1]],
        [[BILL_NO, "A"]],
        [[BILL_NO, "Q", 1]],
        [[BILL_NO, "A", "1.00"]],
        [[BILL_NO, "A", None]],
        [[BILL_NO, "A", True]],
        [[BILL_NO, "A", Decimal("1.005")]],
        [[BILL_NO, "A", 1], [BILL_NO, "B", 1]],
        [{"FBillNo": BILL_NO}],
        ["x"],
    ],
)
def test_rows_that_are_not_what_was_asked_for_are_unclear(rows: list[object]) -> None:
    with pytest.raises(PartnerUnavailable) as caught:
        receivable_of(BILL_NO, rows)
    assert caught.value.unclear is True


@pytest.mark.parametrize("bill_no", ["", "x' OR '1'='1", "a b", "x" * 81])
def test_what_is_no_order_id_never_reaches_a_filter(bill_no: str) -> None:
    with pytest.raises(ValueError, match="bill number"):
        query_request(bill_no)
    with pytest.raises(ValueError, match="bill number"):
        operation_request(bill_no)
