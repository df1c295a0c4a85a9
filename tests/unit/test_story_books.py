"""The book-keeping of a story: it is worth something only if it sees what is wrong."""

from typing import Any

import pytest

from local.stories.books import compare
from local.stories.evidence import Evidence
from local.stories.stock_books import stock_rows
from local.stories.world import Finding, Placed

SHIPPED = Placed("E1", "usual", "", "completed", ())
CANCELLED = Placed("E2", "cancelled", "", "cancelled", ())


class Told:
    """A world that has ended: what `compare` reads of it."""

    def __init__(self) -> None:
        self.placed = [SHIPPED, CANCELLED]
        buyer = {"name": "张三", "phone": "13800130001"}
        trade = {
            "packed": 1, "state": 110, "waybills": ["SF1"], "handovers": [{"waybill_no": "SF1", "outcome": "accepted"}],
        }  # fmt: skip
        consignee = {"contact": "张三", "mobile": "13800130001"}
        self.evidence = Evidence(
            orders={
                "youzan-E1": {
                    "outcome": "completed",
                    "waybill_number": "SF1",
                    "settlement": {
                        "receivable_fen": 900,
                        "entries": [
                            {"kind": "goods", "amount_fen": 1000},
                            {"kind": "discount", "amount_fen": -100},
                            {"kind": "platform_fee", "amount_fen": -5},
                        ],
                    },
                },
                "youzan-E2": {"outcome": "cancelled", "reservations": [{"sku": "A", "status": "released"}]},
            },
            open_decisions=[],
            shop={
                "E1": {
                    "buyer": buyer, "paid_fen": 900, "refunded_fen": 0, "status": "TRADE_SUCCESS",
                    "confirms_accepted": 1, "waybills": ["SF1"],
                },
                "E2": {"buyer": buyer, "paid_fen": 500, "refunded_fen": 500, "status": "TRADE_CLOSED"},
            },
            warehouse={
                "trades": {"E1": trade, "E2": {"state": 5, "packed": 0}},
                "stock": {
                    "A@WH01": {
                        "sellable": 9,
                        "moves": [{"kind": "stocktake", "delta": 10}, {"kind": "ship", "delta": -1}],
                    }
                },
            },
            carrier={
                "orders": {"youzan-E1-1-1": {"state": "delivered", "consignee": consignee}},
                "parcels": {
                    "youzan-E1-1": {"labels": 1, "max_live": 1, "live": 0},
                    "youzan-E2-1": {"labels": 1, "max_live": 1, "live": 0},
                },
            },
            post={"orders": {}, "parcels": {}},
            ledger={"youzan-E1": {"saves": 1, "submits": 1, "audits": 1, "status": "C", "total_fen": 900}},
            pushes=[],
            items={
                "StockTable": [
                    {
                        "entity": "stock", "sku": "A", "warehouse": "WH01",
                        "available": 9, "due": {}, "firm": 0, "sold": 1, "stocked": 10,
                    }
                ]
            },
            dead_letters={"InboundDlq": 0},
            ended_badly=[],
            address_measures={},
        )  # fmt: skip


def broken(told: Told) -> list[str]:
    findings: list[Finding] = compare(told)  # type: ignore[arg-type]
    return [finding.claim for finding in findings if not finding.holds]


def test_books_that_agree_have_no_finding_against_them() -> None:
    assert broken(Told()) == []


def change(told: Told, path: str, value: Any) -> None:
    *way, last = path.split("/")
    place: Any = getattr(told.evidence, way[0])
    for step in way[1:]:
        place = place[int(step) if isinstance(place, list) else step]
    place[last] = value


@pytest.mark.parametrize(
    ("path", "value", "claim"),
    [
        ("orders/youzan-E1/outcome", "open", "hub: every shipped order is completed"),
        ("warehouse/trades/E1/packed", 2, "WMS: packed exactly once, with the hub's waybill"),
        ("warehouse/trades/E1/waybills", ["SF9"], "WMS: packed exactly once, with the hub's waybill"),
        ("carrier/parcels/youzan-E1-1/max_live", 2, "carriers: one waybill, never two live, delivered to the buyer"),
        (
            "post/parcels/youzan-E1-1",
            {"labels": 1, "max_live": 1, "live": 1},
            "carriers: one waybill, never two live, delivered to the buyer",
        ),
        ("post/parcels/youzan-E9-1", {"labels": 1, "max_live": 1, "live": 1}, "partners: nothing that nobody ordered"),
        (
            "carrier/orders/youzan-E1-1-1/consignee",
            {"contact": "李四", "mobile": "13800130001"},
            "carriers: one waybill, never two live, delivered to the buyer",
        ),
        ("shop/E1/confirms_accepted", 2, "Youzan: shipping confirmed once, trade successful"),
        ("ledger/youzan-E1/total_fen", 901, "Kingdee: one receivable, audited, to the fen"),
        ("ledger/youzan-E1/saves", 2, "Kingdee: one receivable, audited, to the fen"),
        ("orders/youzan-E1/settlement/receivable_fen", 899, "hub: the split of the money adds up to the fen"),
        ("carrier/parcels/youzan-E2-1/live", 1, "cancelled orders left nothing behind"),
        ("shop/E2/refunded_fen", 0, "cancelled orders left nothing behind"),
        ("ledger/youzan-E9", {"total_fen": 1}, "partners: nothing that nobody ordered"),
        ("items/StockTable/0/available", 8, "stock: available + due + firm + sold = stocked"),
        ("warehouse/stock/A@WH01/sellable", 8, "stock: the hub's numbers are the WMS's numbers"),
        ("dead_letters/InboundDlq", 1, "hub: no dead letter, no failed execution"),
    ],
)
def test_every_difference_is_found_by_the_claim_that_is_about_it(path: str, value: Any, claim: str) -> None:
    told = Told()
    change(told, path, value)
    assert claim in broken(told)


def test_an_order_that_the_hub_never_heard_of_is_found() -> None:
    told = Told()
    del told.evidence.orders["youzan-E1"]
    assert "hub: every shipped order is completed" in broken(told)


def test_the_shards_of_a_sku_are_added_up() -> None:
    told = Told()
    first = told.evidence.items["StockTable"][0]
    told.evidence.items["StockTable"].append({**first, "available": 5, "sold": 0, "stocked": 5, "due": {"7": 0}})
    (row,) = stock_rows(told.evidence)
    assert (row.available, row.sold, row.stocked, row.is_balanced) == (14, 1, 15, True)
