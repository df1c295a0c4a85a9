"""Route pushes of SF in both forms; nothing is signed, so anything may stand in them (sheet §5.1)."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.adapters.sf.routes import read_push
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.partners import RouteEvent

JSON = "application/json;charset=UTF-8"
FORM = "application/x-www-form-urlencoded;charset=UTF-8"


def step(**changes: Any) -> dict[str, Any]:
    return {
        "mailno": "SF7444400031887",
        "acceptAddress": "深圳市",
        "reasonName": "",
        "orderid": "youzan-E1-1-1",
        "acceptTime": "2026-05-05 12:30:00",
        "remark": "快递员张三 13800130001 已收件",
        "opCode": "50",
        "id": "157000000001",
        "reasonCode": "",
    } | changes


def push(*steps: Any) -> bytes:
    return json.dumps({"Body": {"WaybillRoute": list(steps)}}, ensure_ascii=False).encode()


def xml(inner: str, head: str = "") -> bytes:
    document = f'{head}<Request service="RoutePushService" lang="zh-CN"><Body>{inner}</Body></Request>'
    return urlencode({"content": document}).encode()


EVENT = RouteEvent(
    event_id="SF7444400031887-157000000001",
    waybill_number="SF7444400031887",
    reference="youzan-E1-1-1",
    kind="picked_up",
    code="50",
    occurred_at=1_777_955_400_000,
)


def test_a_json_push_becomes_steps_in_utc_without_the_courier() -> None:
    read = read_push(push(step()), JSON)
    assert read.events == (EVENT,)
    assert read.unreadable == ()
    assert "张三" not in repr(read)


def test_a_form_push_says_the_same() -> None:
    attributes = " ".join(f'{key}="{value}"' for key, value in step().items())
    assert read_push(xml(f"<WaybillRoute {attributes}/>"), FORM).events == (EVENT,)


def test_xml_with_children_in_place_of_attributes_says_the_same() -> None:
    children = "".join(f"<{key}>{value}</{key}>" for key, value in step().items())
    assert read_push(xml(f"<WaybillRoute>{children}</WaybillRoute>"), FORM).events == (EVENT,)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("54", "picked_up"),
        ("36", "moving"),
        ("44", "out_for_delivery"),
        ("204", "out_for_delivery"),
        ("70", "exception"),
        ("80", "delivered"),
        ("8000", "delivered"),
        ("99", "turned"),
        ("631", "turned"),
        ("648", "turned"),
        ("4711", "unknown"),
    ],
)
def test_each_code_has_its_kind_and_an_unexplained_one_stays_unknown(code: str, kind: str) -> None:
    assert read_push(push(step(opCode=code)), JSON).events[0].kind == kind


def test_one_step_that_cannot_be_read_does_not_spoil_the_others() -> None:
    read = read_push(push(step(), step(acceptTime="yesterday"), "x", step(mailno=""), step(opCode=80)), JSON)
    assert [event.code for event in read.events] == ["50", "80"]
    assert len(read.unreadable) == 3
    assert "13800130001" not in repr(read.unreadable)


def test_a_single_step_that_is_no_list_is_read() -> None:
    assert read_push(json.dumps({"Body": {"WaybillRoute": step()}}).encode(), JSON).events == (EVENT,)


def test_the_same_step_without_an_id_has_the_same_event_id_each_time() -> None:
    once, again = (read_push(push(step(id="")), JSON).events[0] for _ in range(2))
    other = read_push(push(step(id="", opCode="80")), JSON).events[0]
    assert once.event_id == again.event_id != other.event_id


def test_a_reference_that_is_not_ours_is_left_out() -> None:
    assert read_push(push(step(orderid="<script>")), JSON).events[0].reference == ""
    assert read_push(push(step(orderid=None)), JSON).events[0].reference == ""


BOMB = "<!DOCTYPE x [" + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10)) + "]>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"", JSON, id="nothing"),
        pytest.param(b"{}", JSON, id="another object"),
        pytest.param(b'{"Body":{"WaybillRoute":"x"}}', JSON, id="no list"),
        pytest.param(b"[" * 5000 + b"]" * 5000, JSON, id="deep"),
        pytest.param(b'{"Body":{"WaybillRoute":[NaN]}}', JSON, id="NaN"),
        pytest.param(b'{"Body":{"WaybillRoute":[{"mailno":"\\ud800"}]}}', JSON, id="lone surrogate"),
        pytest.param(push(*[step()] * 101), JSON, id="far too many steps"),
        pytest.param(b"content=", FORM, id="empty form"),
        pytest.param(b"content=%3Ca%3E&content=%3Ca%3E", FORM, id="two contents"),
        pytest.param(xml("<WaybillRoute"), FORM, id="broken XML"),
        pytest.param(xml("<Other/>"), FORM, id="XML without steps"),
        pytest.param(xml("<a>" * 50 + "</a>" * 50), FORM, id="deep XML"),
        pytest.param(xml('<WaybillRoute mailno="&e9;"/>', BOMB), FORM, id="entity bomb"),
        pytest.param(
            xml('<WaybillRoute mailno="&x;"/>', '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
            FORM,
            id="outside entity",
        ),
        pytest.param(xml('<WaybillRoute mailno="&undefined;"/>'), FORM, id="undefined entity"),
        pytest.param(xml("<WaybillRoute/>", '<?xml version="1.0" encoding="gbk"?>'), FORM, id="encoding"),
    ],
)
def test_what_is_no_route_push_is_unreadable_as_a_whole(body: bytes, content_type: str) -> None:
    with pytest.raises(UnreadableMessage):
        read_push(body, content_type)


@given(st.binary(max_size=300), st.sampled_from([JSON, FORM, "text/xml", ""]))
def test_any_bytes_are_read_or_unreadable_never_anything_else(body: bytes, content_type: str) -> None:
    with suppress(UnreadableMessage):
        read_push(body, content_type)


@given(
    st.dictionaries(st.sampled_from(list(step())), st.none() | st.booleans() | st.integers() | st.text(), max_size=9)
)
def test_any_step_is_an_event_or_a_reason(changes: dict[str, Any]) -> None:
    body = json.dumps({"Body": {"WaybillRoute": [step(**changes)]}}, ensure_ascii=True).encode()
    try:
        read = read_push(body, JSON)
    except UnreadableMessage:
        return
    assert len(read.events) + len(read.unreadable) == 1
