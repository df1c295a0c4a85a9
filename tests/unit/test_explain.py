"""Every card and every refusal says why, with the value that failed, and the smallest change that frees it (R25)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from orderhub.address.gate import REASONS
from orderhub.domain.address_check import COST
from orderhub.domain.alert import Alert
from orderhub.domain.decision import REGISTRY, Decision, DecisionClass, decision_id_of
from orderhub.domain.key_words import KEYS
from orderhub.domain.order import AddressCheck, Milestone, Order
from orderhub.domain.phone_window import Standing
from orderhub.domain.refusal_words import REFUSALS
from orderhub.domain.rulepack import RuleKind
from orderhub.domain.why import shown, why_refused
from orderhub.rules.defaults import default_pack
from orderhub.services import explain_words
from orderhub.services.alert_words import card_of
from orderhub.services.explain import _needed, explain, explain_order, failed_condition
from orderhub.services.explain_words import FINDINGS, IN_SENTENCE
from orderhub.services.hold import act_on
from orderhub.services.judge import judge_order
from orderhub.services.phone_window import Window
from tests.kit.leaks import leaks
from tests.kit.orders import ORDER_ID, T0, line, order, snapshot

M = Milestone
PACKAGE = Path(explain_words.__file__).parents[1]


class NoCards:
    """A store that knows no cards."""

    def decisions_of(self, order_id: str) -> tuple[Decision, ...]:
        return ()


def held(of: Order, standing: Standing | None = None) -> Decision:
    """The one card that the default rules ask for about this order."""
    verdict = judge_order(of, default_pack(RuleKind.INTERCEPTION), standing or Standing(), T0)
    (card,) = act_on(verdict, of, Window(of, (of,)), NoCards(), T0).asked  # type: ignore[arg-type]
    return card


def paid(**changes: object) -> Order:
    return order(M.PLACED, M.RESERVED, M.PAID, snapshot=replace(snapshot(paid=True), **changes))  # type: ignore[arg-type]


def card(decision_class: DecisionClass, **evidence: str) -> Decision:
    cause = decision_id_of(ORDER_ID, decision_class, "x")
    return Decision(cause, ORDER_ID, decision_class, "x", evidence, T0, T0 + 1)


def test_a_sixth_order_says_which_rank_failed_which_bound() -> None:
    why = explain(held(paid(), Standing(6, 6, 6)))
    assert why.zh == "同一号码24小时内下单超过5单：24小时内第几单为 6（条件 > 5）"
    assert "is 6 (condition > 5)" in why.en
    assert why.condition is not None
    assert (why.condition.field, why.condition.cell, why.condition.actual) == ("phone.rank", "> 5", "6")
    assert why.action == "continue"


def test_an_unmatched_address_says_what_is_missing_and_that_correcting_frees_it() -> None:
    why = explain(held(paid(address=AddressCheck(70, False, ("detail_no_number",)))))
    assert why.zh == "收货地址无法匹配：缺少门牌号或楼栋（地址分 70，浙江省 / 杭州市 / 西湖区）"
    assert why.smallest_change.zh == "更正地址：缺少门牌号或楼栋"
    assert why.action == "correct_address"
    assert why.condition is not None
    assert (why.condition.field, why.condition.actual) == ("address.passes", "否")


def test_money_is_told_as_money() -> None:
    why = explain(held(order(M.PLACED, M.RESERVED, M.PAID, snapshot=snapshot(line(), paid=False))))
    assert why.zh == "订单没有付清：未付为 ¥299.00（条件 > ¥0.00）"
    assert why.smallest_change.en == "payable less paid, at least 0 must be at most ¥0.00"


@pytest.mark.parametrize("decision_class", DecisionClass)
def test_every_class_has_a_sentence_in_both_languages_with_its_evidence_and_an_option_of_its_own(
    decision_class: DecisionClass,
) -> None:
    shows = REGISTRY[decision_class].evidence
    told = IN_SENTENCE.get(decision_class, [name for name in shows if name != "field"])
    assert set(told) <= {*shows, *KEYS}
    why = explain(card(decision_class, **{name: f"value-{name}" for name in {*shows, *told} if name != "field"}))
    assert all(f"value-{name}" in why.zh and f"value-{name}" in why.en for name in told)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in why.zh)
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in why.en)
    assert why.smallest_change.zh
    assert why.smallest_change.en
    assert why.action in REGISTRY[decision_class].options
    assert explain(card(decision_class)).zh


def test_every_finding_of_the_address_gate_has_words() -> None:
    assert {*COST, *map(str, REASONS)} <= set(FINDINGS)


@pytest.mark.parametrize(
    ("field", "cell", "zh"),
    [
        ("phone.rank", "> 5", "24小时内第几单须不超过 5"),
        ("amounts.paid_fen", ">= 100000", "实付须低于 ¥1,000.00"),
        ("address.score", "< 60", "地址分须不低于 60"),
        ("address.passes", "false", "地址可用须为是"),
        ("lines.count", "0", "行数不能为 0"),
        ("order.kind", '!= "express"', "配送方式须为 快递"),
        ("region.city", '""', "市不能为 空"),
        ("region.city", '"拉萨市"', "市不能为 拉萨市"),
        ("region.city", '"a","b"', '市不再符合条件 "a","b"'),
        ("gone.field", "> 1", "gone.field须不超过 1"),
    ],
)
def test_the_smallest_change_is_what_the_cell_would_need(field: str, cell: str, zh: str) -> None:
    assert _needed(field, cell).zh == zh


def test_an_order_is_explained_hold_by_hold_and_nothing_else() -> None:
    one, other = card(DecisionClass.STEP_FAILED, step="reserve"), card(DecisionClass.OVERDUE)
    holding = replace(order(), holds={one.decision_id: "step_failed"})
    (why,) = explain_order(holding, (one, other))
    assert (why["decision_id"], why["class"], why["action"]) == (one.decision_id, "step_failed", "retry")
    assert set(why) == {"decision_id", "class", "zh", "en", "smallest_change", "action", "condition"}


def test_every_refusal_a_person_can_meet_has_words_of_its_own_and_puts_no_english_into_chinese() -> None:
    for code in sorted(refusals_in(PACKAGE)):
        assert code in REFUSALS, code
        evidence = {
            "parameter": "phone",
            "why": "is missing",
            "made_by": "cs01",
            "option": "retry",
            "zone": "delivering",
        }
        why = why_refused(code, f"{code}: the parcel of youzan-E20261129 was cancelled: refunded", evidence)
        words = re.sub(r"youzan-E20261129|cs01|hub rules|JSON|senders|hub|v—", "", why.zh + why.smallest_change.zh)
        assert re.findall(r"[A-Za-z]{2,}", words) == [], why.zh


def refusals_in(folder: Path) -> set[str]:
    """Codes of what services and what people reach refuse: partners' own refusals are told by their cards."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        if "adapters" not in path.parts:
            found |= set(re.findall(r'(?<!Partner)Rejected\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8")))
    return found


CARD_ID = f"{ORDER_ID}.x.y"
PLAUSIBLE = {
    "scope": "door", "zone": "in_transit", "partner": "wangdiantong", "carrier": "sf", "reason": "refunded",
    "closed_because": "decided", "event_type": "trade_refund_BuyerCreated", "step": "await_shipment",
    "asked": "void_waybill", "said_by": "warehouse", "charge": "surcharge", "changed": "name, address",
    "behind": "wms: not_in_time, carrier: left", "reasons": "window_over, surcharge", "state": "under_way",
    "issuer_said": "not asked yet", "warehouse_said": "not asked yet", "available": "unknown SKU",
    "why": "the parcel had left", "what": "address,twice", "pack": "interception v0", "hub_number": "none yet",
    "parcels": "1: shipped SF7 from WH1; 2: not sent yet from WH2", "refund_type": "7", "found": "detail_no_number",
}  # fmt: skip


@pytest.mark.parametrize("decision_class", list(DecisionClass), ids=str)
def test_no_card_puts_a_code_into_its_chinese_sentence(decision_class: DecisionClass) -> None:
    names = [*REGISTRY[decision_class].evidence, "refund_id", "refund_type", "oids", "never_heard_of"]
    kept = {name: PLAUSIBLE.get(name, "7") for name in names if name not in ("field", "cell", "actual", "said_en")}
    why = explain(card(decision_class, **kept))
    assert leaks(why.zh) + leaks(why.smallest_change.zh) == []
    alert = Alert(CARD_ID, ORDER_ID, decision_class.value, "operations", "ops01", 0, T0, T0)
    sent = card_of(card(decision_class, **kept), alert, "http://hub")
    assert [name for row in sent.evidence for name in leaks(" ".join(row))] == []
    assert "never_heard_of" not in why.en


def test_a_wrong_parameter_is_named_as_its_form_names_it() -> None:
    why = why_refused("bad_parameter", "phone is missing", {"parameter": "phone", "why": "is missing"})
    assert why.zh == "填写有误：「电话」没有填"
    late = {"parameter": "amount_fen", "why": "is too much: 300 fen are left to pay back"}
    assert why_refused("bad_parameter", "", late).zh == "填写有误：「退款金额」超过还能退的 300 分"
    assert why_refused("order_ended", "youzan-E1 has ended", {}).zh == "订单已结束：youzan-E1"


def test_a_refusal_has_the_same_shape() -> None:
    why = why_refused("undo_over", "undo_over: the time is over", {"undo_until": T0}).values
    assert set(why) == {"zh", "en", "smallest_change", "action", "condition"}
    assert why["zh"] == f"撤回时限已过（{shown('undo_until', T0)}）"
    assert why_refused("something_new", "something_new: no {x} %s", {}).zh == "操作被拒绝（something_new）"
    assert why_refused("left_the_house", "", {}).zh == "已通知合作方（—），不能撤回"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("paid_fen", 2_990_000, "¥29,900.00"),
        ("paid_fen", -5, "-¥0.05"),
        ("paid_fen", "123456", "¥1,234.56"),
        ("lines.count", 12_345, "12,345"),
        ("paid_at", 1_795_359_546_186, "2026-11-22 22:59:06"),
        ("x", True, "是"),
        ("x", ["a", "b"], "a、b"),
        ("x", [], "空"),
        ("x", None, "空"),
        ("code", "102570020", "102570020"),
        ("paid_fen", "9" * 5_000, "9" * 5_000),
    ],
)
def test_values_are_written_one_way(field: str, value: object, text: str) -> None:
    assert shown(field, value) == text


def test_a_field_that_the_schema_does_not_know_any_more_is_named_as_it_is() -> None:
    condition = failed_condition("old.field", "> 1", "2")
    assert (condition.zh, condition.en, condition.actual) == ("old.field", "old.field", "2")
