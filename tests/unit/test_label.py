"""What stands on a label: computed from order, gifts, receiver and waybill, and whether a parcel may leave with it."""

from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

import pytest

from orderhub.domain.errors import Rejected
from orderhub.domain.label import LabelContent, LabelState, label_digest, label_of
from orderhub.domain.order import Milestone
from orderhub.domain.parcel import parcel_of, planned
from orderhub.domain.records import WaybillStatus, WaybillVersion
from orderhub.domain.waybill_content import held_digest
from orderhub.services.label import newest_waybill, senders_in
from tests.kit.labels import CODE, GIFT, HOSTILE, NUMBER, RECEIVER, SENDER, WAYBILL, content, labelled
from tests.kit.orders import line, snapshot

S, M = LabelState, Milestone


def test_the_gift_line_is_at_the_bottom_and_its_sticker_is_another_artefact() -> None:
    shown = content()
    assert shown.gifts == ("赠品:智能饮水机滤芯×1",)
    (sticker,) = shown.stickers
    assert (sticker.caption, sticker.x_mm, sticker.y_mm) == ("FP-001", 85, 15)


def test_a_live_label_shows_number_routing_version_and_the_carriers_own_code() -> None:
    marks = content().marks
    assert (marks.number, marks.version, marks.route, marks.port, marks.product) == (
        NUMBER, 2, "571W-571AB-123", "S23", "T6",
    )  # fmt: skip
    assert marks.scanned == CODE


@pytest.mark.parametrize(
    "code", ["", CODE.replace(NUMBER, "SF7444400000002"), CODE + "\n", "x" * 290 + NUMBER, NUMBER + "赠品"]
)
def test_a_code_that_does_not_speak_of_this_number_is_replaced_by_the_number(code: str) -> None:
    routed = replace(WAYBILL, routing={**WAYBILL.routing, "twoDimensionCode": code})
    assert content(waybill=routed).marks.scanned == NUMBER


@pytest.mark.parametrize("number", ["", "SF 7444400000001", "SF744440000000１", "短", "A" * 29])
def test_a_number_that_no_scanner_reads_back_is_refused(number: str) -> None:
    if number:
        with pytest.raises(ValueError, match="unknown form"):
            content(waybill=replace(WAYBILL, number=number))
    else:
        assert content(waybill=replace(WAYBILL, number=number)).state is S.UNSETTLED


def shipped(**changes: object) -> LabelContent:
    known = labelled(**changes)
    return content(replace(known, at={**known.at, M.SHIPPED.value: 1}))


def test_a_label_says_why_a_parcel_must_not_leave_with_it_and_carries_no_number() -> None:
    held = labelled(holds=MappingProxyType({"d": "address"}))
    cancelled = labelled()
    cancelled = replace(cancelled, at={**cancelled.at, M.CANCELLED.value: 1}, holds=held.holds)
    shown = {
        S.NOT_ISSUED: content(waybill=None),
        S.UNSETTLED: content(waybill=replace(WAYBILL, status="unknown")),
        S.VOIDED: content(waybill=replace(WAYBILL, status="voided")),
        S.HELD: content(held),
        S.CANCELLED: content(cancelled),
    }
    assert {state: label.state for state, label in shown.items()} == {state: state for state in shown}
    assert [label.marks.number for label in shown.values()] == [""] * 5


def test_a_parcel_that_has_left_keeps_its_label_whatever_happens_to_the_order() -> None:
    assert shipped(holds=MappingProxyType({"d": "recover_gift"})).state is S.LIVE


def test_each_of_several_parcels_has_its_own_goods_and_gifts() -> None:
    two = planned(labelled(line("L1"), line("L2", "ZP-2026-02")), {"L1": "WH01", "L2": "WH02"})
    first, second = (label_of(two, n, RECEIVER, SENDER, WAYBILL) for n in (1, 2))
    assert [[g.sku for g in label.goods] for label in (first, second)] == [["ZP-2026-01"], ["ZP-2026-02"]]
    assert (first.gifts, second.gifts) == ((GIFT.waybill_line,), ())
    assert (first.parcel, second.parcel, second.parcels) == (1, 2, 2)
    with pytest.raises(KeyError):
        label_of(two, 3, RECEIVER, SENDER, WAYBILL)


def test_hostile_words_are_bounded_and_imitate_nothing() -> None:
    shown = content(receiver=HOSTILE)
    words = (shown.receiver.name, shown.receiver.detail, shown.note)
    assert [len(word) for word in words] == [40, 120, 60]
    assert shown.cut == ("receiver.name", "receiver.detail", "note")
    assert not any("赠品:" in word or "赠品：" in word or NUMBER in word for word in words)
    assert shown.receiver.phone == "13800130001"


def test_the_digest_tells_what_the_hub_wants_from_what_the_carrier_allots() -> None:
    digest = label_digest(content())
    same = (content(waybill=replace(WAYBILL, number="SF7444400000002", version=3)), content(waybill=WAYBILL))
    assert {label_digest(label) for label in same} == {digest}
    other = (
        content(receiver=replace(RECEIVER, detail="文三路478号")),
        content(receiver=replace(RECEIVER, phone="13800130002")),
        content(labelled(gifts=())),
        content(waybill=replace(WAYBILL, carrier="ems")),
        content(labelled(line(quantity=2))),
    )
    assert len({digest, *(label_digest(label) for label in other)}) == 6


def test_nothing_personal_is_in_a_labels_repr() -> None:
    shown = repr(content())
    assert not any(word in shown for word in ("张三", "13800130001", "文三路"))


def version(number: str, status: WaybillStatus = WaybillStatus.LIVE, **changes: Any) -> WaybillVersion:
    held = held_digest(labelled(), parcel_of(labelled(), 1))
    made = WaybillVersion(1, 1, "sf", "r", number, "pushed", status, 1, {"proCode": "T6"}, 1, content_digest=held)
    return replace(made, **changes)


def test_the_newest_version_the_carrier_has_is_the_one_printed() -> None:
    versions = [
        version("SF0000000001", WaybillStatus.VOIDED),
        version("SF0000000002", version=2),
        version("", version=9, track="cached"),
        version("SF0000000003", version=3, fulfillment=2),
    ]
    order, parcel = labelled(), parcel_of(labelled(), 1)
    found = newest_waybill(order, parcel, versions)
    assert found is not None and (found.number, found.routing) == ("SF0000000002", {"proCode": "T6"})
    assert found.is_current
    assert newest_waybill(order, parcel, []) is None


def test_while_the_carrier_holds_another_receiver_the_label_is_not_for_shipping() -> None:
    corrected = labelled(snapshot=snapshot(paid=True, receiver_digest="receiver-b"))
    behind = newest_waybill(corrected, parcel_of(corrected, 1), [version(NUMBER)])
    assert content(corrected, waybill=behind).state is S.OUTDATED
    assert content(labelled(relabel="reissue")).state is S.OUTDATED
    assert shipped(relabel="reissue").state is S.LIVE


def test_a_gift_that_changed_needs_no_word_from_the_carrier() -> None:
    without = labelled(gifts=())
    found = newest_waybill(without, parcel_of(without, 1), [version(NUMBER)])
    assert content(without, waybill=found).state is S.LIVE


def test_a_parcel_without_a_carrier_is_previewed_without_one() -> None:
    plain = replace(labelled(), carrier="")
    assert content(plain, waybill=None).carrier_name == "承运商待定"
    assert content(waybill=replace(WAYBILL, carrier="zto")).carrier_name == "ZTO"


@pytest.mark.parametrize(
    ("carrier", "routing", "name", "route", "port"),
    [
        ("ems", {"routeCode": "310-云南昆明-05"}, "中国邮政EMS", "310-云南昆明-05", ""),
        ("kuaidiniao", {"ShipperCode": "EMS", "MarkDestination": "沪-浦东", "SortingCode": "A12-03"},
         "中国邮政EMS", "沪-浦东", "A12-03"),
        ("kuaidiniao", {"ShipperCode": "ZTO"}, "ZTO", "", ""),
    ],
)  # fmt: skip
def test_every_carrier_says_its_sorting_code_in_its_own_words(
    carrier: str, routing: dict[str, str], name: str, route: str, port: str
) -> None:
    shown = content(waybill=replace(WAYBILL, carrier=carrier, routing=routing))
    assert (shown.carrier_name, shown.marks.route, shown.marks.port) == (name, route, port)
    assert shown.marks.scanned == NUMBER


def test_senders_are_read_by_warehouse() -> None:
    assert senders_in({"*": asdict(SENDER)}) == {"*": SENDER}


@pytest.mark.parametrize(
    "said",
    [
        None,
        "WH01",
        {"WH01": None},
        {"WH01": "示例仓库"},
        {"WH01": {"name": "示例仓库"}},
        {"WH01": {**asdict(SENDER), "more": 1}},
        {"WH01": {**asdict(SENDER), "phone": 1}},
        {"WH01": {**asdict(SENDER), "name": ""}},
    ],
)
def test_an_incomplete_sender_is_named_by_its_warehouse(said: object) -> None:
    with pytest.raises(Rejected) as refused:
        senders_in(said)
    assert refused.value.code == "no_sender"
