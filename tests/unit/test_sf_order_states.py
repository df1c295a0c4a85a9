"""What SF says of an order before pickup, in both shapes (sheet §5.2); the courier is nobody's business."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.adapters.sf.order_states import OrderStates, read_order_states
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.partners import PickupNotice

NUMBER = "SF7444400031887"
NOW = 1_777_955_400_999
NOTICE = PickupNotice(NUMBER, 1_777_955_400_000, 1_777_962_600_000)


def state(**changes: Any) -> dict[str, Any]:
    return {
        "orderNo": "youzan-E1-1-1",
        "waybillNo": NUMBER,
        "orderStateCode": "04-40001",
        "orderStateDesc": "调度成功",
        "createTm": "2026-05-05 12:30:00",
        "lastTime": "2026-05-05 14:30:00",
        "empCode": "01234567",
        "empPhone": "13800130000",
    } | changes


def envelope(*states: Any) -> bytes:
    return json.dumps({"requestId": "r", "timestamp": 1, "orderState": list(states)}, ensure_ascii=False).encode()


def read(body: bytes) -> OrderStates:
    found = read_order_states(body, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize("body", [envelope(state()), json.dumps(state(carrierCode="SF")).encode()], ids=["new", "flat"])
def test_a_courier_who_is_sent_is_told_in_both_shapes_without_who_he_is(body: bytes) -> None:
    assert read(body) == OrderStates((NOTICE,), (), ())
    assert "13800130000" not in repr(read(body))


def test_the_code_may_come_without_its_group_and_times_may_be_missing() -> None:
    told = read(envelope(state(orderStateCode=40001, createTm=None, lastTime="soon")))
    assert told.notices == (PickupNotice(NUMBER, NOW, 0),)


def test_codes_that_nobody_explained_are_named_once_and_damaged_states_spoil_no_others() -> None:
    strange = state(orderStateCode="04-40037")
    damaged = [state(waybillNo="<13800130000>"), "x", state(orderStateCode=None)]
    told = read(envelope(strange, state(), strange, state(orderStateCode="05-40003"), *damaged))
    assert (told.notices, told.unexplained) == ((NOTICE,), ("04-40037", "05-40003"))
    assert len(told.unreadable) == 3
    assert "13800130000" not in repr(told.unreadable)


@pytest.mark.parametrize("body", [b"", b"[]", b"<xml/>", b'{"Body":{"WaybillRoute":[]}}', b"content=%3Ca%2F%3E"])
def test_another_kind_of_push_is_none_of_these(body: bytes) -> None:
    assert read_order_states(body, NOW) is None


@pytest.mark.parametrize("body", [b'{"orderState":"x"}', b'{"orderState":{}}', envelope(*[{}] * 101)])
def test_states_that_are_no_list_are_unreadable_as_a_whole(body: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        read_order_states(body, NOW)


@given(
    st.dictionaries(st.sampled_from(list(state())), st.none() | st.booleans() | st.integers() | st.text(), max_size=9)
)
def test_any_state_is_told_unexplained_or_unreadable(changes: dict[str, Any]) -> None:
    with suppress(UnreadableMessage):
        told = read_order_states(json.dumps({"orderState": [state(**changes)]}).encode(), NOW)
        assert told is None or len(told.notices) + len(told.unexplained) + len(told.unreadable) == 1
