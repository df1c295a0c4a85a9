"""Paying back of the seller's own will (sheet §7.6): the adapter and the simulator over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.youzan import create
from orderhub.adapters.youzan.client import REFUND
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from tests.contract.test_youzan_client import SHOP, Shop

PAID_FEN = 29_000  # goods 30 000, freight 1 000, discount 2 000


@pytest.fixture
def youzan() -> Iterator[Shop]:
    with serve(create({"replica_lag_ms": 0})) as url:
        shop = Shop(url)
        yield shop
        shop.http.close()


def pay_back(youzan: Shop, tid: str, fen: int, key: str = "key-1", shop: str = SHOP, **lines: int) -> str:
    first = youzan.truth(tid)["lines"][0]["oid"]
    return youzan.client.pay_back(shop, tid, key, fen, lines or {first: fen}, "缺货退款")


def refunds(youzan: Shop, tid: str) -> list[tuple[int, str, str]]:
    return [(one["fee_fen"], one["status"], one["reason"]) for one in youzan.truth(tid)["refunds"]]


def test_a_part_is_paid_back_at_once(youzan: Shop) -> None:
    tid = youzan.place()
    refund_id = pay_back(youzan, tid, 505)
    truth = youzan.truth(tid)
    assert refunds(youzan, tid) == [(505, "SUCCESS", "缺货退款")]
    assert (truth["status"], truth["refunds"][0]["refund_id"]) == ("WAIT_SELLER_SEND_GOODS", refund_id)
    assert [one["type"] for one in truth["pushes"]][-2:] == [
        "trade_refund_RefundSellerCreated",
        "trade_refund_RefundSellerAgree",
    ]


def test_all_of_it_closes_the_order(youzan: Shop) -> None:
    tid = youzan.place()
    pay_back(youzan, tid, PAID_FEN)
    truth = youzan.truth(tid)
    assert (truth["status"], truth["refunded_fen"]) == ("TRADE_CLOSED", PAID_FEN)


def test_the_same_key_again_pays_nothing_and_answers_as_it_did(youzan: Shop) -> None:
    tid = youzan.place()
    assert pay_back(youzan, tid, PAID_FEN) == pay_back(youzan, tid, PAID_FEN)
    assert len(refunds(youzan, tid)) == 1


def test_an_answer_that_is_lost_leaves_it_open_and_the_same_key_finds_it(youzan: Shop) -> None:
    tid = youzan.place()
    youzan.fault("status", REFUND, status=504, after=True, times=1)
    with pytest.raises(PartnerUnavailable) as failed:
        pay_back(youzan, tid, 500)
    assert failed.value.unclear
    assert pay_back(youzan, tid, 500) == youzan.truth(tid)["refunds"][0]["refund_id"]
    assert len(refunds(youzan, tid)) == 1


def test_never_more_than_was_paid_goes_back(youzan: Shop) -> None:
    tid = youzan.place()
    pay_back(youzan, tid, PAID_FEN - 1, "key-1")
    with pytest.raises(PartnerRejected, match="1 fen are left"):
        pay_back(youzan, tid, 2, "key-2")
    pay_back(youzan, tid, 1, "key-3")
    with pytest.raises(PartnerRejected):
        pay_back(youzan, tid, 1, "key-4")
    assert youzan.truth(tid)["refunded_fen"] == PAID_FEN


@pytest.mark.parametrize("wrong", [{"fen": 0}, {"key": ""}, {"9": 500}, {"lines": {"1": 4}}])
def test_what_does_not_fit_the_order_is_refused(youzan: Shop, wrong: dict[str, Any]) -> None:
    tid = youzan.place()
    lines = wrong.get("lines", {"9": 500} if "9" in wrong else {})
    with pytest.raises(PartnerRejected):
        pay_back(youzan, tid, wrong.get("fen", 500), wrong.get("key", "key-1"), **lines)
    assert refunds(youzan, tid) == []


def test_a_shop_without_money_refuses_with_its_own_code(youzan: Shop) -> None:
    tid = youzan.place()
    youzan.switch(balance_too_low=True)
    with pytest.raises(PartnerRejected) as refused:
        pay_back(youzan, tid, 500)
    assert refused.value.code == "102090108"


def test_an_unpaid_order_has_nothing_to_pay_back(youzan: Shop) -> None:
    tid = youzan.place(pay=False)
    with pytest.raises(PartnerRejected):
        pay_back(youzan, tid, 500)
