"""The SAM template as data, and the copy of it that the emulator gets.

The file on disk is never changed. The deployed copy differs from it only where code comes from (S3 objects
instead of folders), in the runtime (`provided.al2023`, because the code brings its own bootstrap) and in the
state machines' definitions (JSON instead of YAML, which the emulator cannot read).
"""

import copy
import json
import re
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

# ASL fields that are numbers: a substitution there must not end up in quotation marks.
_NUMBERS = (
    "BackoffRate|HeartbeatSeconds|IntervalSeconds|MaxAttempts|MaxConcurrency|MaxDelaySeconds|Seconds|TimeoutSeconds"
)
_NUMBER_SUBSTITUTION = re.compile(rf'("(?:{_NUMBERS})": )"(\$\{{\w+\}})"')


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (`!Ref`, `!Sub`, `!GetAtt`, …) as their long forms."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)
# `Version: 2012-10-17` is a text, not a date.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_template(file: Path) -> Template:
    """The template with every short form written out."""
    loaded = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a SafeLoader)
    if not isinstance(loaded, dict):
        raise ValueError(f"{file} is no template")
    return loaded


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Logical id → properties of every resource of a type, e.g. `AWS::Serverless::Function`."""
    return {
        name: resource.setdefault("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def definition_json(asl_yaml: str) -> str:
    """A state machine's YAML as JSON text, `${Substitutions}` kept: unquoted where ASL wants a number."""
    return _NUMBER_SUBSTITUTION.sub(r"\1\2", json.dumps(yaml.safe_load(asl_yaml), ensure_ascii=False))


def deployable(template: Template, code: dict[str, dict[str, str]]) -> Template:
    """The copy for the emulator; `code`: by logical id the {Bucket, Key} of what its folder became."""
    copied = copy.deepcopy(template)
    shared = copied.get("Globals", {}).get("Function", {})
    if "Runtime" in shared:
        shared["Runtime"] = "provided.al2023"
    for name, properties in resources(copied, "AWS::Serverless::Function").items():
        properties["CodeUri"] = code[name]
        properties["Runtime"] = "provided.al2023"
    for name, properties in resources(copied, "AWS::Serverless::LayerVersion").items():
        properties["ContentUri"] = code[name]
        properties.pop("CompatibleRuntimes", None)
    for name, properties in resources(copied, "AWS::Serverless::StateMachine").items():
        if isinstance(properties.get("DefinitionUri"), str):
            properties["DefinitionUri"] = code[name]
    for resource in copied["Resources"].values():
        resource.pop("Metadata", None)
    return copied
