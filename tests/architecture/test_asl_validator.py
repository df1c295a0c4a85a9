"""The public validator accepts every state machine."""

import json
from pathlib import Path

import pytest

from tests.architecture.checks.asl_validator import NotInstalled, installed, verdict
from tests.architecture.checks.machine import Machine, machines
from tests.architecture.conftest import REPO, Plant


@pytest.fixture(scope="session")
def validator() -> Path:
    try:
        return installed(REPO / "build")
    except NotInstalled as reason:
        pytest.skip(f"the public validator could not be installed: {reason}")


@pytest.mark.parametrize("path", machines(REPO), ids=lambda path: path.name)
def test_the_public_validator_accepts_the_machine(validator: Path, path: Path, tmp_path: Path) -> None:
    assert verdict(validator, Machine.read(REPO, path), tmp_path) == ""


def machine(plant: Plant, following: str) -> Machine:
    task = {
        "Type": "Task",
        "Resource": "arn:${Partition}:states:::lambda:invoke",
        "TimeoutSeconds": "${Wait}",
    }
    states = {"Work": {**task, "Next": following}, "Done": {"Type": "Succeed"}}
    body = {"QueryLanguage": "JSONata", "StartAt": "Work", "States": states}
    root = plant({"statemachines/one.asl.yaml": json.dumps(body)})
    return Machine.read(root, root / "statemachines/one.asl.yaml")


def test_it_accepts_a_good_machine(validator: Path, plant: Plant, tmp_path: Path) -> None:
    assert verdict(validator, machine(plant, "Done"), tmp_path) == ""


def test_it_refuses_a_missing_target(validator: Path, plant: Plant, tmp_path: Path) -> None:
    assert "MISSING_TRANSITION_TARGET" in verdict(validator, machine(plant, "Gone"), tmp_path)
