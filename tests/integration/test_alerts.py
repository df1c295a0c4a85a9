"""Alerts: each of a role is told once, acknowledged, escalated; limits, outages and crashes lose none (R26)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from local.partners.chassis import serve
from local.partners.wecom import create
from orderhub.adapters.dynamodb.alerts import DynamoAlerts
from orderhub.adapters.dynamodb.breaker import DynamoBreaker
from orderhub.adapters.dynamodb.limits import DynamoLimits, Rate
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.adapters.wecom.client import WecomClient
from orderhub.domain.alert import ESCALATE_AFTER_MS, LAST_LEVEL, LEASE_MS, Alert, AlertState
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.order import Milestone
from orderhub.ports.alerts import Directory, Press
from orderhub.ports.orders import Change
from orderhub.services.alert_words import card_of
from orderhub.services.alerts import Alerting
from orderhub.services.decide import decide_and_wake
from orderhub.services.decision_deadlines import meet_deadlines
from orderhub.services.notify import look, tell
from orderhub.services.park import decision_for, request_decision
from orderhub.services.press_button import Desk, press_button
from orderhub.services.undo_decision import undo
from tests.kit.executions import FakeExecutions
from tests.kit.orders import ORDER_ID, T0, order

MEMBERS = {"purchasing": ("buy01", "buy02"), "operations": ("ops01",), "lead": ("lead01",)}
SECONDS = dict.fromkeys(("purchasing", "operations"), "lead")
SECRET = {
    "corp_id": "ww0000000000000001",
    "agent_id": 1000002,
    "corp_secret": "demo-secret",
    "robots": {"operations": "robot-key"},
}
PACKING = (Milestone.PLACED, Milestone.RESERVED, Milestone.PAID, Milestone.ASSESSED, Milestone.DISPATCHED)


class Office:
    """An order, its cards, the people, and WeCom between them."""

    def __init__(self, client: Any, table: str, url: str) -> None:
        self.now = T0
        self.sim = httpx.Client(base_url=url, timeout=20, trust_env=False)
        self.orders, self.alerts = DynamoOrders(client, table), DynamoAlerts(client, table)
        self.executions = FakeExecutions()
        self.directory = Directory(MEMBERS, frozenset(), SECONDS)
        rates = {
            ("wecom", "*"): Rate(50, 1_000, 40),
            ("wecom_member", "*"): Rate(30, 60_000, 15),
            ("wecom_robot", "*"): Rate(20, 60_000, 5),
        }
        limits = DynamoLimits(client, table, rates, {})
        breaker = DynamoBreaker(client, table, "wecom", self.clock)
        self.http = PartnerHttp("wecom", 0.6, limits=limits, breaker=breaker, now_ms=self.clock)
        partner = WecomClient(url, SECRET, self.http, self.clock)
        self.world = Alerting(
            self.orders, self.alerts, partner, lambda: self.directory, limits, self.clock, "https://hub.example.com"
        )
        self.told: list[str] = []
        self.desk = Desk(
            self.orders, self.executions, self.alerts, lambda: self.directory, self.told.append, self.clock
        )
        self.orders.commit(Change(None, order(*PACKING), T0))

    def clock(self) -> int:
        return self.now

    def ask(self, decision_class: DecisionClass = DecisionClass.STOCK_MISMATCH, cause: str = "x") -> Decision:
        card = decision_for(ORDER_ID, decision_class, cause, {"sku": "ZP-2026-01", "message": "缺货"}, self.now)
        known = self.orders.load(ORDER_ID)
        assert known is not None
        request_decision(self.orders, known, card, self.now)
        return card

    def decide(self, card: Decision, option: str = "retry", who: str = "li") -> None:
        decide_and_wake(card.decision_id, option, who, "", self.orders, self.executions, self.now)

    def control(self, path: str, body: Any = None) -> Any:
        answer = self.sim.post(f"/_sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def shown(self, to: str = "") -> list[dict[str, Any]]:
        """What really arrived, oldest first."""
        messages = self.sim.get("/_sim/state").json()["messages"]
        return [m for m in messages if not m["dropped"] and m["to"].endswith(to)]

    def dropped(self) -> list[str]:
        return [m["dropped"] for m in self.sim.get("/_sim/state").json()["messages"] if m["dropped"]]

    def pass_time(self, ms: int) -> None:
        self.now += ms
        self.control("clock", {"advance_ms": ms})

    def states(self, card: Decision) -> dict[str, str]:
        alerts = self.alerts.of_decision(card.decision_id)
        return {f"{alert.recipient}.{alert.level}": alert.state.value for alert in alerts}

    def facts(self) -> list[str]:
        return [fact.type for fact in self.orders.facts_of(ORDER_ID) if fact.type.startswith("Alert")]

    def press(self, card: Decision, user: str, option: str, level: int = 0) -> Press:
        alert = next(a for a in self.alerts.of_decision(card.decision_id) if (a.recipient, a.level) == (user, level))
        self.control("press", {"user": user, "task_id": alert.task_id, "button": f"{option}|{card.decision_id}"})
        code = self.sim.get("/_sim/state").json()["presses"][-1]["message"].partition("<ResponseCode>")[2]
        return Press(user, alert.task_id, option, card.decision_id, code.partition("<")[0])


@pytest.fixture
def office(table: tuple[Any, str]) -> Iterator[Office]:
    settings = {"callback_url": "", "members": [user for users in MEMBERS.values() for user in users]}
    with serve(create({**settings, "callback_url": "http://127.0.0.1:9/nobody"})) as url:
        made = Office(*table, url)
        yield made
        made.http.close()
        made.sim.close()


def test_every_member_of_the_owner_role_gets_a_card_that_points_to_the_queue(office: Office) -> None:
    card = office.ask()
    assert tell(card.decision_id, office.world) == "sent:2"
    messages = office.shown()
    assert [message["to"] for message in messages] == ["member:buy01", "member:buy02"]
    content = messages[0]["content"]
    assert content["main_title"] == {"title": "库存不匹配", "desc": ORDER_ID}
    assert content["card_action"]["url"] == f"https://hub.example.com/orders/{ORDER_ID}"
    assert [button["text"] for button in content["button_list"]][:2] == ["重试", "取消订单"]
    assert "商品编码：ZP-2026-01" in content["quote_area"]["quote_text"]
    assert office.facts() == ["AlertRaised"]


def test_the_same_event_again_tells_nobody_twice(office: Office) -> None:
    card = office.ask()
    for _ in range(3):
        tell(card.decision_id, office.world)
    assert len(office.shown()) == 2
    assert office.facts() == ["AlertRaised"]


def test_a_decision_that_was_made_before_anybody_was_told_raises_nothing(office: Office) -> None:
    card = office.ask()
    office.decide(card)
    assert tell(card.decision_id, office.world) == "nothing"
    assert (office.shown(), office.facts()) == ([], [])


def test_a_button_makes_the_decision_and_every_card_says_who_decided(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    assert press_button(office.press(card, "buy02", "retry"), office.desk) == "made"
    made = office.orders.decision(ORDER_ID, card.decision_id)
    assert made is not None
    assert (made.option, made.made_by) == ("retry", "wecom:buy02")
    assert office.told == [card.decision_id]
    assert tell(card.decision_id, office.world) == "closed:2"
    assert {message["replaced"] for message in office.shown()} == {"已由 buy02 处理：重试"}
    assert office.facts() == ["AlertRaised", "AlertAcknowledged"]
    assert look(office.world) == {}


def test_a_press_played_again_decides_nothing_even_after_the_card_is_open_once_more(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    press = office.press(card, "buy01", "retry")
    assert [press_button(press, office.desk) for _ in range(2)] == ["made", "repeated"]
    again = office.ask()
    second = f"{again.decision_id}~2"
    assert press_button(press, office.desk) == "repeated"
    assert press_button(replace(press, decision_id=second), office.desk) == "refused:no_such_card"
    found = office.orders.decision(ORDER_ID, second)
    assert found is not None
    assert not found.made_at


def test_who_presses_too_late_is_told_who_decided_what(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    office.decide(card, "cancel", "li")
    press = office.press(card, "buy01", "retry")
    assert press_button(press, office.desk) == "refused:already_made"
    look(office.world)
    tell(card.decision_id, office.world)
    assert [message["replaced"] for message in office.shown()] == ["已由 li 处理：取消订单"] * 2


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"user_id": "ops01"}, "refused:no_such_card"),
        ({"task_id": "a0"}, "refused:no_such_card"),
        ({"decision_id": "youzan-E0.stock_mismatch.x"}, "refused:no_such_card"),
        ({"option": "refund_all"}, "refused:no_such_option"),
        ({"option": ""}, "refused:no_such_option"),
    ],
)
def test_a_press_that_no_card_of_ours_can_make_changes_nothing(
    office: Office, changes: dict[str, str], outcome: str
) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    assert press_button(replace(office.press(card, "buy01", "retry"), **changes), office.desk) == outcome
    found = office.orders.decision(ORDER_ID, card.decision_id)
    assert found is not None
    assert not found.made_at


def test_who_left_the_role_decides_nothing(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    press = office.press(card, "buy01", "retry")
    office.directory = Directory({**MEMBERS, "purchasing": ("buy02",)}, frozenset(), SECONDS)
    assert press_button(press, office.desk) == "refused:not_a_member"
    look(office.world)
    assert office.shown("buy01")[0]["replaced"] == "未能处理：请到待决策队列查看"


def test_nobody_decides_in_time_so_the_second_role_is_told_and_the_first_again(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    office.pass_time(ESCALATE_AFTER_MS - 1)
    assert look(office.world) == {}
    office.pass_time(1)
    assert look(office.world) == {"escalated": 2, "sent": 3}
    assert [m["to"] for m in office.shown()[2:]] == ["member:buy01", "member:buy02", "member:lead01"]
    assert "第 1 次升级" in office.shown("lead01")[0]["content"]["main_title"]["title"]
    assert press_button(office.press(card, "lead01", "retry", level=1), office.desk) == "made"
    tell(card.decision_id, office.world)
    assert {message["replaced"] for message in office.shown()} == {"已由 lead01 处理：重试"}
    assert set(office.states(card).values()) == {"acknowledged"}


def test_escalation_ends_and_the_decision_stays_in_the_queue(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    for _ in range(LAST_LEVEL + 3):
        office.pass_time(ESCALATE_AFTER_MS)
        look(office.world)
    assert max(alert.level for alert in office.alerts.of_decision(card.decision_id)) == LAST_LEVEL
    assert [open_card.decision_id for open_card in office.orders.open_decisions()] == [card.decision_id]


def test_a_member_wecom_does_not_know_is_replaced_by_the_second_role_at_once(office: Office) -> None:
    office.directory = Directory({"purchasing": ("gone01",), "lead": ("lead01",)}, frozenset(), SECONDS)
    card = office.ask()
    tell(card.decision_id, office.world)
    look(office.world)
    assert [message["to"] for message in office.shown()] == ["member:lead01"]


def test_a_role_without_members_is_covered_by_the_second(office: Office) -> None:
    office.directory = Directory({"lead": ("lead01",)}, frozenset(), SECONDS)
    card = office.ask()
    tell(card.decision_id, office.world)
    assert [message["to"] for message in office.shown()] == ["member:lead01"]


def test_more_than_people_can_be_sent_is_merged_and_every_decision_is_listed_once(office: Office) -> None:
    cards = [office.ask(DecisionClass.STEP_FAILED, f"step{n}") for n in range(24)]
    for card in cards:
        tell(card.decision_id, office.world)
    assert len(office.shown("ops01")) == 15
    for _ in range(5):
        office.pass_time(60_000)
        look(office.world)
    messages = office.shown("ops01")
    listed = sum(m["content"]["content"].count(f"[{ORDER_ID}]") for m in messages if m["kind"] == "markdown")
    assert sum(m["kind"] == "template_card" for m in messages) + listed == 24
    assert office.dropped() == []
    assert {state for card in cards for state in office.states(card).values()} == {"sent"}


def test_wecom_down_for_an_hour_loses_nothing_and_order_is_kept(office: Office) -> None:
    office.control("faults", {"kind": "drop_before", "match": {}, "times": -1})
    cards = []
    for n in range(12):
        cards.append(office.ask(DecisionClass.STEP_FAILED, f"step{n}"))
        assert "waiting" in tell(cards[-1].decision_id, office.world)
        office.pass_time(300_000)
        look(office.world)
    assert len(office.orders.open_decisions()) == 12
    assert office.shown() == []
    assert office.sim.delete("/_sim/faults").status_code == 200
    office.pass_time(60_000)
    look(office.world)
    (message,) = office.shown("ops01")
    assert message["content"]["content"].startswith("**待决策 12 条**")
    assert {state for card in cards for state in office.states(card).values()} == {"sent"}


def test_a_decision_made_while_wecom_was_down_is_not_told_any_more(office: Office) -> None:
    office.control("faults", {"kind": "drop_before", "match": {}, "times": -1})
    card = office.ask()
    tell(card.decision_id, office.world)
    office.decide(card)
    tell(card.decision_id, office.world)
    office.sim.delete("/_sim/faults")
    office.pass_time(60_000)
    look(office.world)
    assert office.shown() == []
    assert set(office.states(card).values()) == {"acknowledged"}


def test_a_card_whose_answer_was_lost_is_shown_once_and_can_still_be_pressed(office: Office) -> None:
    office.control("faults", {"kind": "timeout_after", "match": {"method": "message/send"}, "times": 1})
    card = office.ask()
    assert "waiting" in tell(card.decision_id, office.world)
    office.pass_time(60_000)
    look(office.world)
    assert [message["to"] for message in office.shown()] == ["member:buy01", "member:buy02"]
    assert press_button(office.press(card, "buy01", "retry"), office.desk) == "made"
    tell(card.decision_id, office.world)
    assert {message["replaced"] for message in office.shown()} == {"已由 buy01 处理：重试"}


def test_a_sender_that_died_is_replaced_when_its_lease_is_over(office: Office) -> None:
    card = office.ask()
    alert = Alert(card.decision_id, ORDER_ID, card.decision_class.value, "purchasing", "buy01", 0, T0, T0)
    assert office.alerts.create(replace(alert, leased_until=T0 + LEASE_MS), T0)
    assert not office.alerts.create(alert, T0)
    tell(card.decision_id, office.world)
    assert office.shown() == []
    assert office.facts() == ["AlertRaised"]
    office.pass_time(LEASE_MS)
    assert look(office.world) == {"sent": 1}


def test_an_alert_that_another_moves_at_the_same_time_keeps_both_changes(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    alert = office.alerts.of_decision(card.decision_id)[0]
    tries = []

    def slow(each: Alert) -> Alert:
        tries.append(each.revision)
        if len(tries) == 1:
            office.alerts.change(each, lambda other: replace(other, problem="meanwhile"), T0)
        return replace(each, state=AlertState.ESCALATED)

    written = office.alerts.change(alert, slow, T0)
    assert written is not None
    assert (written.problem, written.state, len(tries)) == ("meanwhile", AlertState.ESCALATED, 2)


def test_a_decision_that_is_taken_back_is_told_anew_and_old_cards_do_not_count(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    old = office.press(card, "buy01", "retry")
    office.decide(card)
    tell(card.decision_id, office.world)
    undo(card.decision_id, "li", "", office.orders, office.now)
    tell(card.decision_id, office.world)
    tell(card.decision_id, office.world)
    fresh = [message for message in office.shown() if not message["replaced"]]
    assert [message["to"] for message in fresh] == ["member:buy01", "member:buy02", "member:lead01"]
    assert office.facts() == ["AlertRaised", "AlertAcknowledged", "AlertRaised"]
    assert press_button(office.press(card, "buy01", "cancel", level=1), office.desk) == "made"
    assert press_button(old, office.desk) == "refused:already_made"


def test_a_deadline_that_goes_by_tells_the_second_role_at_once_and_once(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    office.now = card.due_at + 1
    assert meet_deadlines(office.orders, office.executions, office.now) == {"expired": 1}
    for _ in range(2):
        tell(card.decision_id, office.world)
    assert [message["to"] for message in office.shown()[2:]] == ["member:buy01", "member:buy02", "member:lead01"]
    assert {key: state for key, state in office.states(card).items() if key.endswith("0")} == {
        "buy01.0": "escalated",
        "buy02.0": "escalated",
    }


def test_what_somebody_put_off_is_not_escalated_before(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    until = office.now + 3 * ESCALATE_AFTER_MS
    found = office.orders.decision(ORDER_ID, card.decision_id)
    known = office.orders.load(ORDER_ID)
    assert found is not None
    assert known is not None
    put_off = replace(found, deferred_until=until, due_at=until)
    office.orders.commit(Change(known, known, office.now, moved=(put_off,)))
    office.pass_time(ESCALATE_AFTER_MS)
    look(office.world)
    assert len(office.shown()) == 2
    office.now = until
    look(office.world)
    assert len(office.shown("lead01")) == 1


def test_a_press_for_an_order_that_ended_meanwhile_says_so_on_the_card(office: Office) -> None:
    card = office.ask()
    tell(card.decision_id, office.world)
    press = office.press(card, "buy01", "retry")
    known = office.orders.load(ORDER_ID)
    assert known is not None
    ended = known.reach(Milestone.CANCELLED, office.now).reach(Milestone.CLOSED, office.now)
    office.orders.commit(Change(known, ended, office.now))
    assert press_button(press, office.desk) == "refused:order_ended"
    look(office.world)
    assert office.shown("buy01")[0]["replaced"] == "未能处理：订单已结束"


def test_a_group_robot_gets_lists_and_is_not_escalated(office: Office) -> None:
    office.directory = Directory({"operations": ("ops01",)}, frozenset({"operations"}), {})
    card = office.ask(DecisionClass.STEP_FAILED)
    tell(card.decision_id, office.world)
    assert [message["to"] for message in office.shown()] == ["member:ops01", "robot:0"]
    office.decide(card)
    tell(card.decision_id, office.world)
    assert office.states(card) == {"ops01.0": "acknowledged", "robot:operations.0": "acknowledged"}


def test_a_rules_own_sentence_leads_and_options_that_ask_for_more_stay_in_the_queue(office: Office) -> None:
    said = {"said_zh": "同一号码 24 小时内第 6 单，超过 5 单。", "said_en": "sixth order", "rank": "6"}
    card = decision_for(ORDER_ID, DecisionClass.PHONE_VELOCITY, "p", said, office.now)
    alert = Alert(card.decision_id, ORDER_ID, "phone_velocity", "customer_service", "cs01", 0, T0, T0)
    made = card_of(card, alert, "https://hub.example.com/")
    assert made.sentence.startswith("同一号码 24 小时内第 6 单，超过 5 单。订单已停下")
    assert made.evidence == (("24小时内第几单", "6"),)
    assert [button.text for button in made.buttons] == ["放行", "取消订单"]
    assert made.link == f"https://hub.example.com/orders/{ORDER_ID}"
