"""The tree under check, and small trees that break one rule each, to prove that the checks can fail."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]

type Plant = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def repo() -> Path:
    return REPO


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Write files (path → text) under an empty root and return the root."""

    def write(files: Mapping[str, str]) -> Path:
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return tmp_path

    return write
