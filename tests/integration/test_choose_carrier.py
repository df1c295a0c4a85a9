"""Who carries an order, by the carrier pack: EMS to remote areas, with its surcharge and who bears it (R31)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.order import Milestone, Region
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.ports.orders import Change
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack
from orderhub.services.choose_carrier import choose_carrier
from orderhub.services.drive import advance
from orderhub.services.judge import input_of
from tests.kit.carrier_ledger import CarrierLedger
from tests.kit.orders import order, snapshot
from tests.kit.packs import graph
from tests.kit.relabel import want
from tests.kit.world import BUYER, World, order_id

M = Milestone
FAR = Region("新疆维吾尔自治区", "乌鲁木齐市", "天山区")
NEAR = Region("浙江省", "杭州市", "西湖区")
BOTH = ("sf", "ems")
OUTPUTS = ("carrier", "surcharge_fen", "bearer")


def given(region: Region) -> dict[str, Any]:
    return input_of(order(M.PAID, snapshot=snapshot(paid=True, region=region)))


def pack(*rows: dict[str, str]) -> Pack:
    return Pack(RuleKind.CARRIER, 3, graph(rows, ["region.province"], OUTPUTS))


def row(row_id: str, carrier: str, fen: str = "0", bearer: str = "brand", province: str = "") -> dict[str, str]:
    return {
        "_id": row_id, "region.province": province, "carrier": f'"{carrier}"', "surcharge_fen": fen,
        "bearer": f'"{bearer}"',
    }  # fmt: skip


def test_the_shipped_pack_sends_remote_areas_by_ems_and_says_who_bears_the_surcharge() -> None:
    shipped = default_pack(RuleKind.CARRIER)
    assert not check(RuleKind.CARRIER, shipped.graph)
    far, near = (choose_carrier(shipped, given(region), BOTH) for region in (FAR, NEAR))
    assert (far.carrier, far.surcharge_fen, far.bearer, far.rule) == ("ems", 1_500, "brand", "remote")
    assert (near.carrier, near.surcharge_fen) == ("sf", 0)


def test_the_first_row_whose_carrier_there_is_a_contract_with_answers() -> None:
    rows = pack(row("ems", "ems", "1500"), row("sf", "sf", "300", "buyer"))
    assert choose_carrier(rows, given(FAR), BOTH).rule == "ems"
    only_sf = choose_carrier(rows, given(FAR), ("sf",))
    assert (only_sf.rule, only_sf.surcharge_fen, only_sf.bearer) == ("sf", 300, "buyer")
    assert choose_carrier(pack(row("ems", "ems", "1500")), given(FAR), ("sf",)).carrier == "sf"


@pytest.mark.parametrize("wrong", [row("x", "ems", "-1"), row("x", "ems", "true"), row("x", "ems", "1", "nobody")])
def test_a_row_that_says_nothing_sensible_stops_the_order(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="row x of the carrier pack"):
        choose_carrier(pack(wrong), given(FAR), BOTH)


def freight(hub: World, tid: str) -> list[tuple[Any, ...]]:
    rows = hub.orders.records_of(order_id(tid)).get("freight", [])
    return [(row["kind"], row["carrier"], row["amount_fen"], row["bearer"]) for row in rows]


def test_a_remote_order_goes_by_ems_and_back_to_sf_when_its_address_is_near_after_all(hub: World) -> None:
    ems = CarrierLedger(name="ems")
    hub.carriage = replace(hub.carriage, partners={**hub.carriage.partners, "ems": ems})
    buyer = {**BUYER, "province": FAR.province, "city": FAR.city, "district": FAR.district}
    tid = hub.place(buyer=buyer)
    hub.receive()
    hub.play()
    first = hub.known(tid)
    assert (first.carrier, first.carrier_wish, hub.parcel(tid)) == ("ems", "ems", None)
    assert [one.number for one in ems.live(f"{order_id(tid)}-1")] == [first.waybill_number]
    assert freight(hub, tid) == [("surcharge", "ems", 1_500, "brand")]

    want(hub, tid, "reissue", "测试路2号", NEAR)
    moved = hub.known(tid)
    hub.orders.commit(Change(moved, replace(moved, gifts_due=True), hub.clock(), wakes=True))
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())
    hub.play()
    after = hub.known(tid)
    assert (after.carrier, after.carrier_wish, after.relabel) == ("sf", "", "")
    assert ems.live(f"{order_id(tid)}-1") == []
    assert hub.parcel(tid)["live"] == 1
    assert freight(hub, tid) == [("reissue", "ems", 0, "brand"), ("surcharge", "sf", 0, "brand")]
    assert after.waybill_number in hub.trade(tid)["seller_memo"]
