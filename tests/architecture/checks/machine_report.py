"""Every check of a state machine, in one list of problems."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.architecture.checks import machine_safety as safety
from tests.architecture.checks import machine_shape as shape
from tests.architecture.checks.cfn import Template
from tests.architecture.checks.machine import Machine
from tests.architecture.checks.machine_words import word_problems


def problems_of(root: Path, path: Path) -> list[str]:
    """What is wrong with one `.asl.yaml`, each problem named by file and state."""
    try:
        machine = Machine.read(root, path)
    except yaml.YAMLError as error:
        return [f"{path.name} does not parse: {error}"]
    return [f"{path.name}: {problem}" for problem in _problems(machine, root)]


def _problems(machine: Machine, root: Path) -> Iterator[str]:
    yield from shape.header_problems(machine)
    yield from shape.size_problems(machine)
    yield from shape.naming_problems(machine)
    yield from shape.flow_problems(machine)
    yield from shape.query_problems(machine)
    yield from shape.substitution_problems(machine, Template.of(root))
    yield from safety.timeout_problems(machine)
    yield from safety.retry_problems(machine)
    yield from safety.catch_problems(machine)
    yield from safety.error_name_problems(machine, safety.hub_errors(root))
    yield from safety.parallel_problems(machine)
    yield from safety.payload_problems(machine)
    yield from word_problems(machine, root)
