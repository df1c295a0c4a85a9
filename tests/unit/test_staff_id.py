"""Who did it: what the API takes as ``by`` is what every fact may name, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from orderhub.contracts.api import StaffId

EVENTS = Path(__file__).parents[2] / "events"
READ = TypeAdapter(StaffId)
NAMED = [
    ("decision/DecisionMade", "made_by"),
    ("decision/DecisionDeferred", "made_by"),
    ("decision/DecisionUndone", "undone_by"),
    ("alert/AlertAcknowledged", "made_by"),
    ("rules/RulePackChanged", "by"),
]


def promised(event: str, name: str) -> dict[str, object]:
    schema = json.loads((EVENTS / f"{event}.v1.schema.json").read_text(encoding="utf-8"))
    found: dict[str, object] = schema["properties"]["data"]["properties"][name]
    return found


@pytest.mark.parametrize(("event", "name"), NAMED)
@settings(max_examples=30)
@example(by="a" * 60)
@example(by=" li ")
@given(by=st.text(max_size=70) | st.from_regex(r"[A-Za-z0-9._@-]{1,62}", fullmatch=True))
def test_whoever_the_api_takes_is_somebody_a_fact_may_name(event: str, name: str, by: str) -> None:
    try:
        taken = READ.validate_python(by)
    except ValidationError:
        return
    field = promised(event, name)
    assert re.fullmatch(str(field["pattern"]), taken)
    assert 1 <= len(taken) <= int(str(field["maxLength"]))


@pytest.mark.parametrize("event", [event for event, _ in NAMED if event.startswith("decision/")])
def test_a_pressed_button_is_somebody_a_fact_may_name(event: str) -> None:
    field = promised(event, dict(NAMED)[event])
    assert re.fullmatch(str(field["pattern"]), "wecom:" + "w" * 64)  # the longest user id of WeCom


@pytest.mark.parametrize(
    "by",
    [
        "", " ", "a" * 61, "li wang", "李四", "<script>alert(1)</script>", "li\nwang", "li\x00", "li\u202e", "'; --",
        "wecom:li", "hub", "HUB", "13800139901", "${jndi:ldap://x}", "../../etc", 7, None, ["li"], {"id": "li"},
    ],
)  # fmt: skip
def test_nobody_else_is_taken(by: object) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python(by)
