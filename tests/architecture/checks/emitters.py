"""The keys that code gives a fact, read from the source and held against the fact's schema.

Read are dict literals and keyword arguments beside `FactType.X` in a call, and dict literals that the same
function has given the name used there. What cannot be read (a dict built elsewhere) is not judged here: tests
that publish facts hold them to `catalogue.problems_of_detail`.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orderhub.domain.facts import FactType
from tests.architecture.checks.catalogue import load, schema_of
from tests.architecture.checks.tree import PACKAGE, name_of, parsed, python_files

NOT_DATA = {"data", "occurred_at", "at", "now"}

type Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Keys:
    """Keys that were read, and whether these are all of them."""

    sure: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    is_complete: bool = True


def emitted_in(root: Path) -> dict[str, list[str]]:
    """`FactType` member → the places in the package that name it, the definition excepted."""
    places: dict[str, list[str]] = {}
    for path in _modules(root):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "FactType":
                places.setdefault(node.attr, []).append(f"{name_of(root, path)}:{node.lineno}")
    return places


def emitter_problems(root: Path) -> list[str]:
    """Keys that code gives a fact and its schema does not know, or that a fact needs and does not get."""
    problems = []
    for path in _modules(root):
        for call, function in _calls(parsed(path)):
            if fact := _fact_named_in(call):
                where = f"{name_of(root, path)}:{call.lineno}"
                problems += [f"{where} {problem}" for problem in _judge(root, fact, _keys_of(call, function))]
    return problems


def _modules(root: Path) -> Iterator[Path]:
    definition = root / PACKAGE / "domain" / "facts.py"
    return (path for path in python_files(root, PACKAGE) if path != definition)


def _calls(tree: ast.AST, function: Function | None = None) -> Iterator[tuple[ast.Call, Function | None]]:
    """Every call, with the innermost function around it."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Call):
            yield child, function
        inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _calls(child, inner)


def _fact_named_in(call: ast.Call) -> FactType | None:
    for argument in call.args:
        if isinstance(argument, ast.Attribute) and ast.unparse(argument.value) == "FactType":
            return FactType.__members__.get(argument.attr)
    return None


def _keys_of(call: ast.Call, function: Function | None) -> Keys:
    keys = Keys()
    is_plain = isinstance(call.func, ast.Name) and call.func.id == "Fact"
    given = {k.arg: k.value for k in call.keywords}
    if is_plain:
        data = call.args[1] if len(call.args) > 1 else given.get("data")
        _read(data, function, keys)
        return keys
    keys.is_complete = False
    keys.sure |= {name for name in given if name} - NOT_DATA
    for value in [*call.args, *given.values()]:
        if isinstance(value, ast.Dict):
            _read(value, function, keys)
    return keys


def _read(node: ast.expr | None, function: Function | None, keys: Keys) -> None:
    match node:
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    keys.sure.add(str(key.value))
                elif key is None:
                    _read(value, function, keys)
                else:
                    keys.is_complete = False
        case ast.BinOp(op=ast.BitOr()):
            _read(node.left, function, keys)
            _read(node.right, function, keys)
        case ast.Name() if function is not None:
            _read_name(node.id, function, keys)
        case _:
            keys.is_complete = False


def _read_name(name: str, function: Function, keys: Keys) -> None:
    values = []
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                values.append(value)
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if found == name:
                values.append(value)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=found), slice=ast.Constant(value=key))]):
                if found == name:
                    keys.maybe.add(str(key))
            case _:
                pass
    if len(values) != 1 or isinstance(values[0], ast.Name):
        keys.is_complete = False
    for value in values:
        if not isinstance(value, ast.Name):
            _read(value, function, keys)


def _judge(root: Path, fact: FactType, keys: Keys) -> Iterator[str]:
    data: Mapping[str, dict[str, object]] = load(schema_of(root, fact))["properties"]["data"]
    unknown = (keys.sure | keys.maybe) - set(data["properties"])
    if unknown:
        yield f"gives {fact} keys that its schema does not know: {', '.join(sorted(unknown))}"
    missing = set(data["required"]) - keys.sure - keys.maybe
    if missing and keys.is_complete:
        yield f"gives {fact} no {', '.join(sorted(missing))}"
