"""Where things live, and how to read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path("layers/orderhub/src/orderhub")


def python_files(root: Path, *folders: str | Path) -> Iterator[Path]:
    """Every module below these folders; a folder that is not built yet has none."""
    for folder in folders:
        yield from sorted(p for p in (root / folder).rglob("*.py") if "__pycache__" not in p.parts)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(root: Path, path: Path) -> str:
    """The path as a problem names it: relative, with forward slashes."""
    return path.relative_to(root).as_posix()


def function_folders(root: Path) -> dict[str, Path]:
    """Folder name → folder, for every function that has a handler."""
    return {p.parent.name: p.parent for p in sorted((root / "functions").glob("*/handler.py"))}
