"""Documents tell the truth: words shown as code stand in the source; records are numbered without gaps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.checks.tree import PACKAGE, python_files

CODE = re.compile(r"`([^`]+)`")
RECORD = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")
RECORD_SECTIONS = ("## Context", "## Decision", "## Consequences")


@dataclass(frozen=True)
class Term:
    zh: str
    en: str
    meaning: str

    @property
    def code_words(self) -> list[str]:
        return CODE.findall(self.en)


def terms(root: Path) -> list[Term]:
    """Every row of the glossary's tables."""
    found = []
    for line in (root / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] != "中文" and not cells[0].startswith("---"):
            found.append(Term(*cells))
    return found


def glossary_problems(root: Path) -> Iterator[str]:
    source = "\n".join(path.read_text(encoding="utf-8") for path in python_files(root, PACKAGE, "functions"))
    words = set(re.findall(r"\w+", source))
    seen: set[str] = set()
    for term in terms(root):
        if not (term.zh and term.en and term.meaning):
            yield f"{term.zh or term.en} lacks a word or its meaning"
        if term.zh in seen:
            yield f"{term.zh} stands twice"
        seen.add(term.zh)
        yield from (f"{term.zh}: {word} is not in the source" for word in term.code_words if word not in words)


def record_problems(root: Path) -> Iterator[str]:
    """Decision records are numbered 1, 2, 3 … and each has its sections and a status."""
    names = sorted(path.name for path in (root / "docs" / "adr").glob("*.md"))
    for position, name in enumerate(names, start=1):
        match = RECORD.match(name)
        if not match or int(match[1]) != position:
            yield f"{name} is not numbered {position:04}"
            continue
        text = (root / "docs" / "adr" / name).read_text(encoding="utf-8")
        yield from (f"{name} has no {section}" for section in RECORD_SECTIONS if section not in text)
        if "Status: " not in text:
            yield f"{name} has no status"
