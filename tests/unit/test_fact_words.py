"""Every fact of the catalogue is told in words: no key or code without words reaches the timeline in Chinese (R28)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local.cloud.paths import ROOT
from orderhub.adapters.youzan import mapping, snapshot
from orderhub.contracts.words import FACTS
from orderhub.domain.code_words import END_REASONS, VERBS
from orderhub.domain.decision import REGISTRY, DecisionClass
from orderhub.domain.decision_options import CARRIERS, MOOT, OPTIONS
from orderhub.domain.facts import FactType
from orderhub.domain.journey import PARTNERS_OF, Step
from orderhub.domain.key_words import Form
from orderhub.domain.rulepack import RuleKind
from pages import frame
from pages.order_timeline import FILTERS, entries_of, told_of
from pages.visit import Visit
from tests.kit.leaks import leaks, text_of_page
from tests.kit.orders import T0

PACKAGE = ROOT / "layers/orderhub/src/orderhub"
EVENTS = sorted({*mapping.WHOLE_ORDER, *mapping.ONE_MILESTONE, *mapping.KEPT, *mapping.ADDRESS_CHANGED,
                 *mapping.REFUND_PAID, *mapping.REFUND_OVER, "trade_refund_BuyerCreated"})  # fmt: skip
ENDS = (snapshot.EXPIRED, snapshot.CANCELLED, snapshot.REFUNDED, snapshot.OTHERWISE_CLOSED, "decided")
PARTNERS = sorted({one for some in PARTNERS_OF.values() for one in some} | {"youzan", "wechat", "kuaidiniao"})
CODES: Mapping[str, tuple[str, ...]] = {
    "class": tuple(DecisionClass), "reason_code": tuple(DecisionClass), "option": (*OPTIONS, MOOT),
    "effect": ("escalate", *OPTIONS), "role": tuple({kind.owner for kind in REGISTRY.values()}),
    "partner": tuple(PARTNERS), "carrier": (*CARRIERS, "kuaidiniao"), "step": tuple(Step), "kind": tuple(RuleKind),
    "event_type": tuple(EVENTS), "outcome": ("decided", "refused", "unchanged", "order_ended", "too_late", "change_2"),
}  # fmt: skip
"""What stands in fields of the catalogue whose schema names no list."""
REASONS = {
    FactType.ORDER_CANCELLED: ENDS, FactType.STOCK_RELEASED: ENDS, FactType.WAYBILL_VOIDED: (*ENDS, "reissued"),
    FactType.PACKING_STOPPED: ("wrong_item", "too_many", "wrong_label", "blocked", "unknown", "stopped", "address",
                               "items", "gifts", "label", "changing", "relabel", "held", "cancelled", "gone", "packed"),
    FactType.RULE_PACK_CHANGED: (),
}  # fmt: skip


@cache
def catalogued(fact: FactType) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Its properties and the data of its example."""
    folder = ROOT / "events" / fact.context
    schema, example = (json.loads((folder / f"{fact}.v1.{kind}.json").read_text()) for kind in ("schema", "example"))
    return schema["properties"]["data"]["properties"], example["detail"]["data"]


def codes_of(fact: FactType, key: str, described: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes that may stand in this field; none where it holds something else."""
    if "enum" in described:
        return tuple(described["enum"])
    return REASONS.get(fact, ()) if key == "reason" else CODES.get(key, ())


def plausible(fact: FactType) -> Iterator[Mapping[str, Any]]:
    """The example, with every field that it leaves out, and every code of every field."""
    properties, example = catalogued(fact)
    whole = {**{key: filled(key, described) for key, described in properties.items()}, **example}
    if fact is FactType.RULE_PACK_CHANGED:
        whole["reason"] = ""  # a person's own words
    yield whole
    for key, described in properties.items():
        yield from ({**whole, key: code} for code in codes_of(fact, key, described))
        if each := described.get("items", {}).get("enum"):
            yield {**whole, key: each}
    if "reasons" in properties:
        yield {**whole, "reasons": ["address_unmatched", "phone_velocity", "paid_in_full"]}
        yield {**whole, "packs": [f"{kind.value} v{version}" for version in (0, 7) for kind in RuleKind]}
    if "options" in properties:
        yield {**whole, "options": list(OPTIONS)}


def filled(key: str, described: Mapping[str, Any]) -> Any:
    match described["type"]:
        case "integer":
            return T0 if key.endswith("_at") or key == "until" else 90_000
        case "boolean":
            return True
        case "array":
            return []
    return next(iter(described.get("enum", CODES.get(key, ("X1",)))))


def page_of(fact: str, data: Mapping[str, Any], language: str = "zh") -> str:
    visit = Visit("GET", "/", {}, {}, {}, {}, False, False, language, T0)
    entries = entries_of([{"at": T0, "type": fact, "data": data}], [])
    return frame.render(
        "_order_timeline.html", visit, entries=entries, n_entries=1, kind="", filters=FILTERS, order_id="E1",
        person=lambda by: by,
    )  # fmt: skip


@pytest.mark.parametrize("fact", list(FactType), ids=str)
def test_a_catalogued_fact_is_told_in_words_in_both_languages(fact: FactType) -> None:
    for data in plausible(fact):
        assert leaks(page_of(fact.value, data)) == [], data
        assert re.findall(r"[\u4e00-\u9fff]+", text_of_page(page_of(fact.value, data, "en"))) == [], data


@pytest.mark.parametrize("fact", list(FactType), ids=str)
def test_what_a_schema_lists_is_a_code_with_words(fact: FactType) -> None:
    for key, described in catalogued(fact)[0].items():
        for code in codes_of(fact, key, described):
            (told,) = told_of({key: code})
            assert (told.form, told.value[0] != code or code == "ems") == (Form.CODE, True), (key, code)


def test_a_new_fact_without_words_would_be_found() -> None:
    assert leaks(page_of("BrandNewFact", {"brand_new": "some_code"})) == ["BrandNewFact", "brand_new", "some_code"]
    assert leaks(page_of("OrderCancelled", {"reason": "for_no_reason"})) == ["for_no_reason"]
    assert set(FACTS) == set(FactType)


def test_every_way_an_order_ends_and_every_call_to_a_partner_has_words() -> None:
    said = {word for path in PACKAGE.rglob("*.py") for word in re.findall(r'close_reason or "(\w+)"', path.read_text())}
    assert {*said, *ENDS} <= set(END_REASONS)
    assert verbs_in(PACKAGE) == set(VERBS)


def verbs_in(folder: Path) -> set[str]:
    files = [path for room in ("services", "domain") for path in (folder / room).glob("*.py")]
    return {verb for path in files for verb in re.findall(r'VERB = "(\w+)"', path.read_text())}
