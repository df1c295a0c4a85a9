"""The OpenAPI document describes every route of the template, and every operation it names exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from orderhub.contracts.openapi import CONSOLE, ROUTES, document
from orderhub.runtime.operations import OPERATIONS
from tests.architecture.checks.cfn import Template

DOCUMENT = document()


def routes_of_template(repo: Path) -> Iterator[tuple[str, str]]:
    """(method, path) of every route but that of pages; a greedy path ends with its prefix."""
    for properties in Template.of(repo).properties("AWS::ApiGatewayV2::Route").values():
        if properties["RouteKey"] == "$default":
            continue
        method, _, path = properties["RouteKey"].partition(" ")
        yield method.lower(), path


def test_every_route_of_the_template_is_described(repo: Path) -> None:
    missing = []
    for method, path in routes_of_template(repo):
        prefix = path.removesuffix("{proxy+}")
        segments = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))  # the gateway's parameters are whole segments
        described = [
            known for known in DOCUMENT["paths"] if (prefix in known if prefix != path else segments.fullmatch(known))
        ]
        if not any(method in ("any", *DOCUMENT["paths"][known]) for known in described):
            missing.append(f"{method} {path}: describe it in contracts/openapi.py")
    assert missing == []


def test_every_operation_of_the_console_exists_and_none_is_without_a_route() -> None:
    assert {route.operation for route in CONSOLE} == set(OPERATIONS)


def test_operations_and_paths_are_named_once() -> None:
    names = [route.operation for route in ROUTES]
    places = [(route.method, route.path) for route in ROUTES]
    assert len(set(names)) == len(names)
    assert len(set(places)) == len(places)


def test_every_schema_is_one_and_everything_referred_to_is_there() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert {ref.rpartition("/")[2] for ref in references(DOCUMENT)} == set(schemas)


def test_every_parameter_of_a_path_is_described() -> None:
    for path, operations in DOCUMENT["paths"].items():
        for operation in operations.values():
            told = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert told == set(re.findall(r"\{(\w+)\}", path))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)
