"""An order as each system has it: what is told is what is known, what differs says why, the rest says why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.address_change import ChangeOfAddress, ChangeStatus, Source
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.order import Correction, Milestone, Order, Region
from orderhub.domain.parcel import parcel_of
from orderhub.domain.records import WaybillStatus, WaybillVersion
from orderhub.domain.waybill_content import HELD, cached_version, digest_of, held_digest, parts_of
from orderhub.services.side_by_side import FIELDS, SYSTEMS, compared
from orderhub.services.side_by_side_cells import Known
from tests.kit.orders import ORDER_ID, T0, TID, line, order, snapshot

M = Milestone
NUMBER = "SF7444400000001"
LABELLED = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED)
NEW = Correction(
    "receiver-a", Region("浙江省", "宁波市", "海曙区"), "s", "receiver-b", "p", "李*", "139****0002", T0 + 50
)


def effect(verb: str, reference: str, status: EffectStatus = EffectStatus.DONE, **changes: Any) -> Effect:
    made = Effect(ORDER_ID, verb, reference, status, 1, 1, "h", 1, 0, {}, T0 + 20)
    return replace(made, **changes)


def pushed(known: Order, status: WaybillStatus = WaybillStatus.LIVE, number: str = NUMBER) -> WaybillVersion:
    """The carrier's version, made from what this order wants."""
    parcel = parcel_of(known, 1)
    parts = {name: text for name, text in parts_of(known, parcel).items() if name in HELD}
    digest = held_digest(known, parcel)
    assert digest == digest_of(parts, HELD)
    return WaybillVersion(
        1, 1, "sf", f"{ORDER_ID}-1-1", number, "pushed", status, 1, {}, T0 + 30, content_digest=digest, parts=parts
    )


def labelled(**changes: Any) -> Order:
    return order(*LABELLED, **{"carrier": "sf", "waybill_number": NUMBER, **changes})


def table(known: Known) -> dict[str, dict[str, Any]]:
    shown = compared(known)
    assert [one["system"] for one in shown["systems"]] == list(SYSTEMS)
    assert [row["field"] for row in shown["fields"]] == list(FIELDS)
    cells = {row["field"]: row["cells"] for row in shown["fields"]}
    assert shown["differing"] == sum(bool(c["differs"]) for row in cells.values() for c in row.values())
    for row in cells.values():
        for cell in row.values():
            assert (cell["value"] is None) == (cell["unknown"] is not None), "a value, or why there is none"
    return cells


def usual(known: Order) -> Known:
    return Known(known, (effect("push_trade", TID),), (pushed(known), cached_version(known, parcel_of(known, 1), T0)))


def test_a_usual_order_is_alike_everywhere_and_the_rest_says_why_not() -> None:
    known = usual(labelled())
    cells = table(known)
    assert compared(known)["differing"] == 0
    address = cells["address"]
    assert address["wms"]["value"] == address["carrier"]["value"] == address["hub"]["value"]
    assert (address["shop"]["is_owner"], address["hub"]["is_owner"]) == (True, False)
    assert "应收单" in address["ledger"]["unknown"]["zh"]
    assert cells["waybill"]["carrier"] == {
        "value": {"zh": NUMBER, "en": NUMBER}, "at": T0 + 30, "is_owner": True, "differs": None, "unknown": None,
    }  # fmt: skip


def test_an_order_only_heard_of_is_unknown_everywhere() -> None:
    cells = table(Known(Order(ORDER_ID, "youzan", "1", TID, at={M.PAID.value: T0})))
    assert all(cell["value"] is None for field, row in cells.items() if field != "state" for cell in row.values())
    assert cells["state"]["shop"]["value"]["zh"] == "待发货 (已付款)"


def test_a_corrected_address_is_the_hubs_and_the_shop_and_an_old_label_differ() -> None:
    before = labelled()
    after = replace(before, correction=NEW, content_version=2, push_due=True, relabel="reissue")
    change = ChangeOfAddress(
        ORDER_ID, 1, "k", Source.CUSTOMER_SERVICE, "cs01", "s", T0 + 40, T0 + 40, ChangeStatus.APPLIED,
        way="reissue", wanted=NEW, systems={"wms": "wanted", "carrier": "wanted", "shop": "cannot"},
    )  # fmt: skip
    address = table(replace(usual(before), order=after, changes=(change,)))["address"]
    assert address["hub"]["is_owner"]
    assert "宁波市" in address["hub"]["value"]["zh"]
    assert "只在中枢" in address["shop"]["differs"]["why"]["zh"]
    assert address["shop"]["differs"]["since"] == T0 + 50
    assert address["wms"]["value"]["zh"] == "内容 v1 时的值"
    assert address["wms"]["differs"] and address["carrier"]["differs"]
    assert address["carrier"]["value"]["zh"] == "面单 v1 上的旧值"


@pytest.mark.parametrize(
    ("note", "why"), [("not_shown_yet", "还没有从仓库读回"), ("clerk_must_look", "请仓库文员修改")]
)
def test_that_the_warehouse_accepted_it_is_no_proof_until_it_was_read_back(note: str, why: str) -> None:
    known = labelled(correction=NEW, content_version=2)
    change = ChangeOfAddress(
        ORDER_ID, 1, "k", Source.CUSTOMER_SERVICE, "cs01", "s", T0, T0, ChangeStatus.APPLIED, way="overwrite",
        wanted=NEW, systems={"wms": "wanted", "carrier": "done"}, notes={"wms": note},
    )  # fmt: skip
    world = Known(known, (effect("push_trade", TID, content_version=2),), (pushed(known),), (change,))
    address = table(world)["address"]
    assert why in address["wms"]["differs"]["why"]["zh"]
    assert address["carrier"]["differs"] is None
    done = replace(change, systems={"wms": "done", "carrier": "done"}, notes={})
    assert table(replace(world, changes=(done,)))["address"]["wms"]["differs"] is None


def test_a_parcel_turned_on_its_way_goes_to_the_new_address_though_its_label_is_old() -> None:
    known = labelled()
    left = replace(known, correction=NEW, content_version=2, at={**known.at, M.SHIPPED.value: T0 + 9})
    change = ChangeOfAddress(
        ORDER_ID, 1, "k", Source.CUSTOMER_SERVICE, "cs01", "s", T0, T0, ChangeStatus.BROUGHT, way="intercept",
        wanted=NEW, systems={"carrier": "done"}, ended_at=T0 + 60,
    )  # fmt: skip
    address = table(replace(usual(known), order=left, changes=(change,)))["address"]
    assert "宁波市" in address["carrier"]["value"]["zh"]
    assert address["wms"]["differs"]["why"]["zh"] == "出库后才改"


def test_what_a_partner_refused_or_never_answered_is_said_and_nothing_is_guessed() -> None:
    known = labelled()
    waits = Known(known, (effect("push_trade", TID, EffectStatus.INTENDED),), (pushed(known, WaybillStatus.UNKNOWN),))
    cells = table(waits)
    assert "还没有答复" in cells["address"]["wms"]["unknown"]["zh"]
    assert "还没有答复" in cells["waybill"]["carrier"]["unknown"]["zh"]
    refused = effect("push_trade", TID, EffectStatus.REFUSED, outcome={"code": "1013"})
    assert "1013" in table(Known(order(*LABELLED[:4]), (refused,)))["state"]["wms"]["differs"]["why"]["zh"]


def test_a_shop_that_was_not_told_of_a_parcel_that_left_differs() -> None:
    known = labelled(at={m.value: T0 for m in (*LABELLED, M.SHIPPED)})
    cells = table(usual(known))
    assert "还没有回传" in cells["state"]["shop"]["differs"]["why"]["zh"]
    told = replace(usual(known), effects=(effect("push_trade", TID), effect("confirm_shipment", NUMBER)))
    assert table(told)["waybill"]["shop"]["value"]["zh"] == NUMBER


def test_money_that_went_back_after_it_was_booked_differs_in_the_ledger() -> None:
    known = labelled(snapshot=snapshot(line(), paid=True), refunds={"R1": 900})
    booked = {
        "receivable_fen": 29_900,
        "settled_at": T0 + 99,
        "entries": [{"kind": "goods", "sku": "A", "quantity": 1}],
    }
    cells = table(replace(usual(known), settlement=booked))
    assert cells["money"]["hub"]["value"]["zh"] == "¥290.00"
    assert "退款" in cells["money"]["ledger"]["differs"]["why"]["zh"]
    assert cells["goods"]["ledger"]["value"]["zh"] == "A ×1"


def test_a_sku_that_a_person_replaced_is_the_hubs_word_against_the_shops() -> None:
    cells = table(usual(labelled(substitutions={"L1": "ZP-2026-02"})))
    assert cells["goods"]["hub"]["value"]["zh"] == "ZP-2026-02 ×1"
    assert cells["goods"]["hub"]["is_owner"]
    assert cells["goods"]["shop"]["differs"]


def test_of_several_parcels_each_is_named_and_one_that_differs_marks_the_whole() -> None:
    from orderhub.domain.parcel import planned

    known = planned(labelled(snapshot=snapshot(line("L1"), line("L2", "B"), paid=True)), {"L1": "WH01", "L2": "WH02"})
    effects = (effect("push_trade", TID), effect("push_trade", f"{TID}-2", EffectStatus.REFUSED))
    goods = table(Known(known, effects))["goods"]["wms"]
    assert goods["value"]["zh"].startswith("1: ZP-2026-01 ×1 · 2: — (")
