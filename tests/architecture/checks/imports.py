"""Who may know whom (design §2). Deferred, conditional and type-only imports count: an arrow is knowledge."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.architecture.checks.tree import PACKAGE, name_of, parsed, python_files

ALLOWED: Mapping[str, frozenset[str]] = {
    "functions": frozenset({"runtime", "services", "contracts"}),
    "runtime": frozenset({"adapters", "services", "ports", "contracts", "domain"}),
    "services": frozenset({"ports", "rules", "address", "domain"}),
    "adapters": frozenset({"ports", "contracts", "domain"}),
    "ports": frozenset({"domain"}),
    "contracts": frozenset({"domain"}),
    "rules": frozenset({"domain"}),
    "address": frozenset({"domain"}),
    "domain": frozenset(),
    "local": frozenset({"contracts"}),
    "local/partners": frozenset(),
}
"""Room → the rooms of the package it may import besides itself. A room not named here may not exist."""

CLOCKS_LOGS_AND_IO = frozenset(
    {"asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3"}
    | {"subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"}
)
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "open", "print", "input"})

HEAVY = frozenset({"boto3", "botocore", "pydantic", "pydantic_core", "aws_lambda_powertools", "httpx"})
"""What the webhook function must not load (design §3: 135 to 490 ms of a cold start)."""


def wrong_arrows(root: Path) -> list[str]:
    """Every import that goes against the arrows, as `file:line room → room`."""
    problems = []
    for path in python_files(root, PACKAGE, "functions", "local"):
        here = _room_of_file(root, path)
        if here is None:
            continue
        if here not in ALLOWED:
            problems.append(f"{name_of(root, path)} lives in a room that the design does not know: {here}")
            continue
        for line, module in imported_modules(root, path):
            problem = _judge(here, module)
            if problem:
                problems.append(f"{name_of(root, path)}:{line} {problem}")
    return problems


def _judge(here: str, module: str) -> str | None:
    top, *rest = module.split(".")
    if top == "orderhub":
        there = rest[0] if rest else None
        if there is None or there == here or there in ALLOWED[here]:
            return None
        return f"{here} → {there}"
    if top == "functions" or (top == "local" and not here.startswith("local")):
        return f"{here} → {top} (nobody imports it)"
    if here == "local/partners" and top == "local" and rest[:1] != ["partners"]:
        return f"local/partners → {module} (a simulator stands alone)"
    if here == "domain" and (top not in sys.stdlib_module_names or top in CLOCKS_LOGS_AND_IO):
        return f"domain → {module} (standard library only; no clock, no log, no I/O)"
    return None


def _room_of_file(root: Path, path: Path) -> str | None:
    """None for the package's own `__init__.py`, which belongs to no room."""
    parts = path.relative_to(root).parts
    if parts[0] == "functions":
        return "functions"
    if parts[0] == "local":
        return "local/partners" if len(parts) > 2 and parts[1] == "partners" else "local"
    inside = path.relative_to(root / PACKAGE).parts
    if inside == ("__init__.py",):
        return None
    return inside[0].removesuffix(".py")


def imported_modules(root: Path, path: Path, *, at_import_only: bool = False) -> Iterator[tuple[int, str]]:
    """(line, dotted module) of each import; `from a import b` gives both `a` and `a.b`.

    With `at_import_only`, only what is executed when the module is loaded: not in functions, not type-only.
    """
    tree = parsed(path)
    nodes: Iterator[ast.AST] = _executed_at_import(tree) if at_import_only else ast.walk(tree)
    for node in nodes:
        match node:
            case ast.Import():
                yield from ((node.lineno, alias.name) for alias in node.names)
            case ast.ImportFrom():
                base = _absolute(root, path, node)
                yield node.lineno, base
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names if alias.name != "*")
            case ast.Call(func=ast.Name(id="import_module" | "__import__"), args=[ast.Constant(str() as name), *_]):
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(str() as name), *_]):
                yield node.lineno, name
            case _:
                pass


def _executed_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for otherwise in child.orelse:
                yield otherwise
                yield from _executed_at_import(otherwise)
            continue
        yield child
        yield from _executed_at_import(child)


def _absolute(root: Path, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    dotted = _dotted(root, path).split(".")
    package = dotted if path.name == "__init__.py" else dotted[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def _dotted(root: Path, path: Path) -> str:
    start = root / PACKAGE.parent if path.is_relative_to(root / PACKAGE) else root
    parts = path.relative_to(start).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def impure_domain(root: Path) -> list[str]:
    """Calls in the domain that ask a clock or touch the world."""
    problems = []
    for path in python_files(root, PACKAGE / "domain"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
                if called in IMPURE_CALLS:
                    problems.append(f"{name_of(root, path)}:{node.lineno} calls {ast.unparse(node.func)}()")
    return problems


def loaded_with(root: Path, entry: Path) -> dict[str, str]:
    """Every module loaded by importing `entry` → the chain of our own modules that loads it."""
    seen: dict[str, str] = {}
    queue: list[tuple[Path, str]] = [(entry, name_of(root, entry))]
    while queue:
        path, chain = queue.pop()
        for _, module in imported_modules(root, path, at_import_only=True):
            for name in _with_parents(module):
                if name in seen:
                    continue
                seen[name] = chain
                found = _file_of(root, name)
                if found:
                    queue.append((found, f"{chain} → {name}"))
    return seen


def heavy_imports(root: Path, function: str) -> list[str]:
    """What a function loads at import that it must not."""
    entry = root / "functions" / function / "handler.py"
    if not entry.exists():
        return []
    loaded = loaded_with(root, entry)
    return [f"{chain} → {module}" for module, chain in sorted(loaded.items()) if module in HEAVY]


def _with_parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _file_of(root: Path, module: str) -> Path | None:
    if module.split(".", maxsplit=1)[0] not in {"orderhub", "functions", "local"}:
        return None
    start = root / PACKAGE.parent if module.startswith("orderhub") else root
    base = start.joinpath(*module.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.exists()), None)
