"""The form of a state machine: names, targets, size, expressions, header (design §6)."""

import re
from collections.abc import Iterator

from jsonata import Jsonata
from jsonata.jexception import JException

from tests.architecture.checks.cfn import Template
from tests.architecture.checks.machine import SUBSTITUTION, Machine, strings, targets

MOST_STATES = 15
HEADER_SPEAKS_OF = {
    "purpose": re.compile(r"\bpurpose\b"),
    "input": re.compile(r"\binput\b"),
    "time budget": re.compile(r"\btime\b"),
    "compensation": re.compile(r"\b(?:undo|compensat\w+)\b"),
}

PASCAL = re.compile(r"^[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)*$")
QUESTION = re.compile(r"^(?:Is|Has)[A-Z]")
TERMINAL = {"Succeed", "Fail"}
STATES_FIELD = re.compile(r"\$states\.(\w+)")
STATES_FIELDS = {"input", "result", "errorOutput", "context"}
JSONPATH_FIELDS = {"Parameters", "InputPath", "OutputPath", "ResultPath", "ResultSelector", "ItemsPath"}


def header_problems(machine: Machine) -> Iterator[str]:
    for word, pattern in HEADER_SPEAKS_OF.items():
        if not pattern.search(machine.header.lower()):
            yield f"the opening comment does not speak of its {word}"


def size_problems(machine: Machine) -> Iterator[str]:
    count = sum(1 for _ in machine.states())
    if not 0 < count <= MOST_STATES:
        yield f"{count} states (1 to {MOST_STATES})"


def naming_problems(machine: Machine) -> Iterator[str]:
    for name, state, _ in machine.states():
        if not PASCAL.match(name):
            yield f"{name} is not PascalCase"
        if (state.get("Type") == "Choice") != bool(QUESTION.match(name)):
            yield f"{name} is a {state.get('Type')}: Is…/Has… names a Choice, and only a Choice"


def flow_problems(machine: Machine) -> Iterator[str]:
    """Targets that do not exist, states that nothing enters, states that lead nowhere, loops that poll."""
    for flow in machine.flows():
        if flow.start not in flow.states:
            yield f"{flow.path}StartAt names no state: {flow.start!r}"
        for name, state in flow.states.items():
            for target in targets(state):
                if target not in flow.states:
                    yield f"{flow.path}{name} goes to a state that does not exist: {target}"
            if state.get("Type") in {"Task", "Pass", "Wait", "Parallel", "Map"}:
                if ("Next" in state) == bool(state.get("End")):
                    yield f"{flow.path}{name} needs either Next or End"
            elif state.get("Type") == "Choice" and "Default" not in state:
                yield f"{flow.path}{name} has no Default"
            if state.get("Type") == "Wait" and name in flow.reachable(name):
                yield f"{flow.path}{name} polls: a Wait in a loop"
        for name in sorted(set(flow.states) - flow.reachable()):
            yield f"{flow.path}{name} cannot be reached"


def query_problems(machine: Machine) -> Iterator[str]:
    """JSONata throughout, every expression compiles, nothing of JSONPath is left."""
    if machine.body.get("QueryLanguage") != "JSONata":
        yield "QueryLanguage is not JSONata"
    for name, state, _ in machine.states():
        if state.get("QueryLanguage", "JSONata") != "JSONata":
            yield f"{name} has a query language of its own"
        for field in sorted(JSONPATH_FIELDS & set(state)):
            yield f"{name}.{field} belongs to JSONPath"
        if state.get("Type") == "Succeed" and "Output" in state:
            yield f"{name}: an emulator ignores Output of Succeed; put a Pass before it"
        for text in strings(state):
            problem = _expression_problem(text)
            if problem:
                yield f"{name}: {problem}"


def _expression_problem(text: str) -> str | None:
    stripped = text.strip()
    if "{%" not in stripped and "%}" not in stripped:
        return None
    if not (stripped.startswith("{%") and stripped.endswith("%}")) or stripped.count("{%") != 1:
        return f"an expression must be the whole value: {text!r}"
    expression = SUBSTITUTION.sub("1", stripped[2:-2].strip())
    try:
        Jsonata(expression)
    except JException as error:
        return f"{expression!r} does not compile: {error}"
    unknown = set(STATES_FIELD.findall(expression)) - STATES_FIELDS
    return f"$states has no {', '.join(sorted(unknown))}: {expression!r}" if unknown else None


def substitution_problems(machine: Machine, template: Template) -> Iterator[str]:
    """`${…}` in the file and `DefinitionSubstitutions` in the template are the same set."""
    if not template.exists:
        return
    found = template.machine_of(machine.file)
    if found is None:
        yield "template.yaml has no state machine with this DefinitionUri"
        return
    given = set(found[1].get("DefinitionSubstitutions", {}))
    for name in sorted(machine.substitutions - given):
        yield f"${{{name}}} is not substituted by template.yaml"
    for name in sorted(given - machine.substitutions):
        yield f"template.yaml substitutes {name}, which the file does not use"
