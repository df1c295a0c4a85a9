"""A card tells whoever decides what is wrong, at stake and to come, in words; codes stay where machines read them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orderhub.domain.decision import REGISTRY, Decision, DecisionClass, decision_id_of
from orderhub.domain.option_words import does
from orderhub.services.card_evidence import Line, evidence_lines
from orderhub.services.decision_card import card
from tests.kit.orders import ORDER_ID, T0

JUDGED = {
    "level": "2", "reasons": "phone_velocity", "pack": "interception v3", "rank": "6", "orders_24h": "6",
    "siblings": "youzan-E1, youzan-E2, and 2 more", "rows": "phone_velocity:991136ff", "field": "phone.rank",
    "cell": "> 5", "actual": "6", "said_zh": "同一号码24小时内下单超过5单", "said_en": "More than 5 orders",
}  # fmt: skip
ADDRESS = {
    "level": "1", "reasons": "address_unmatched", "pack": "interception v0", "score": "30", "found": "no_number",
    "division": "浙江省 / 杭州市 / 西湖区", "rows": "address_matched:8b050d12", "field": "address.passes",
    "cell": "false", "actual": "False", "said_zh": "收货地址无法匹配", "said_en": "The address cannot be matched",
}  # fmt: skip


def shown(decision_class: DecisionClass, evidence: dict[str, str]) -> dict[str, Any]:
    cause = decision_id_of(ORDER_ID, decision_class, "x")
    return card(Decision(cause, ORDER_ID, decision_class, "x", evidence, T0, T0 + 1), {})


def by_key(decision_class: DecisionClass, evidence: dict[str, str]) -> dict[str, Line]:
    return {line.key: line for line in evidence_lines(shown(decision_class, evidence))}


def test_what_a_rule_saw_is_one_line_with_the_way_to_the_rule_and_to_the_other_orders() -> None:
    lines = by_key(DecisionClass.PHONE_VELOCITY, JUDGED)
    assert lines["condition"].value[0] == "24小时内第几单 > 5, 实际 6"
    assert lines["condition"].is_wrong
    assert (lines["pack"].value, lines["pack"].link) == (("拦截 v3", "interception v3"), "/rules/interception/3")
    assert (lines["siblings"].orders, lines["siblings"].value[0]) == (("youzan-E1", "youzan-E2"), "and 2 more")
    assert set(lines) == {"condition", "pack", "siblings", "rank", "orders_24h"}


def test_an_address_shows_its_divisions_and_what_is_missing_and_no_code() -> None:
    lines = by_key(DecisionClass.ADDRESS_UNMATCHED, ADDRESS)
    assert lines["division"].value[0] == "浙江省 / 杭州市 / 西湖区"
    assert (lines["found"].value[0], lines["found"].is_wrong) == ("缺少门牌号或楼栋", True)
    assert lines["pack"].value[0] == "拦截 随产品"
    assert not re.search("[a-z]_[a-z]|False", "".join(name[0] + value[0] for name, value in told(lines)))


def told(lines: dict[str, Line]) -> list[tuple[Any, Any]]:
    return [(line.name, line.value) for line in lines.values()]


def test_codes_of_other_cards_are_words_too() -> None:
    refund = {"event_type": "trade_refund_BuyerCreated", "refund_id": "1", "refunded_fee": "9.00", "oids": "2"}
    lines = by_key(DecisionClass.UNHANDLED_EVENT, {**refund, "update_time": "2026-11-29 18:36:38"})
    assert "trade_refund" not in lines["event_type"].value[0]
    assert not any(re.search("[a-z]_|oids", line.name[0]) for line in lines.values())


@pytest.mark.parametrize("decision_class", DecisionClass)
def test_every_option_of_every_card_says_what_choosing_it_does(decision_class: DecisionClass) -> None:
    for command in shown(decision_class, {})["commands"]:
        assert command["does"]["zh"]
        assert re.search("[a-z]", command["does"]["en"])
        assert not re.search("[a-z]", command["does"]["zh"])
    assert all(does(decision_class, option) != ("", "") for option in REGISTRY[decision_class].options)
