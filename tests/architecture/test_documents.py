"""Glossary and decision records."""

from pathlib import Path

import pytest

from tests.architecture.checks.documents import glossary_problems, record_problems, terms
from tests.architecture.conftest import Plant

RECORD = "# 1. X\n\nStatus: accepted\n\n## Context\n\n## Decision\n\n## Consequences\n"


def test_the_glossary_tells_the_truth(repo: Path) -> None:
    assert list(glossary_problems(repo)) == []


def test_the_glossary_covers_the_product(repo: Path) -> None:
    assert len(terms(repo)) >= 40


def test_decision_records_are_whole(repo: Path) -> None:
    assert list(record_problems(repo)) == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("| 订单 | Order, `Order` | what was bought |", ""),
        ("| 订单 | Order, `Trade` | what was bought |", "Trade is not in the source"),
        ("| 订单 | Order | |", "lacks a word or its meaning"),
        ("| 订单 | Order | a |\n| 订单 | Trade | b |", "stands twice"),
    ],
)
def test_a_false_row_is_named(plant: Plant, rows: str, problem: str) -> None:
    order = "layers/orderhub/src/orderhub/domain/order.py"
    found = "\n".join(glossary_problems(plant({"docs/glossary.md": rows, order: "class Order: ..."})))
    assert bool(found) == bool(problem)
    assert problem in found


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("0001-x.md", RECORD, ""),
        ("0002-x.md", RECORD, "is not numbered 0001"),
        ("notes.md", RECORD, "is not numbered 0001"),
        ("0001-x.md", RECORD.replace("## Decision", ""), "has no ## Decision"),
        ("0001-x.md", RECORD.replace("Status", "State"), "has no status"),
    ],
)
def test_a_broken_record_is_named(plant: Plant, name: str, text: str, problem: str) -> None:
    found = "\n".join(record_problems(plant({f"docs/adr/{name}": text})))
    assert bool(found) == bool(problem)
    assert problem in found
