"""Classes of decisions and their options: whole, readable by people, and strict about what comes from outside."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.decision_kinds import ESCALATE, REGISTRY, DecisionClass
from orderhub.domain.decision_options import (
    LATEST_INSTANT,
    OPTIONS,
    Choice,
    Option,
    Parameter,
    ParameterType,
    Words,
    read_parameters,
)
from orderhub.domain.errors import Rejected

T = ParameterType
W = Words("词", "word")
FORM = Option(
    "form",
    W,
    (
        Parameter("name", T.TEXT, W, most=5, is_personal=True),
        Parameter("digits", T.TEXT, W, is_required=False, pattern="[0-9]+"),
        Parameter("many", T.INTEGER, W, least=1, most=9, is_required=False),
        Parameter("sure", T.TRUTH, W, is_required=False),
        Parameter("when", T.INSTANT, W, is_required=False),
        Parameter("which", T.CHOICE, W, choices=("a", "b"), is_required=False),
    ),
)


@pytest.mark.parametrize("decision_class", DecisionClass)
def test_every_class_has_words_an_owner_options_that_exist_and_a_deadline(decision_class: DecisionClass) -> None:
    kind = REGISTRY[decision_class]
    assert kind.name_zh
    assert kind.name_en
    assert kind.owner in {"customer_service", "operations", "finance", "purchasing"}
    assert kind.options
    assert set(kind.options) <= set(OPTIONS)
    assert kind.due_ms > 0
    assert kind.at_deadline == ESCALATE or kind.at_deadline in kind.options
    assert all(words.zh and words.en for words in kind.evidence.values())


def test_every_option_and_parameter_has_words_in_both_languages() -> None:
    for code, option in OPTIONS.items():
        assert option.code == code
        assert option.words.zh
        assert option.words.en
        assert all(one.words.zh and one.words.en for one in option.parameters)


def test_what_is_given_is_read_by_its_type() -> None:
    asked = {"name": " 张三 ", "digits": "007", "many": "3", "sure": "TRUE", "when": 1_700_000_000_000, "which": "b"}
    assert read_parameters(FORM, asked) == {
        "name": "张三", "digits": "007", "many": 3, "sure": True, "when": 1_700_000_000_000, "which": "b",
    }  # fmt: skip


def test_what_need_not_be_given_may_be_empty() -> None:
    assert read_parameters(FORM, {"name": "张三", "digits": "", "many": None}) == {"name": "张三"}


@pytest.mark.parametrize(
    ("wrong", "parameter", "why"),
    [
        ({"name": None}, "name", "missing"),
        ({"name": "  "}, "name", "missing"),
        ({"name": 7}, "name", "text"),
        ({"name": ["张三"]}, "name", "text"),
        ({"name": "六个字的名字"}, "name", "too long"),
        ({"name": "张\x00三"}, "name", "cannot be seen"),
        ({"name": "张\u202e三"}, "name", "cannot be seen"),
        ({"name": "\ud800"}, "name", "cannot be seen"),
        ({"digits": "12a"}, "digits", "form"),
        ({"many": 0}, "many", "from 1 to 9"),
        ({"many": 10}, "many", "from 1 to 9"),
        ({"many": 1.5}, "many", "whole"),
        ({"many": True}, "many", "whole"),
        ({"many": "9" * 40}, "many", "whole"),
        ({"many": "١"}, "many", "whole"),
        ({"sure": "yes"}, "sure", "true or false"),
        ({"sure": 1}, "sure", "true or false"),
        ({"when": 0}, "when", "instant"),
        ({"when": LATEST_INSTANT + 1}, "when", "instant"),
        ({"when": "tomorrow"}, "when", "whole"),
        ({"which": "c"}, "which", "a, b"),
        ({"which": {"a": "b"}}, "which", "a, b"),
        ({"evil": "x"}, "evil", "no such parameter"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(wrong: dict[str, Any], parameter: str, why: str) -> None:
    with pytest.raises(Rejected, match=why) as refused:
        read_parameters(FORM, {"name": "张三", **wrong})
    assert refused.value.code == "bad_parameter"
    assert refused.value.evidence["parameter"] == parameter


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=2)
)


@given(st.dictionaries(st.sampled_from([one.name for one in FORM.parameters] + ["other"]), _ANYTHING))
def test_whatever_is_given_is_read_within_its_limits_or_refused(wanted: dict[str, Any]) -> None:
    try:
        read = read_parameters(FORM, wanted)
    except Rejected as refused:
        assert refused.code == "bad_parameter"
        return
    assert set(read) <= set(wanted)
    assert len(str(read["name"])) <= 5
    assert 1 <= int(read.get("many", 1)) <= 9
    assert read.get("which", "a") in ("a", "b")


def test_what_is_personal_is_never_among_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderhub.domain.decision_options.OPTIONS", {"form": FORM})
    chosen = Choice("form", "li", 0, parameters={"name": "张三", "many": 3, "which": "a"})
    assert chosen.kept == {"many": 3, "which": "a"}
