"""The event catalogue as data, and what does not agree with it: facts, code that emits, rules, policies."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from orderhub.domain.facts import FactType
from tests.architecture.checks.cfn import Template, as_list
from tests.architecture.checks.tree import name_of

SOURCES = frozenset(fact.source for fact in FactType)
WAKING = frozenset(str(fact) for fact in FactType if fact.wakes_driver)


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def schema_of(root: Path, fact: FactType) -> Path:
    return root / "events" / fact.context / f"{fact}.v1.schema.json"


def example_of(root: Path, fact: FactType) -> Path:
    return root / "events" / fact.context / f"{fact}.v1.example.json"


def validator(root: Path, fact: FactType) -> Draft202012Validator:
    """Validates the whole `detail` of a fact."""
    metadata = load(root / "events" / "metadata.v1.schema.json")
    registry: Registry[Any] = Registry().with_resource(metadata["$id"], Resource.from_contents(metadata))
    return Draft202012Validator(load(schema_of(root, fact)), registry=registry)


def problems_of_detail(root: Path, fact: FactType, detail: Mapping[str, Any]) -> list[str]:
    """What is wrong with a `detail`, as `path: reason`. Other tests may hold what they publish to it."""
    return [f"{error.json_path}: {error.message}" for error in validator(root, fact).iter_errors(detail)]


def example_problems(root: Path, fact: FactType) -> list[str]:
    for path in (schema_of(root, fact), example_of(root, fact)):
        if not path.exists():
            return [f"{name_of(root, path)} is missing"]
    example = load(example_of(root, fact))
    problems = problems_of_detail(root, fact, example.get("detail", {}))
    if (example.get("source"), example.get("detail-type")) != (fact.source, str(fact)):
        problems.append(f"the example is not a {fact} of {fact.source}")
    return problems


def strays(root: Path) -> list[str]:
    """Files of the catalogue that describe no fact."""
    known = {path for fact in FactType for path in (schema_of(root, fact), example_of(root, fact))}
    found = {p for kind in ("schema", "example") for p in (root / "events").glob(f"*/*.v1.{kind}.json")}
    return [name_of(root, path) for path in sorted(found - known)]


def table_in_readme(root: Path) -> dict[str, tuple[str, bool]]:
    """Fact → (source, wakes the driver), as the README's table says."""
    rows = {}
    for line in (root / "events" / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1].startswith("orderhub."):
            rows[cells[0]] = (cells[1], cells[2] == "yes")
    return rows


def patterns(template: Template) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(where, event pattern) of every rule, standing alone or as an event of a function or state machine."""
    for name, rule in template.properties("AWS::Events::Rule").items():
        if "EventPattern" in rule:
            yield name, rule["EventPattern"]
    for name, properties in template.properties().items():
        events = properties.get("Events", {})
        for event_name, event in events.items() if isinstance(events, Mapping) else ():
            if event.get("Type") in {"EventBridgeRule", "CloudWatchEvent"}:
                yield f"{name}.{event_name}", event["Properties"]["Pattern"]


def pattern_problems(template: Template) -> list[str]:
    """Rules that wait for an event nobody speaks."""
    problems = []
    for where, pattern in patterns(template):
        types = {t for t in pattern.get("detail-type", []) if isinstance(t, str)}
        sources = {s for s in pattern.get("source", []) if isinstance(s, str)}
        if any(source.startswith("aws.") for source in sources):
            continue
        known = {str(fact): fact.source for fact in FactType}
        problems += [f"{where} waits for {name}, which nobody speaks" for name in sorted(types - set(known))]
        problems += [f"{where} listens to {name}, which nobody is" for name in sorted(sources - SOURCES)]
        if sources:
            spoken = {known[name] for name in types & set(known)}
            problems += [f"{where} does not listen to {name}" for name in sorted(spoken - sources)]
            if types:
                problems += [f"{where} listens to {name} for nothing" for name in sorted(sources - spoken)]
    return problems


def waking_rules(template: Template) -> list[str]:
    """The rules whose pattern is exactly the facts that wake a driver."""
    return [where for where, p in patterns(template) if set(map(str, p.get("detail-type", []))) == WAKING]


def speaking_problems(template: Template) -> list[str]:
    """Whoever may put events may speak every source of the outbox and no other, on the hub's own bus."""
    problems = []
    speakers = 0
    for name, function in template.functions().items():
        for statement in template.statements(function):
            if "events:PutEvents" not in as_list(statement.get("Action", [])):
                continue
            speakers += 1
            allowed = set(_sources_allowed_by(statement))
            problems += [f"{name} may not speak {source}" for source in sorted(SOURCES - allowed)]
            problems += [f"{name} may speak {source}, which nobody is" for source in sorted(allowed - SOURCES)]
    if template.exists and not speakers:
        problems.append("no function may put events")
    return problems


def _sources_allowed_by(statement: Mapping[str, Any]) -> Iterator[str]:
    for operator, condition in statement.get("Condition", {}).items():
        if operator.split(":")[-1] == "StringEquals" and "events:source" in condition:
            yield from as_list(condition["events:source"])
