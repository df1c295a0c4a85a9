"""Catalogue ↔ facts ↔ emitters ↔ rule patterns ↔ policies (design §5)."""

import copy
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from orderhub.contracts.events import FactDetail, Metadata, PublishedFact
from orderhub.domain.facts import FactType
from orderhub.domain.records import StoredFact
from orderhub.services.publish import envelope
from tests.architecture.checks import catalogue, emitters
from tests.architecture.checks.cfn import Template
from tests.architecture.conftest import REPO, Plant

FACTS = list(FactType)
PACKAGE = "layers/orderhub/src/orderhub"
BEFORE_ITS_SERVICES = not any((REPO / PACKAGE / "services").glob("[a-z]*.py"))


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_a_fact_has_a_schema_and_an_example_that_fits(repo: Path, fact: FactType) -> None:
    assert catalogue.example_problems(repo, fact) == []


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_the_contract_model_reads_the_example(repo: Path, fact: FactType) -> None:
    example = catalogue.load(catalogue.example_of(repo, fact))
    assert PublishedFact.model_validate(example).detail_type is fact


@pytest.fixture(scope="module")
def emitted() -> Mapping[str, list[str]]:
    return emitters.emitted_in(REPO)


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_a_fact_is_emitted_by_some_code(emitted: Mapping[str, list[str]], fact: FactType) -> None:
    assert BEFORE_ITS_SERVICES or emitted.get(fact.name), f"{fact} stands in the catalogue and nobody says it"


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_what_is_published_fits_the_catalogue(repo: Path, fact: FactType) -> None:
    data = catalogue.load(catalogue.example_of(repo, fact))["detail"]["data"]
    place = ("youzan-E1", 3, 1, str(fact), data, 1795325400000, 1795325400001)
    for origin in (("4f6d1c2ab3e84d0f9a7b5c3e1d2f4a6b", "youzan-E1:2:1", 2), ("", "", 0)):
        detail = json.loads(envelope(StoredFact(*place, *origin)))
        assert catalogue.problems_of_detail(repo, fact, detail) == []
        assert FactDetail.model_validate(detail).metadata.event_id == "youzan-E1:3:1"


def test_the_catalogue_describes_nothing_else(repo: Path) -> None:
    assert catalogue.strays(repo) == []


def test_the_readme_lists_every_fact_truly(repo: Path) -> None:
    expected = {str(fact): (fact.source, fact.wakes_driver) for fact in FactType}
    assert catalogue.table_in_readme(repo) == expected


def test_no_schema_names_personal_data(repo: Path) -> None:
    personal = {"name", "phone", "mobile", "address", "receiver", "buyer", "nick", "detail", "note", "memo"}
    for fact in FactType:
        text = catalogue.schema_of(repo, fact).read_text(encoding="utf-8")
        keys = json.loads(text)["properties"]["data"]["properties"]
        assert not {part for key in keys for part in key.split("_")} & personal, fact


def test_every_key_that_code_gives_a_fact_is_in_its_schema(repo: Path) -> None:
    assert emitters.emitter_problems(repo) == []


def test_rules_wait_only_for_what_is_spoken(repo: Path) -> None:
    assert catalogue.pattern_problems(Template.of(repo)) == []


def test_one_rule_wakes_drivers_on_exactly_the_waking_facts(repo: Path) -> None:
    template = Template.of(repo)
    assert not template.exists or len(catalogue.waking_rules(template)) == 1


def test_the_publisher_may_speak_every_source_and_no_other(repo: Path) -> None:
    assert catalogue.speaking_problems(Template.of(repo)) == []


GOOD_METADATA = catalogue.load(catalogue.example_of(REPO, FactType.ORDER_PAID))["detail"]["metadata"]
BAD_METADATA: list[tuple[str, Any]] = [
    ("event_id", "E1:x:1"),
    ("event_id", "a" * 41 + ":1:1"),
    ("version", 2),
    ("version", "1"),
    ("occurred_at", -1),
    ("occurred_at", "2026-11-22T00:00:00Z"),
    ("order_id", "E1_2"),
    ("order_id", ""),
    ("revision", 0),
    ("revision", 1.5),
    ("correlation_id", ""),
    ("correlation_id", "4f6d 1c2a"),
    ("causation_id", 7),
    ("causation_id", None),
    ("causation_id", ""),
    ("causation_id", "c" * 201),
    ("hops", 21),
    ("hops", -1),
]


@pytest.mark.parametrize(("key", "value"), BAD_METADATA)
def test_model_and_schema_refuse_the_same_metadata(repo: Path, key: str, value: Any) -> None:
    detail = {"metadata": {**GOOD_METADATA, key: value}, "data": {"paid_fen": 1}}
    assert catalogue.problems_of_detail(repo, FactType.ORDER_PAID, detail)
    with pytest.raises(ValidationError):
        FactDetail.model_validate(detail)


def test_model_and_schema_name_the_same_metadata(repo: Path) -> None:
    schema = catalogue.load(repo / "events" / "metadata.v1.schema.json")
    assert set(Metadata.model_fields) == set(schema["properties"]) == set(schema["required"])


@pytest.mark.parametrize("key", sorted(Metadata.model_fields))
def test_model_and_schema_miss_the_same_metadata(repo: Path, key: str) -> None:
    metadata = {name: value for name, value in GOOD_METADATA.items() if name != key}
    detail = {"metadata": metadata, "data": {"paid_fen": 1}}
    assert catalogue.problems_of_detail(repo, FactType.ORDER_PAID, detail)
    with pytest.raises(ValidationError):
        FactDetail.model_validate(detail)


def test_a_consumer_ignores_keys_it_does_not_know(repo: Path) -> None:
    event = catalogue.load(catalogue.example_of(repo, FactType.ORDER_PAID))
    event["detail"]["metadata"]["later"] = 1
    event["region"] = "cn-north-1"
    assert PublishedFact.model_validate(event).detail.metadata.revision == GOOD_METADATA["revision"]


def test_a_fact_under_a_foreign_source_is_refused(repo: Path) -> None:
    event = catalogue.load(catalogue.example_of(repo, FactType.ORDER_PAID))
    with pytest.raises(ValidationError, match=r"orderhub\.order"):
        PublishedFact.model_validate({**event, "source": "orderhub.stock"})


# The checks themselves can fail.


@pytest.fixture
def copied(repo: Path, tmp_path: Path) -> Path:
    shutil.copytree(repo / "events", tmp_path / "events")
    return tmp_path


def test_a_missing_example_is_named(copied: Path) -> None:
    catalogue.example_of(copied, FactType.ORDER_PAID).unlink()
    assert catalogue.example_problems(copied, FactType.ORDER_PAID) == [
        "events/order/OrderPaid.v1.example.json is missing"
    ]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("detail", "data", "buyer_name"), "x", "buyer_name"),
        (("detail", "data", "paid_fen"), 1.5, "integer"),
        (("detail", "metadata", "hops"), 99, "99"),
        (("source",), "orderhub.stock", "not a OrderPaid"),
    ],
)
def test_an_example_that_does_not_fit_is_named(copied: Path, path: tuple[str, ...], value: Any, problem: str) -> None:
    event = copy.deepcopy(catalogue.load(catalogue.example_of(copied, FactType.ORDER_PAID)))
    target = event
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    catalogue.example_of(copied, FactType.ORDER_PAID).write_text(json.dumps(event), encoding="utf-8")
    assert problem in "\n".join(catalogue.example_problems(copied, FactType.ORDER_PAID))


def test_a_stray_schema_is_named(copied: Path) -> None:
    (copied / "events/order/OrderLost.v1.schema.json").write_text("{}", encoding="utf-8")
    assert catalogue.strays(copied) == ["events/order/OrderLost.v1.schema.json"]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("Fact(FactType.ORDER_PAID, {'paid_fen': 1, 'buyer': 'x'}, 5)", "does not know: buyer"),
        ("Fact(FactType.ORDER_PAID, {}, 5)", "no paid_fen"),
        ("_fact(FactType.ORDER_PAID, seen, paid=1)", "does not know: paid"),
        ("Fact(FactType.ORDER_PAID, {'paid_fen': 1}, occurred_at=5)", ""),
        ("Fact(FactType.ORDER_PAID, {**more}, 5)", ""),
        (
            "def f():\n  data = {'paid': 1}\n  return Fact(FactType.ORDER_PAID, data, 5)",
            "does not know: paid",
        ),
        ("def f():\n  data = {}\n  return Fact(FactType.ORDER_PAID, data, 5)", "no paid_fen"),
        (
            "def f():\n  d = {}\n  d['paid'] = 1\n  return Fact(FactType.ORDER_PAID, d, 5)",
            "does not know: paid",
        ),
        ("Fact(FactType.ORDER_PAID, {'paid_fen': 1} | {'nick': 1}, 5)", "does not know: nick"),
        ("def f(data):\n  return Fact(FactType.ORDER_PAID, data, 5)", ""),
        ("_fact(FactType.ORDER_PAID, seen, paid_fen=1)", ""),
    ],
)
def test_a_wrong_key_in_the_code_is_named(copied: Path, code: str, problem: str) -> None:
    module = copied / PACKAGE / "services" / "pay.py"
    module.parent.mkdir(parents=True)
    module.write_text(code, encoding="utf-8")
    found = "\n".join(emitters.emitter_problems(copied))
    assert problem in found
    assert bool(found) == bool(problem)
    assert list(emitters.emitted_in(copied)) == ["ORDER_PAID"]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{source: [orderhub.order], detail-type: [OrderPayed]}", "waits for OrderPayed"),
        (
            "{source: [orderhub.orders], detail-type: [OrderPaid]}",
            "listens to orderhub.orders, which nobody is",
        ),
        ("{source: [orderhub.stock], detail-type: [OrderPaid]}", "does not listen to orderhub.order"),
        (
            "{source: [orderhub.order, orderhub.stock], detail-type: [OrderPaid]}",
            "orderhub.stock for nothing",
        ),
        ("{source: [orderhub.order], detail-type: [OrderPaid]}", ""),
        ("{source: [{prefix: orderhub.}]}", ""),
        ("{source: [aws.states], detail-type: [Step Functions Execution Status Change]}", ""),
    ],
)
def test_a_rule_that_waits_in_vain_is_named(plant: Plant, pattern: str, problem: str) -> None:
    rule = f"Resources:\n  R: {{Type: 'AWS::Events::Rule', Properties: {{EventPattern: {pattern}}}}}\n"
    found = "\n".join(catalogue.pattern_problems(Template.of(plant({"template.yaml": rule}))))
    assert problem in found
    assert bool(found) == bool(problem)


def test_a_rule_that_misses_a_waking_fact_does_not_count_as_the_waking_rule(plant: Plant) -> None:
    def rule(names: list[str]) -> Template:
        body = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"detail-type": names}}}
        return Template.of(plant({"template.yaml": json.dumps({"Resources": {"R": body}})}))

    waking = sorted(catalogue.WAKING)
    assert catalogue.waking_rules(rule(waking)) == ["R"]
    assert catalogue.waking_rules(rule(waking[1:])) == []
    assert catalogue.waking_rules(rule([*waking, "OrderSettled"])) == []


@pytest.mark.parametrize(
    ("sources", "problem"),
    [
        (sorted(catalogue.SOURCES), ""),
        (sorted(catalogue.SOURCES)[1:], "may not speak orderhub.alert"),
        ([*sorted(catalogue.SOURCES), "orderhub.gossip"], "may speak orderhub.gossip"),
        ([], "may not speak"),
    ],
)
def test_a_publisher_with_other_sources_is_named(plant: Plant, sources: list[str], problem: str) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "events:PutEvents",
        "Condition": {"StringEquals": {"events:source": sources}},
    }
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Policies": [{"Statement": [statement]}]}}
    template = Template.of(plant({"template.yaml": json.dumps({"Resources": {"PublishFacts": function}})}))
    found = "\n".join(catalogue.speaking_problems(template))
    assert problem in found
    assert bool(found) == bool(problem)
