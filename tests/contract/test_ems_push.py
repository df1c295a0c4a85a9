"""The hub hears what EMS's simulator pushes of a parcel's way, and the pushes and the answers say the same (040002)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from local.partners.chassis import serve
from local.partners.ems import create as ems_simulator
from orderhub.adapters.ems.client import EmsClient, EmsCredentials
from orderhub.adapters.ems.envelope import serial_of
from orderhub.adapters.ems.push import read_push
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.domain.sender import Sender
from orderhub.ports.partners import RouteEvent
from orderhub.services.accept_webhook import ACCEPTED, Push
from orderhub.services.accept_webhook_ems import judge_ems
from tests.contract.simulators.push_listener import Listener
from tests.unit.sf_samples import parcel

SENDER = Sender("仓库", "13800130000", "浙江省", "杭州市", "余杭区", "仓前街道示例路1号")
SECRET = {"sender_no": "1100000000000", "authorization": "0123456789abcdef", "sign_key": "QUJDREVGR0hJSktMTU5PUA==",
          "webhook_token": "path"}  # fmt: skip
STILL = {"step_ms": 864_000_000}


@contextmanager
def the_post(**switches: Any) -> Iterator[tuple[EmsClient, httpx.Client, Listener]]:
    hears = Listener(b'{"code":"00000"}')
    settings = {name: SECRET[name] for name in ("sender_no", "authorization", "sign_key")}
    simulator = ems_simulator({**settings, "webhook_url": f"{hears.url}/webhooks/ems/path", **STILL, **switches})
    with serve(simulator) as url, httpx.Client(base_url=url, trust_env=False) as control:
        http = PartnerHttp("ems", 2)
        yield EmsClient(http, url, EmsCredentials.of(SECRET), SENDER), control, hears
        http.close()
    hears.close()


def heard(hears: Listener, count: int) -> list[RouteEvent]:
    """Every push as the door judges it and ingest reads it."""
    hears.waited_for(count)
    events: list[RouteEvent] = []
    for post in hears.posts:
        push = Push(post.body, post.headers, post.path.removeprefix("/webhooks/ems/"))
        verdict = judge_ems(push, SECRET, opened_by=serial_of)
        assert verdict.outcome == ACCEPTED
        assert json.loads(verdict.reply or "")["serialNo"] == json.loads(post.body)["serialNo"]
        read = read_push(post.body, [SECRET["sign_key"]])
        assert read.unreadable == ()
        events += read.events
    return events


@pytest.mark.parametrize("trailer", [False, True])
def test_a_parcel_s_whole_way_is_pushed_under_our_reference_and_told_alike_when_asked(trailer: bool) -> None:
    with the_post(push_key_trailer=trailer) as (client, control, hears):
        given = parcel()
        number = client.create(given).number
        for does in ("pick_up", "go_out", "fail", "sign", "unsign", "sign"):
            assert control.post("/_sim/courier", json={"waybill_no": number, "does": does}).status_code == 200
        pushed = heard(hears, 10)
        asked = client.routes([number])
    assert [event.kind for event in pushed] == [
        "picked_up", "moving", "moving", "moving", "out_for_delivery", "exception", "out_for_delivery", "delivered",
        "signature_void", "delivered",
    ]  # fmt: skip
    assert {(event.waybill_number, event.reference) for event in pushed} == {(number, given.reference)}
    told = {(event.event_id, event.kind, event.occurred_at) for event in pushed}
    shown = {(event.event_id, event.kind, event.occurred_at) for event in asked}
    assert shown < told
    assert [event.kind for event in pushed if event.event_id not in {one.event_id for one in asked}] == ["delivered"]


def test_a_parcel_that_is_refused_at_the_door_is_pushed_as_going_back() -> None:
    with the_post() as (client, control, hears):
        number = client.create(parcel()).number
        for does in ("go_out", "refuse", "sign"):
            assert control.post("/_sim/courier", json={"waybill_no": number, "does": does}).status_code == 200
        *_, turned, out, turned_at_last, back = heard(hears, 9)
    assert [event.kind for event in (turned, out, turned_at_last, back)] == [
        "turned", "out_for_delivery", "turned", "delivered",
    ]  # fmt: skip
    assert back.code == "711"
