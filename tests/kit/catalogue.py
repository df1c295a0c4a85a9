"""Holds facts to the event catalogue, so that no field and no code is published that it does not describe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from local.cloud.paths import ROOT
from orderhub.adapters.dynamodb import decisions, orders, record_codec, rule_packs
from orderhub.domain.facts import Fact, FactType
from tests.architecture.checks.catalogue import load, schema_of


class Catalogue:
    """What the schemas say is wrong with facts. Facts alike but for numbers, times and words are looked at once."""

    def __init__(self) -> None:
        self._sound: set[tuple[object, ...]] = set()

    def problems(self, kind: str, data: Mapping[str, Any]) -> list[str]:
        """As `fact path: reason`."""
        likeness = (kind, *sorted((name, _kind_of(value)) for name, value in data.items()))
        if likeness in self._sound:
            return []
        found = _validator(FactType(kind)).iter_errors(json.loads(json.dumps(data)))
        told = [f"{kind} {error.json_path}: {error.message}" for error in found]
        if not told:
            self._sound.add(likeness)
        return told


_CATALOGUE = Catalogue()


@contextmanager
def facts_are_catalogued() -> Iterator[None]:
    """Within, storing a fact that its schema refuses raises AssertionError."""

    def checked(order: Any, fact: Fact, *rest: Any) -> dict[str, object]:
        if wrong := _CATALOGUE.problems(fact.type, fact.data):
            raise AssertionError("\n".join(wrong))
        return record_codec.fact_values(order, fact, *rest)

    with pytest.MonkeyPatch.context() as patched:
        for module in (orders, decisions, rule_packs):
            patched.setattr(module, "fact_values", checked)
        yield


def _kind_of(value: object) -> str:
    """A code is itself, anything else is its type."""
    return value if isinstance(value, str) and value.isidentifier() else type(value).__name__


@cache
def _validator(kind: FactType) -> Draft202012Validator:
    return Draft202012Validator(load(schema_of(ROOT, kind))["properties"]["data"])
