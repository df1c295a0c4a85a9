"""The WeCom adapter against the simulator over HTTP: cards, digests, robots, and what limits and faults do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from local.partners.chassis import serve
from local.partners.wecom import create
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.adapters.wecom.client import WecomClient
from orderhub.adapters.wecom.sign_in import authorize_url
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.ports.alerts import AlertCard, Button, DigestLine

SECRET = {
    "corp_id": "ww0000000000000001",
    "agent_id": 1000002,
    "corp_secret": "demo-secret",
    "robots": {"operations": "robot-key"},
}
CARD = AlertCard(
    "a1",
    "库存不匹配",
    "youzan-E1",
    "订单已停下，等待决定。",
    (("仓库", "WH01"),),
    (("负责", "采购"),),
    (Button("retry|youzan-E1.stock_mismatch.1", "重试"), Button("cancel|youzan-E1.stock_mismatch.1", "取消订单")),
    "https://hub.example.com/orders/youzan-E1",
)
LINE = DigestLine("库存不匹配", "youzan-E1", "https://hub.example.com/orders/youzan-E1")


class Corp:
    """The simulator as tests steer it, and the client that talks to it."""

    def __init__(self, url: str) -> None:
        self.sim = httpx.Client(base_url=url, timeout=20, trust_env=False)
        self.http = PartnerHttp("wecom", 0.8)
        self.url = url
        self.client = WecomClient(url, SECRET, self.http, lambda: time.time_ns() // 1_000_000)

    def control(self, path: str, body: Any = None) -> Any:
        answer = self.sim.post(f"/_sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def messages(self) -> list[dict[str, Any]]:
        return list(self.sim.get("/_sim/state").json()["messages"])

    def outcomes(self, method: str) -> list[str]:
        calls = self.sim.get("/_sim/calls", params={"method": method}).json()["calls"]
        return [call["outcome"] for call in calls]


@pytest.fixture
def corp() -> Iterator[Corp]:
    with serve(create({"callback_url": "http://127.0.0.1:9/none", "members": ["ops01", "buy01"]})) as url:
        made = Corp(url)
        yield made
        made.http.close()
        made.sim.close()


def test_a_card_arrives_with_its_buttons_and_can_be_closed_once(corp: Corp) -> None:
    code = corp.client.send_card("ops01", CARD)
    (shown,) = corp.messages()
    assert (shown["to"], shown["dropped"], shown["task_id"]) == ("member:ops01", "", "a1")
    assert [button["text"] for button in shown["content"]["button_list"]] == ["重试", "取消订单"]
    corp.client.close_card("ops01", code, "已由 ops01 处理：重试")
    assert corp.messages()[0]["replaced"] == "已由 ops01 处理：重试"
    corp.client.close_card("ops01", code, "again")
    assert corp.messages()[0]["replaced"] == "已由 ops01 处理：重试"
    assert corp.outcomes("message/update_template_card") == ["ok", "42022"]


def test_the_same_card_sent_again_is_shown_once(corp: Corp) -> None:
    assert corp.client.send_card("ops01", CARD)
    assert corp.client.send_card("ops01", CARD) == ""
    assert len(corp.messages()) == 1


def test_a_send_whose_answer_was_lost_is_unclear_and_safe_to_repeat(corp: Corp) -> None:
    corp.control("faults", {"kind": "timeout_after", "match": {"method": "message/send"}})
    with pytest.raises(PartnerUnavailable) as lost:
        corp.client.send_card("ops01", CARD)
    assert lost.value.unclear
    assert corp.client.send_card("ops01", CARD) == ""
    assert len(corp.messages()) == 1


def test_one_token_serves_all_calls_and_is_renewed_when_wecom_ends_it_early(corp: Corp) -> None:
    corp.client.send_digest("ops01", [LINE])
    corp.client.send_digest("buy01", [LINE])
    assert corp.outcomes("gettoken") == ["ok"]
    corp.control("expire_token")
    corp.client.send_card("ops01", CARD)
    assert corp.outcomes("gettoken") == ["ok", "ok"]
    assert corp.outcomes("message/send") == ["ok", "ok", "40014", "ok"]


def test_a_member_nobody_knows_is_a_refusal(corp: Corp) -> None:
    with pytest.raises(PartnerRejected, match="81013"):
        corp.client.send_card("gone01", CARD)


@pytest.mark.parametrize(
    ("secret", "code"),
    [({"corp_secret": "wrong"}, "40001"), ({"corp_id": "ww9"}, "40013"), ({"agent_id": 7}, "301002")],
)
def test_wrong_settings_make_messages_wait_instead_of_losing_them(
    corp: Corp, secret: dict[str, Any], code: str
) -> None:
    client = WecomClient(corp.url, {**SECRET, **secret}, corp.http, lambda: 0)
    with pytest.raises(PartnerUnavailable, match=code) as waits:
        client.send_card("ops01", CARD)
    assert not waits.value.unclear
    assert waits.value.retry_after_seconds


def test_too_often_says_when_to_come_again(corp: Corp) -> None:
    corp.control("faults", {"kind": "rate_limit", "match": {"method": "message/send"}})
    with pytest.raises(PartnerUnavailable) as limited:
        corp.client.send_card("ops01", CARD)
    assert (limited.value.unclear, limited.value.retry_after_seconds) == (False, 60.0)
    assert corp.client.send_card("ops01", CARD)


@pytest.mark.parametrize("kind", ["malformed", "status", "drop_before"])
def test_an_answer_that_says_nothing_is_no_answer(corp: Corp, kind: str) -> None:
    corp.control("faults", {"kind": kind, "match": {"method": "message/send"}})
    with pytest.raises(PartnerUnavailable):
        corp.client.send_digest("ops01", [LINE])


def test_a_long_list_is_several_messages_and_none_is_dropped(corp: Corp) -> None:
    lines = [
        DigestLine("仓库系统拒绝", f"youzan-E{n}", f"https://hub.example.com/orders/youzan-E{n}") for n in range(60)
    ]
    left = lines
    while left:
        left = left[corp.client.send_digest("ops01", left) :]
    sent = corp.messages()
    assert {message["dropped"] for message in sent} == {""}
    assert all(message["bytes"] <= 2048 for message in sent)
    shown = "".join(message["content"]["content"] for message in sent)
    assert [shown.count(f"[youzan-E{n}]") for n in range(60)] == [1] * 60


def test_a_robot_gets_a_list_of_its_own_size(corp: Corp) -> None:
    lines = [LINE] * 100
    taken = corp.client.send_to_robot("operations", lines)
    (message,) = corp.messages()
    assert (message["to"], message["dropped"]) == ("robot:0", "")
    assert 20 < taken < 100
    assert 3800 < message["bytes"] <= 4096


def test_a_card_with_much_evidence_stays_within_its_bytes_and_keeps_its_buttons(corp: Corp) -> None:
    heavy = replace(
        CARD, task_id="a2", title="超时" * 40, sentence="很长" * 200, evidence=(("原话", "拒绝\n\"'" * 500),)
    )
    corp.client.send_card("ops01", heavy)
    (shown,) = corp.messages()
    assert (shown["dropped"], len(shown["content"]["button_list"])) == ("", 2)
    assert shown["content"]["quote_area"]["quote_text"].startswith("原话：拒绝")


# --- who somebody is ------------------------------------------------------------------------------------------


def _comes_back(corp: Corp, user: str) -> str:
    """The code with which WeCom sends a member back to the hub."""
    where = authorize_url(corp.url, SECRET["corp_id"], "https://hub.example.com/sign-in/wecom/back", "a1b2")
    answer = corp.sim.get(where.replace("#", f"&as={user}#"), follow_redirects=False)
    assert answer.status_code == 302, answer.text
    back = httpx.URL(answer.headers["location"])
    assert (back.host, back.path, back.params["state"]) == ("hub.example.com", "/sign-in/wecom/back", "a1b2")
    return back.params["code"]


def test_a_member_is_known_by_the_code_and_the_code_is_good_once(corp: Corp) -> None:
    code = _comes_back(corp, "ops01")
    assert corp.client.who_is(code) == "ops01"
    with pytest.raises(PartnerRejected) as refused:
        corp.client.who_is(code)
    assert refused.value.code == "40029"


def test_somebody_outside_the_corp_is_nobody(corp: Corp) -> None:
    assert corp.client.who_is(_comes_back(corp, "stranger")) == ""


@pytest.mark.parametrize("code", ["", "invented", "a b&c=d#e"])
def test_an_invented_code_is_refused(corp: Corp, code: str) -> None:
    with pytest.raises(PartnerRejected):
        corp.client.who_is(code)


def test_a_code_is_old_after_five_minutes(corp: Corp) -> None:
    code = _comes_back(corp, "ops01")
    corp.control("clock", {"advance_ms": 300_001})
    with pytest.raises(PartnerRejected):
        corp.client.who_is(code)
