"""What carrying costs beside the freight of the order, who bears it, and that no buyer pays twice (R31, R34)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orderhub.domain.errors import Rejected
from orderhub.domain.order import Milestone
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.services.request_address_change import request_address_change
from orderhub.services.show import order as show_order
from tests.kit.changes import DIGEST
from tests.kit.gift_packs import RuleBookWith
from tests.kit.packs import graph
from tests.kit.world import BUYER, World, order_id

pytestmark = pytest.mark.usefixtures("late_audit")

FAR = {"province": "新疆维吾尔自治区", "city": "乌鲁木齐市", "district": "天山区"}
NEAR = {name: BUYER[name] for name in ("province", "city", "district")}
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
DETAIL = "解放北路88号3幢"

FAR_ROW = {
    "_id": "far", "region.province": f'"{FAR["province"]}"', "carrier": '"ems"', "surcharge_fen": "1500",
    "bearer": '"buyer"',
}  # fmt: skip
BUYER_BEARS = Pack(RuleKind.CARRIER, 3, graph([FAR_ROW], outputs=("carrier", "surcharge_fen", "bearer")))
BUYER_BEARS_TURNING = Pack(
    RuleKind.SETTLEMENT_BEARER, 3,
    graph([{"_id": "turned", "entry.kind": '"intercept"', "bearer": '"buyer"'}], outputs=("bearer",)),
)  # fmt: skip


@pytest.fixture
def strict(hub: World) -> World:
    """A brand whose buyers bear the surcharge of remote places, and what turning a parcel costs."""
    hub.rules = RuleBookWith(BUYER_BEARS, BUYER_BEARS_TURNING)
    hub.books = type(hub.books)(hub.orders, hub.effects, hub.clients.kingdee, hub.clock, 6, hub.rules)
    return hub


def placed(hub: World, where: Mapping[str, str] = NEAR, freight_fen: int = 1_000) -> str:
    tid = hub.place(buyer={**BUYER, **where}, freight_fen=freight_fen)
    hub.receive()
    hub.play()
    return tid


def ask(hub: World, tid: str, **parts: str) -> None:
    request_address_change(order_id(tid), parts, "li", "", hub.orders, hub.clients.kms, DIGEST, hub.clock())
    hub.play()


def seen(hub: World, tid: str) -> dict[str, Any]:
    return show_order(order_id(tid), hub.orders, hub.clock())


def ledger(hub: World, tid: str) -> list[tuple[Any, ...]]:
    names = ("kind", "carrier", "amount_fen", "bearer", "collected_fen", "due_fen")
    return [tuple(row[name] for name in names) for row in seen(hub, tid)["freight"]]


def cards(hub: World, tid: str) -> list[str]:
    return sorted(card.decision_class for card in hub.open_cards(tid) if card.decision_class != "repeat_pickup")


def test_a_surcharge_that_the_freight_of_the_order_covers_is_paid(strict: World) -> None:
    tid = placed(strict, FAR, freight_fen=1_500)
    assert (strict.known(tid).carrier, cards(strict, tid)) == ("ems", [])
    assert ledger(strict, tid) == [("surcharge", "ems", 1_500, "buyer", 1_500, 0)]


def test_one_that_nobody_has_collected_holds_the_order_until_somebody_has(strict: World) -> None:
    tid = placed(strict, FAR)
    (card,) = strict.open_cards(tid)
    assert (card.decision_class, card.evidence["due_fen"], card.evidence["rule"]) == ("freight_due", "1500", "far")
    assert not strict.known(tid).has(Milestone.DISPATCHED)
    assert ledger(strict, tid) == [("surcharge", "ems", 1_500, "buyer", 0, 1_500)]
    strict.decide(tid, "freight_due", "buyer_paid", evidence="微信收款 001")
    strict.play()
    assert (strict.known(tid).carrier, cards(strict, tid)) == ("ems", [])
    assert ledger(strict, tid) == [("surcharge", "ems", 1_500, "buyer", 1_500, 0)]


def test_or_the_brand_bears_it(strict: World) -> None:
    tid = placed(strict, FAR)
    strict.decide(tid, "freight_due", "brand_bears")
    strict.play()
    assert ledger(strict, tid) == [("surcharge", "ems", 1_500, "brand", 0, 0)]
    assert strict.known(tid).has(Milestone.LABELLED)


def test_a_change_that_would_cost_the_buyer_is_refused_or_borne_by_a_person_before_anything_is_voided(
    strict: World,
) -> None:
    tid = placed(strict)
    number = strict.known(tid).waybill_number
    ask(strict, tid, **FAR, detail=DETAIL)
    (card,) = strict.open_cards(tid)
    assert (card.decision_class, card.evidence["reasons"]) == ("address_change", "surcharge")
    assert card.evidence["surcharge_fen"] == "1500"
    assert (strict.known(tid).waybill_number, ledger(strict, tid)) == (number, [])
    strict.decide(tid, "address_change", "refuse_address")
    strict.play()
    assert (strict.known(tid).waybill_number, cards(strict, tid)) == (number, [])
    ask(strict, tid, **FAR, detail=DETAIL, name="李四")
    strict.decide(tid, "address_change", "brand_bears")
    strict.play()
    assert (strict.known(tid).carrier, cards(strict, tid)) == ("ems", [])
    assert ledger(strict, tid) == [("reissue", "sf", 0, "brand", 0, 0), ("surcharge", "ems", 1_500, "brand", 0, 0)]
    assert strict.orders.address_changes_of(order_id(tid))[-1].status == "brought"


def test_approved_it_is_collected_first_and_after_another_change_back_it_is_to_be_returned(strict: World) -> None:
    tid = placed(strict)
    ask(strict, tid, **FAR, detail=DETAIL)
    strict.decide(tid, "address_change", "approve_address")
    strict.play()
    assert cards(strict, tid) == ["freight_due"]
    assert strict.parcel(tid)["live"] == 1  # its old label is not void yet, and the order is held
    strict.decide(tid, "freight_due", "buyer_paid", evidence="微信收款 002")
    strict.play()
    assert (strict.known(tid).carrier, cards(strict, tid)) == ("ems", [])
    ask(strict, tid, **NEAR, detail=BUYER["detail"])
    assert (strict.known(tid).carrier, cards(strict, tid)) == ("sf", [])
    borne = seen(strict, tid)["freight_borne"]
    assert (borne["buyer_fen"], borne["collected_fen"], borne["to_return_fen"]) == (0, 1_500, 1_500)


def test_another_change_before_somebody_has_paid_makes_the_card_moot(strict: World) -> None:
    tid = placed(strict)
    ask(strict, tid, **FAR, detail=DETAIL)
    strict.decide(tid, "address_change", "approve_address")
    strict.play()
    ask(strict, tid, **NEAR, detail=BUYER["detail"])
    assert (strict.known(tid).carrier, cards(strict, tid), strict.known(tid).holds) == ("sf", [], {})
    assert seen(strict, tid)["freight_borne"]["due_fen"] == 0


def on_its_way(hub: World) -> str:
    hub.near.switch("sf", transit_ms=10**9)
    tid = placed(hub)
    hub.near.advance("wangdiantong", 250_000)
    hub.poll()
    hub.play()
    hub.near.advance("sf", 700_000)
    hub.receive()
    hub.play()
    assert hub.known(tid).has(Milestone.PICKED_UP)
    return tid


def turned(hub: World, tid: str) -> None:
    hub.near.advance("sf", 3_600_000)
    hub.receive()
    hub.play()


def test_turning_a_parcel_costs_what_the_contract_says_and_the_brand_bears_it(hub: World) -> None:
    tid = on_its_way(hub)
    ask(hub, tid, **CITY)
    assert ledger(hub, tid) == []  # a carrier that does not turn it takes nothing
    turned(hub, tid)
    assert ledger(hub, tid) == [("intercept", "sf", 1_000, "brand", 0, 0)]
    (row,) = seen(hub, tid)["freight"]
    assert (row["rule"], row["why"]["zh"]) == ("intercept", "在途截单改派")
    assert seen(hub, tid)["freight_borne"] == {
        "brand_fen": 1_000, "platform_fen": 0, "buyer_fen": 0, "collected_fen": 0, "due_fen": 0, "to_return_fen": 0,
    }  # fmt: skip


def test_a_buyer_who_is_to_bear_the_turning_is_asked_before_and_pays_after(strict: World) -> None:
    tid = on_its_way(strict)
    ask(strict, tid, **CITY)
    (card,) = strict.open_cards(tid)
    assert (card.evidence["reasons"], card.evidence["surcharge_fen"]) == ("surcharge", "1000")
    strict.decide(tid, "address_change", "approve_address")
    strict.play()
    turned(strict, tid)
    assert cards(strict, tid) == ["freight_due"]
    assert ledger(strict, tid) == [("intercept", "sf", 1_000, "buyer", 0, 1_000)]
    strict.decide(tid, "freight_due", "brand_bears")
    strict.play()
    assert (ledger(strict, tid), strict.known(tid).holds) == ([("intercept", "sf", 1_000, "brand", 0, 0)], {})


def test_what_costs_nothing_the_brand_cannot_be_made_to_bear(hub: World) -> None:
    tid = placed(hub)
    ask(hub, tid, detail="详细地址见备注", **NEAR)
    with pytest.raises(Rejected, match="nothing_to_bear"):
        hub.decide(tid, "address_change", "brand_bears")
