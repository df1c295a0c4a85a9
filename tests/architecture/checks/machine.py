"""A state machine definition as data: its states wherever they are nested, and how they follow each other."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

type State = Mapping[str, Any]

SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)\}")


@dataclass(frozen=True)
class Flow:
    """One level of a machine: the machine itself, a branch of a Parallel, or the processor of a Map."""

    path: str
    start: str
    states: Mapping[str, State]
    irreversible_allowed: bool

    def reachable(self, first: str | None = None) -> set[str]:
        """The states that can be entered from the start, or after `first`: itself only when it loops."""
        seen: set[str] = set()
        queue = [self.start] if first is None else targets(self.states.get(first, {}))
        while queue:
            name = queue.pop()
            if name not in seen:
                seen.add(name)
                queue.extend(targets(self.states.get(name, {})))
        return seen


@dataclass(frozen=True)
class Machine:
    """One `.asl.yaml` file."""

    file: str
    text: str
    body: Mapping[str, Any]

    @classmethod
    def read(cls, root: Path, path: Path) -> "Machine":
        """Raises `yaml.YAMLError` when it does not parse."""
        text = path.read_text(encoding="utf-8")
        return cls(path.relative_to(root).as_posix(), text, yaml.safe_load(text) or {})

    @property
    def header(self) -> str:
        """The comment that the file opens with."""
        lines = []
        for line in self.text.splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.lstrip("# "))
        return "\n".join(lines)

    @property
    def substitutions(self) -> set[str]:
        return {name for text in strings(self.body) for name in SUBSTITUTION.findall(text)}

    def flows(self) -> Iterator[Flow]:
        yield from _flows("", self.body, irreversible_allowed=True)

    def states(self) -> Iterator[tuple[str, State, Flow]]:
        for flow in self.flows():
            for name, state in flow.states.items():
                yield name, state, flow


def machines(root: Path) -> list[Path]:
    return sorted((root / "statemachines").glob("*.asl.yaml"))


def targets(state: State) -> list[str]:
    """Every state that may come next, in error or not."""
    found = [state.get("Next"), state.get("Default")]
    found += [choice.get("Next") for choice in state.get("Choices", [])]
    found += [catcher.get("Next") for catcher in state.get("Catch", [])]
    return [name for name in found if name]


def strings(node: object) -> Iterator[str]:
    """Every string in a definition, keys excluded."""
    match node:
        case str():
            yield node
        case Mapping():
            for item in node.values():
                yield from strings(item)
        case list():
            for item in node:
                yield from strings(item)
        case _:
            return


def _flows(path: str, body: Mapping[str, Any], *, irreversible_allowed: bool) -> Iterator[Flow]:
    states = body.get("States") or {}
    yield Flow(path, body.get("StartAt", ""), states, irreversible_allowed)
    for name, state in states.items():
        for index, branch in enumerate(state.get("Branches", [])):
            yield from _flows(f"{path}{name}[{index}].", branch, irreversible_allowed=False)
        if "ItemProcessor" in state:
            one_by_one = irreversible_allowed and state.get("MaxConcurrency") == 1
            yield from _flows(f"{path}{name}.", state["ItemProcessor"], irreversible_allowed=one_by_one)
