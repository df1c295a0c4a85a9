"""A label follows its order and its waybill: drawn live only while the carrier holds what is wanted (R31, R33)."""

from __future__ import annotations

import pytest

from orderhub.adapters.labels.renderer import PdfLabels
from orderhub.domain.label import LabelContent, LabelState
from orderhub.domain.order import Region
from orderhub.services.drive import advance
from orderhub.services.label import LabelDesk, LabelFormat, LabelRequest, content_of, draw_label
from orderhub.services.request_address_change import request_address_change
from tests.kit.changes import DIGEST
from tests.kit.labels import SENDER
from tests.kit.relabel import change, want
from tests.kit.world import World, order_id

pytestmark = pytest.mark.usefixtures("late_audit")

FAR = Region("上海市", "上海市", "黄浦区")


def desk(hub: World) -> LabelDesk:
    return LabelDesk(hub.orders, PdfLabels(), hub.clients.kms, {"*": SENDER}, hub.clock)


def shown(hub: World, tid: str) -> LabelContent:
    return content_of(hub.known(tid), 1, desk(hub))


def test_a_label_shows_what_the_carrier_was_told_and_never_anything_else(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    assert shown(hub, tid).state is LabelState.NOT_ISSUED
    hub.play()
    first = shown(hub, tid)
    assert (first.state, first.marks.version, first.marks.number) == (
        LabelState.LIVE, 1, hub.known(tid).waybill_number,
    )  # fmt: skip
    assert f"'k5':'{first.marks.number}'" in first.marks.scanned

    want(hub, tid, "reissue", "测试路2号", FAR)
    assert shown(hub, tid).state is LabelState.OUTDATED
    assert shown(hub, tid).marks.number == ""
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())
    hub.play()
    second = shown(hub, tid)
    assert (second.state, second.marks.version) == (LabelState.LIVE, 2)
    assert second.marks.number not in ("", first.marks.number)
    assert second.receiver.region == "上海市 上海市 黄浦区"
    assert second.marks.route != first.marks.route

    change(hub, tid, "overwrite", "测试路2号9单元")
    third = shown(hub, tid)
    assert (third.state, third.marks.number) == (LabelState.LIVE, second.marks.number)
    assert third.receiver.detail == "测试路2号9单元"


def test_drawing_a_label_wakes_nobody_and_keeps_no_order_from_its_way(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.play()
    before = hub.known(tid)
    label = draw_label(LabelRequest(order_id(tid), 1, LabelFormat.PDF, "packer07", "print"), desk(hub))
    after = hub.known(tid)
    assert (label.state, label.version) == ("live", 1)
    assert (after.revision, after.wake_seq, after.content_version) == (
        before.revision + 1, before.wake_seq, before.content_version,
    )  # fmt: skip
    hub.ship()
    assert hub.trade(tid)["packed"] == 1
    assert hub.fact_types(tid).count("LabelRendered") == 1


def test_while_a_change_of_address_is_not_judged_its_parcel_cannot_leave_under_the_old_label(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.play()
    asked = {"province": "上海市", "city": "上海市", "district": "黄浦区", "detail": "演示路8号"}
    request_address_change(order_id(tid), asked, "li", "", hub.orders, hub.clients.kms, DIGEST, hub.clock())
    assert (shown(hub, tid).state, shown(hub, tid).marks.number) == (LabelState.OUTDATED, "")
    hub.play()
    assert (shown(hub, tid).state, shown(hub, tid).marks.version) == (LabelState.LIVE, 2)
    assert shown(hub, tid).receiver.detail == "演示路8号"
