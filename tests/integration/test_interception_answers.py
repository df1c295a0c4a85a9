"""Whatever a carrier answers to the request to turn a parcel, it is asked for it once, and it ends in a result or with
a person (R36)."""

from __future__ import annotations

from typing import Any

import pytest

from orderhub.domain.errors import Rejected
from orderhub.domain.order import Milestone
from orderhub.services.intercept_parcel import ANSWERED_WITHIN_MS
from orderhub.services.receiver import open_receiver
from orderhub.services.request_address_change import request_address_change
from tests.kit.changes import DIGEST
from tests.kit.world import World, order_id

CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
ASK = "EXP_RECE_WANTED_INTERCEPT"
QUARTER_MS = 15 * 60_000 + 1


@pytest.fixture
def tid(hub: World) -> str:
    """An order whose parcel is on its way, and goes no further by itself."""
    hub.near.switch("sf", transit_ms=10**9)
    tid = hub.place()
    hub.receive()
    hub.play()
    hub.near.advance("wangdiantong", 250_000)
    hub.poll()
    hub.play()
    hub.near.advance("sf", 700_000)
    hub.receive()
    hub.play()
    assert hub.known(tid).has(Milestone.PICKED_UP)
    return tid


def asks(hub: World, tid: str) -> None:
    """Customer service asks for another city."""
    request_address_change(order_id(tid), CITY, "li", "", hub.orders, hub.clients.kms, DIGEST, hub.clock())
    hub.play()


def time_passes(hub: World, ms: int) -> None:
    hub.clock.advance(ms)
    for run in list(hub.changes.runs.values()):
        hub.changes.time_out(run)
    hub.play()


def carried_out(hub: World) -> None:
    """The carrier does what it was asked for, if it was, and its scans are heard."""
    hub.near.advance("sf", 3_600_000)
    hub.receive()
    hub.play()


def requests(hub: World, tid: str) -> list[dict[str, Any]]:
    """The interceptions that the carrier has taken for the parcel."""
    (label,) = [one for name, one in hub.near.truth("sf")["orders"].items() if name.startswith(order_id(tid))]
    return list(label["interceptions"])


def change(hub: World, tid: str) -> Any:
    return hub.orders.address_changes_of(order_id(tid))[-1]


def detail(hub: World, tid: str) -> str:
    return open_receiver(hub.known(tid), hub.clients.kms).detail


def reasons(hub: World, tid: str) -> list[str]:
    return [card.evidence["reasons"] for card in hub.open_cards(tid)]


@pytest.mark.parametrize(
    ("kind", "dial"),
    [
        ("timeout_after", {}),
        ("drop_before", {}),
        ("status", {}),
        ("status", {"after": True}),
        ("malformed", {}),
        ("duplicate", {}),
    ],
    ids=["done_unanswered", "never_arrived", "503", "done_503", "done_unreadable", "twice"],
)
def test_after_an_unclear_answer_it_is_asked_again_and_taken_once(
    hub: World, tid: str, kind: str, dial: dict[str, Any]
) -> None:
    hub.near.fault("sf", kind, ASK, **dial)
    asks(hub, tid)
    time_passes(hub, 61_000)
    assert (len(requests(hub, tid)), change(hub, tid).status) == (1, "intercepting")
    carried_out(hub)
    assert (change(hub, tid).status, change(hub, tid).outcome) == ("brought", "intercepted")
    assert (detail(hub, tid), hub.open_cards(tid)) == (CITY["detail"], [])
    assert len(requests(hub, tid)) == 1


def test_a_carrier_that_cannot_be_asked_becomes_a_decision_and_can_be_asked_later(hub: World, tid: str) -> None:
    hub.near.fault("sf", "rate_limit", ASK, times=-1)
    asks(hub, tid)
    assert hub.open_cards(tid) == []
    time_passes(hub, QUARTER_MS)
    assert (reasons(hub, tid), requests(hub, tid)) == (["carrier_down"], [])
    assert not hub.known(tid).has(Milestone.REDIRECT_ASKED)
    hub.near.calm()
    hub.decide(tid, "address_change", "approve_address")
    hub.play()
    carried_out(hub)
    assert (change(hub, tid).status, len(requests(hub, tid))) == ("brought", 1)


def test_a_yes_that_comes_after_a_person_was_asked_ends_the_change_and_the_card(hub: World, tid: str) -> None:
    """It was done, and no answer ever came: afterwards the carrier cannot be reached at all."""
    hub.near.fault("sf", "status", ASK, after=True, times=-1)
    asks(hub, tid)
    time_passes(hub, QUARTER_MS)
    assert (reasons(hub, tid), len(requests(hub, tid))) == (["carrier_down"], 1)
    with pytest.raises(Rejected, match="cannot_be_done"):  # never a second time
        hub.decide(tid, "address_change", "approve_address")
    carried_out(hub)
    assert (change(hub, tid).status, change(hub, tid).outcome) == ("brought", "intercepted")
    assert (hub.open_cards(tid), hub.known(tid).holds, detail(hub, tid)) == ([], {}, CITY["detail"])


def test_a_yes_after_a_person_has_given_it_up_is_told_to_a_person(hub: World, tid: str) -> None:
    hub.near.switch("sf", intercept_ms=10**7)
    asks(hub, tid)
    time_passes(hub, ANSWERED_WITHIN_MS + 1)
    assert reasons(hub, tid) == ["carrier_silent"]
    hub.decide(tid, "address_change", "refuse_address")
    hub.play()
    assert (change(hub, tid).status, hub.known(tid).change_open) == ("refused", 0)
    hub.near.advance("sf", 10**7)
    carried_out(hub)
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["reasons"]) == ("address_too_late", "turned_after_refusal")


def test_what_the_carrier_has_said_to_a_person_counts_as_its_scan(hub: World, tid: str) -> None:
    hub.near.switch("sf", intercept_ms=10**9)
    asks(hub, tid)
    time_passes(hub, ANSWERED_WITHIN_MS + 1)
    hub.decide(tid, "address_change", "done_by_hand")
    hub.play()
    assert (change(hub, tid).status, detail(hub, tid)) == ("brought", CITY["detail"])
    assert (hub.open_cards(tid), len(requests(hub, tid))) == ([], 1)


def test_a_request_that_the_carrier_took_and_did_not_carry_out_is_a_persons(hub: World, tid: str) -> None:
    hub.near.switch("sf", intercept_outcome="fails")
    asks(hub, tid)
    carried_out(hub)
    assert (change(hub, tid).status, hub.open_cards(tid)) == ("intercepting", [])
    number = hub.known(tid).waybill_number
    hub.near.control("sf", "courier", {"waybill_no": number, "does": "sign"})
    carried_out(hub)
    assert reasons(hub, tid) == ["delivered_before"]
    hub.decide(tid, "address_change", "refuse_address")
    hub.play()
    assert (change(hub, tid).status, hub.known(tid).holds) == ("refused", {})
