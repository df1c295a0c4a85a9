"""Size and place of files (design §2), and words that must not stand in what is deployed."""

from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.tree import function_folders, name_of, python_files

LONGEST_HANDLER = 60
LONGEST_MODULE = 400
WITH_PAGES = {"console"}
DEPLOYED = ("template.yaml", "statemachines", "layers", "functions")
TEXT = {".py", ".yaml", ".yml", ".json", ".toml", ".txt"}


def size_problems(root: Path) -> Iterator[str]:
    for path in python_files(root, "functions", "layers", "local"):
        limit = LONGEST_HANDLER if path.name == "handler.py" else LONGEST_MODULE
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > limit:
            yield f"{name_of(root, path)} has {lines} lines (at most {limit})"


def function_folder_problems(root: Path) -> Iterator[str]:
    """A function's folder holds its handler and nothing else."""
    for name, folder in function_folders(root).items():
        if name in WITH_PAGES:
            continue
        for path in sorted(folder.iterdir()):
            if path.name not in {"handler.py", "__pycache__"}:
                yield f"{name_of(root, path)} does not belong in a function's folder"


def partition_problems(root: Path) -> Iterator[str]:
    """A literal partition does not deploy to China (R71)."""
    for path in _files(root, *DEPLOYED):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if "arn:aws:" in line or "arn:aws-cn:" in line:
                yield f"{name_of(root, path)}:{number} names a partition"


def _files(root: Path, *places: str) -> Iterator[Path]:
    for place in places:
        start = root / place
        if start.is_file():
            yield start
        for path in sorted(start.rglob("*")) if start.is_dir() else ():
            if path.is_file() and path.suffix in TEXT:
                yield path
