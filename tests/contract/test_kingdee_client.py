"""The Kingdee adapter against the simulator over HTTP: one receivable per order, right to the fen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.kingdee import create
from orderhub.adapters.kingdee.client import KingdeeClient, KingdeeCredentials
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.settlement import SettlementSplit, split_settlement
from tests.contract.steered import Steered
from tests.unit.kingdee_samples import BILL_NO, SETTINGS, SHOP, line, snapshot, split

SECRET = {
    "acct_id": "60dab4a80f1234",
    "user": "演示用户",
    "app_id": "200421_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
    "app_secret": "0123456789abcdef0123456789abcdef",
    "org_num": "100",
    "lcid": "2052",
}
DAY = "2026-01-05"


class Books(Steered):
    """The simulator, and the client that talks to it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "kingdee")
        self.client = self.client_of(SECRET)

    def client_of(self, secret: dict[str, str]) -> KingdeeClient:
        return KingdeeClient(self.http, self.url, KingdeeCredentials.of(secret), SETTINGS)

    def bills(self) -> Any:
        return self.state()["bills"]

    def save(self, settled: SettlementSplit | None = None) -> None:
        self.client.save(BILL_NO, settled or split(), SHOP, DAY)


@pytest.fixture
def erp() -> Iterator[Books]:
    settings = {"user": SECRET["user"], "materials": ["ZP-2026-01", "FP-001", "ZP-MAT", "FREIGHT"]}
    with serve(create(settings)) as url:
        books = Books(url)
        yield books
        books.close()


def test_a_settlement_is_saved_submitted_and_audited(erp: Books) -> None:
    assert erp.client.find(BILL_NO) is None
    statuses: list[str] = []
    for step in (erp.save, lambda: erp.client.submit(BILL_NO), lambda: erp.client.audit(BILL_NO)):
        step()
        found = erp.client.find(BILL_NO)
        assert found is not None
        assert found.total_fen == split().receivable_fen
        statuses.append(found.status)
    assert statuses == ["A", "B", "C"]
    (bill,) = erp.bills().values()
    assert bill["total_fen"] == 13_990
    assert bill["head"]["FCUSTOMERID"] == {"FNumber": "YZ-12345678"}
    assert [entry["amount_fen"] for entry in bill["lines"]] == [10_000, 2_990, 1_000]


@pytest.mark.parametrize(
    ("quantity", "payable_fen", "refunded_fen"),
    [(3, 10_000, 0), (7, 1, 0), (999, 12_345, 1_234), (9_999, 1_000_001, 1), (1, 99, 50)],
)
def test_amounts_that_no_price_of_two_places_gives_are_booked_to_the_fen(
    erp: Books, quantity: int, payable_fen: int, refunded_fen: int
) -> None:
    settled = split_settlement(
        snapshot((line(1, "FP-001", quantity, quantity * 200, payable_fen),), 333), refunded_fen, 6
    )
    erp.save(settled)
    found = erp.client.find(BILL_NO)
    assert found is not None
    assert found.total_fen == settled.receivable_fen == erp.bills()[BILL_NO]["total_fen"]


def test_the_same_settlement_again_is_the_same_bill(erp: Books) -> None:
    erp.save()
    erp.save()
    (bill,) = erp.bills().values()
    assert (bill["saves"], bill["refused_as_used"]) == (1, 1)


def test_another_total_under_our_number_is_a_case_for_people(erp: Books) -> None:
    erp.save()
    with pytest.raises(PartnerRejected) as caught:
        erp.save(split(refunded_fen=100))
    assert caught.value.code == "total-differs"
    assert erp.bills()[BILL_NO]["total_fen"] == 13_990


def test_submitting_and_auditing_again_changes_nothing(erp: Books) -> None:
    erp.save()
    for step in (erp.client.submit, erp.client.submit, erp.client.audit, erp.client.audit, erp.client.submit):
        step(BILL_NO)
    bill = erp.bills()[BILL_NO]
    assert (bill["status"], bill["submits"], bill["audits"]) == ("C", 1, 1)


def test_auditing_what_was_never_submitted_is_refused(erp: Books) -> None:
    erp.save()
    with pytest.raises(PartnerRejected):
        erp.client.audit(BILL_NO)
    assert erp.bills()[BILL_NO]["status"] == "A"


@pytest.mark.parametrize("missing", ["customers", "materials"])
def test_base_data_that_the_ledger_lacks_is_its_refusal(erp: Books, missing: str) -> None:
    erp.switch(**{missing: []})
    with pytest.raises(PartnerRejected) as caught:
        erp.save()
    assert caught.value.code == "11"
    assert "必录" in caught.value.message
    assert erp.bills() == {}


def test_a_session_lost_once_is_not_noticed(erp: Books) -> None:
    erp.switch(session_lost=1)
    erp.save()
    erp.switch(session_lost=1)
    assert erp.client.find(BILL_NO) is not None


def test_a_session_lost_for_ever_is_not_asked_for_ever(erp: Books) -> None:
    erp.switch(session_lost=-1)
    with pytest.raises(PartnerUnavailable) as caught:
        erp.save()
    assert caught.value.unclear is False
    assert erp.bills() == {}


def test_a_wrong_secret_at_the_erp_looks_like_a_lost_session_and_books_nothing(erp: Books) -> None:
    with pytest.raises(PartnerUnavailable):
        erp.client_of(SECRET | {"app_secret": "another"}).save(BILL_NO, split(), SHOP, DAY)
    assert erp.bills() == {}


def test_a_wrong_app_id_is_refused_by_the_gateway(erp: Books) -> None:
    with pytest.raises(PartnerRejected) as caught:
        erp.client_of(SECRET | {"app_id": "1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}).find(BILL_NO)
    assert caught.value.code == "401"


@pytest.mark.parametrize("step", ["save", "submit", "audit"])
def test_a_bill_held_by_somebody_else_is_tried_later(erp: Books, step: str) -> None:
    steps: dict[str, Callable[[], None]] = {
        "save": erp.save,
        "submit": lambda: erp.client.submit(BILL_NO),
        "audit": lambda: erp.client.audit(BILL_NO),
    }
    for before in ("save", "submit", "audit")[: ("save", "submit", "audit").index(step)]:
        steps[before]()
    erp.switch(network_conflict=1)
    with pytest.raises(PartnerUnavailable) as caught:
        steps[step]()
    assert (caught.value.unclear, bool(caught.value.retry_after_seconds)) == (False, True)
    steps[step]()
    assert erp.bills()[BILL_NO]["saves"] == 1


@pytest.mark.parametrize("method", ["Save", "ExecuteBillQuery"])
def test_too_many_calls_says_when_to_come_back(erp: Books, method: str) -> None:
    erp.fault("rate_limit", method)
    with pytest.raises(PartnerUnavailable) as caught:
        erp.client.find(BILL_NO) if method == "ExecuteBillQuery" else erp.save()
    assert (caught.value.unclear, bool(caught.value.retry_after_seconds)) == (False, True)
    assert erp.bills() == {}


@pytest.mark.parametrize("method", ["Save", "Submit", "Audit"])
@pytest.mark.parametrize(
    ("kind", "dial"),
    [
        ("timeout_after", {}),
        ("drop_before", {}),
        ("malformed", {}),
        ("wrong_encoding", {}),
        ("slow", {"ms": 30_000}),
        ("status", {"status": 503}),
        ("status", {"status": 503, "after": True}),
    ],
    ids=lambda value: value if isinstance(value, str) else "after" if value.get("after") else "",
)
def test_an_unclear_step_done_again_leaves_one_audited_bill(
    erp: Books, method: str, kind: str, dial: dict[str, Any]
) -> None:
    erp.fault(kind, method, **dial)
    steps = {
        "Save": erp.save,
        "Submit": lambda: erp.client.submit(BILL_NO),
        "Audit": lambda: erp.client.audit(BILL_NO),
    }
    for name, step in steps.items():
        if name == method:
            with pytest.raises(PartnerUnavailable) as caught:
                step()
            assert caught.value.unclear is True
        step()
    (bill,) = erp.bills().values()
    assert (bill["status"], bill["saves"], bill["submits"], bill["audits"]) == ("C", 1, 1, 1)
    assert bill["total_fen"] == 13_990


@pytest.mark.parametrize("kind", ["malformed", "wrong_encoding", "status", "drop_before"])
def test_a_query_that_fails_is_never_an_absence(erp: Books, kind: str) -> None:
    erp.save()
    erp.fault(kind, "ExecuteBillQuery")
    with pytest.raises(PartnerUnavailable):
        erp.client.find(BILL_NO)
