"""The words a state machine says to Python, and the length of its usual way."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.machine import Machine, strings
from tests.architecture.checks.machine_safety import payload_of, tasks
from tests.architecture.checks.tree import PACKAGE, parsed

COMPARED = re.compile(r"\$states\.input\.(?:next|step)\s*=\s*['\"](\w+)['\"]")


def known_steps(root: Path) -> set[str]:
    """The values of `domain/journey.py`'s Step."""
    path = root / PACKAGE / "domain" / "journey.py"
    if not path.exists():
        return set()
    classes = (node for node in parsed(path).body if isinstance(node, ast.ClassDef) and node.name == "Step")
    assigned = (node for found in classes for node in found.body if isinstance(node, ast.Assign))
    return {str(node.value.value) for node in assigned if isinstance(node.value, ast.Constant)}


def word_problems(machine: Machine, root: Path) -> Iterator[str]:
    """Verbs and steps that Python does not know: a step of the journey, or a service of that name."""
    services = {path.stem for path in (root / PACKAGE / "services").glob("*.py")}
    steps = known_steps(root)
    for name, state in tasks(machine):
        verb = payload_of(state).get("task")
        if isinstance(verb, str) and not verb.startswith("{%") and verb not in steps | services:
            yield f"{name} asks for a task that nobody does: {verb}"
    for name, state, _ in machine.states():
        for text in strings(state):
            for word in COMPARED.findall(text):
                if word not in steps:
                    yield f"{name} compares with a step that does not exist: {word}"


def usual_way(machine: Machine) -> list[str]:
    """The states from the start on while nothing goes wrong: Next after Next, Default after a Choice."""
    flow = next(machine.flows())
    way: list[str] = []
    name: str | None = flow.start
    while name and name not in way:
        way.append(name)
        state = flow.states.get(name, {})
        name = state.get("Next") or state.get("Default")
    return way
