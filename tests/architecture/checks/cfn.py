"""Read `template.yaml` as plain data: `!Ref X` becomes `{"Ref": "X"}`, `!Sub s` becomes `{"Fn::Sub": s}`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

type Node = Any

FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"
QUEUE = "AWS::SQS::Queue"


class _Loader(yaml.SafeLoader):
    """The safe loader, with CloudFormation's short tags."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    key = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {key: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {key: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_tag)


@dataclass(frozen=True)
class Template:
    """The application's template; empty when it is not built yet."""

    body: Mapping[str, Node]

    @classmethod
    def of(cls, root: Path) -> "Template":
        path = root / "template.yaml"
        if not path.exists():
            return cls({})
        return cls(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {})  # a SafeLoader

    @property
    def exists(self) -> bool:
        return bool(self.body)

    def resources(self, *types: str) -> dict[str, Mapping[str, Node]]:
        """Logical id → resource, of these types (all when none is given)."""
        found = self.body.get("Resources", {})
        return {name: r for name, r in found.items() if not types or r.get("Type") in types}

    def properties(self, *types: str) -> dict[str, Mapping[str, Node]]:
        """Logical id → properties."""
        return {name: r.get("Properties", {}) for name, r in self.resources(*types).items()}

    def functions(self) -> dict[str, Mapping[str, Node]]:
        """Functions with what `Globals` gives them; a function's own property wins, environments merge."""
        shared = self.body.get("Globals", {}).get("Function", {})
        return {name: {**shared, **own, **_environment(shared, own)} for name, own in self.properties(FUNCTION).items()}

    def folder_of(self, function: Mapping[str, Node]) -> str:
        """The folder name under `functions/` that a function's code comes from."""
        return str(function.get("CodeUri", "")).rstrip("/").rsplit("/", 1)[-1]

    def machine_of(self, file: str) -> tuple[str, Mapping[str, Node]] | None:
        """(logical id, properties) of the state machine whose definition is `file`."""
        for name, properties in self.properties(STATE_MACHINE).items():
            uri = properties.get("DefinitionUri", "")
            if isinstance(uri, str) and uri.removeprefix("./") == file:
                return name, properties
        return None

    def statements(self, properties: Mapping[str, Node]) -> Iterator[Mapping[str, Node]]:
        """The inline policy statements of a function or state machine (SAM policy templates excepted)."""
        policies = properties.get("Policies", [])
        for policy in policies if isinstance(policies, list) else [policies]:
            if isinstance(policy, Mapping) and "Statement" in policy:
                yield from as_list(policy["Statement"])


def _environment(shared: Mapping[str, Node], own: Mapping[str, Node]) -> dict[str, Node]:
    given = [properties.get("Environment", {}).get("Variables", {}) for properties in (shared, own)]
    return {"Environment": {"Variables": {**given[0], **given[1]}}}


def as_list(value: Node) -> list[Node]:
    return value if isinstance(value, list) else [value]


def names_in(value: Node) -> set[str]:
    """Every logical id that an expression refers to, by Ref, GetAtt or Sub."""
    match value:
        case {"Ref": str() as name}:
            return {name}
        case {"Fn::GetAtt": [str() as name, *_]}:
            return {name}
        case {"Fn::Sub": str() as text}:
            return _names_in_text(text)
        case {"Fn::Sub": [str() as text, Mapping() as given]}:
            return (_names_in_text(text) - set(given)) | names_in(dict(given))
        case Mapping():
            return {name for item in value.values() for name in names_in(item)}
        case list():
            return {name for item in value for name in names_in(item)}
        case _:
            return set()


def _names_in_text(text: str) -> set[str]:
    parts = text.split("${")[1:]
    return {part.split("}", 1)[0].split(".", 1)[0] for part in parts if not part.startswith("!")}
