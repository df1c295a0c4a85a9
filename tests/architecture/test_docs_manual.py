"""README and docs say what is there, and say all of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from local import brand
from orderhub.adapters.kingdee.mapping import LedgerSettings
from orderhub.domain.decision import REGISTRY
from tests.architecture.checks import manual
from tests.architecture.checks.cfn import Template
from tests.architecture.conftest import Plant

type Check = Callable[[Path], Iterator[str]]

CHECKS: list[Check] = [
    manual.command_problems,
    manual.target_problems,
    manual.map_problems,
    manual.link_problems,
    manual.alarm_problems,
    manual.parameter_problems,
    manual.logical_id_problems,
    manual.state_problems,
    manual.key_problems,
    manual.verb_problems,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removesuffix("_problems"))
def test_the_manual_tells_the_truth(repo: Path, check: Check) -> None:
    assert list(check(repo)) == []


def test_every_secret_is_described_field_by_field(repo: Path) -> None:
    shapes = manual.secret_shapes(repo)
    assert set(shapes) == set(Template.of(repo).resources(manual.SECRET))
    known = {name: set(json.loads(text)) for name, text in brand.secrets().items() if name != "YouzanKeysSecret"}
    assert {name: shapes[name] for name in known} == known


def test_every_setting_of_the_ledger_is_described(repo: Path) -> None:
    told = set(manual.first_cells(manual.text_of(repo, manual.DEPLOY)))
    assert {field.name for field in fields(LedgerSettings)} <= told


def test_every_class_of_decision_is_explained_with_all_its_options(repo: Path) -> None:
    rows = manual.rows_of(manual.text_of(repo, manual.RUNBOOK))
    told = {
        kind.value: [option for option in row.options if option not in rows.get(kind.value, "")]
        for kind, row in REGISTRY.items()
    }
    assert {name: missing for name, missing in told.items() if missing or name not in rows} == {}


@pytest.mark.parametrize(
    ("check", "files", "problem"),
    [
        (manual.command_problems, {"local/commands/up.py": "", "README.md": "| `hub up` | |"}, ""),
        (manual.command_problems, {"local/commands/up.py": "", "README.md": ""}, "does not tell of command up"),
        (manual.command_problems, {"README.md": "`hub fly --far`"}, "README.md names `hub fly`"),
        (manual.command_problems, {"README.md": "```\nhub fly\n```"}, "README.md names `hub fly`"),
        (manual.target_problems, {"Makefile": "up: x\n", "README.md": "`make up`"}, ""),
        (manual.target_problems, {"Makefile": "up: x\n", "README.md": "`make down`"}, "names `make down`"),
        (manual.target_problems, {"Makefile": "up: x\n", "README.md": "make up"}, "does not name `make up`"),
        (manual.map_problems, {"README.md": "| `attic/` | |"}, "shows attic/"),
        (manual.map_problems, {"README.md": "", "local/x.py": ""}, "does not show local/"),
        (manual.link_problems, {"README.md": "[x](docs/x.md)"}, "links docs/x.md"),
        (manual.link_problems, {"docs/a.md": "[x](b.md#part) [y](https://x.example)", "docs/b.md": ""}, ""),
    ],
)
def test_a_page_that_lies_is_named(plant: Plant, check: Check, files: dict[str, str], problem: str) -> None:
    root = plant({"README.md": "", **files})
    found = "\n".join(check(root))
    assert bool(found) == bool(problem)
    assert problem in found


TEMPLATE = """
Parameters: {PortName: {Type: String}}
Resources:
  DoorAlarm: {Type: AWS::CloudWatch::Alarm}
  DoorSecret: {Type: AWS::SecretsManager::Secret}
"""


@pytest.mark.parametrize(
    ("check", "page", "text", "problem"),
    [
        (manual.alarm_problems, manual.RUNBOOK, "| `DoorAlarm` | |", ""),
        (manual.alarm_problems, manual.RUNBOOK, "| `RoofAlarm` | |", "tells of alarm RoofAlarm"),
        (manual.alarm_problems, manual.RUNBOOK, "", "does not tell of alarm DoorAlarm"),
        (manual.parameter_problems, manual.DEPLOY, "| `PortName` | |\n| `DoorSecret` `x` | |", ""),
        (manual.parameter_problems, manual.DEPLOY, "| `HostName` | |", "tells of parameter HostName"),
        (manual.logical_id_problems, manual.RUNBOOK, '`"$(id WindowQueue)"`', "asks for WindowQueue"),
        (manual.logical_id_problems, manual.RUNBOOK, '`run DoorAlarm \'{"task": "ring"}\'`', "runs the task ring"),
    ],
)
def test_a_page_that_does_not_fit_the_template_is_named(
    plant: Plant, check: Check, page: str, text: str, problem: str
) -> None:
    root = plant({"template.yaml": TEMPLATE, manual.RUNBOOK: "", manual.DEPLOY: "", page: text})
    found = "\n".join(check(root))
    assert bool(found) == bool(problem)
    assert problem in found
