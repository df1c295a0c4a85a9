"""The manual (README and docs) says what is there: commands, targets, files, alarms, parameters, secrets, words."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from tests.architecture.checks.cfn import Template
from tests.architecture.checks.tree import PACKAGE

README, DEPLOY, RUNBOOK, ARCHITECTURE = "README.md", "docs/deploy.md", "docs/runbook.md", "docs/architecture.md"
ALARM = "AWS::CloudWatch::Alarm"
SECRET = "AWS::SecretsManager::Secret"  # a type, not a secret

_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.S | re.M)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.M)


def text_of(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def pages(root: Path) -> list[str]:
    """README and everything below docs, as names."""
    found = [README] if (root / README).exists() else []
    return found + sorted(path.relative_to(root).as_posix() for path in (root / "docs").rglob("*.md"))


def code_in(text: str) -> Iterator[str]:
    """Every line of a code block without its comment, then every code span outside of one."""
    for block in _BLOCK.findall(text):
        yield from (line.split(" #")[0] for line in block.splitlines())
    yield from _SPAN.findall(_BLOCK.sub("", text))


def first_cells(text: str) -> Iterator[str]:
    """The code words in the first cell of every table row."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield from _SPAN.findall(line.split("|")[1])


def rows_of(text: str) -> dict[str, str]:
    """First code word of a table row → the row."""
    rows = {}
    for line in text.splitlines():
        words = _SPAN.findall(line.split("|")[1]) if line.startswith("|") else []
        if words:
            rows[words[0]] = line
    return rows


def said(root: Path, word: str) -> Iterator[tuple[str, str]]:
    """(page, name) for every `<word> <name>` that stands in code, e.g. `hub up`."""
    pattern = re.compile(rf"(?:^|[/\s]){word} ([a-z][a-z-]*)")
    for page in pages(root):
        for code in code_in(text_of(root, page)):
            yield from ((page, name) for name in pattern.findall(code))


def both_ways(what: str, there: Iterable[str], told: Iterable[str], page: str) -> Iterator[str]:
    there, told = set(there), set(told)
    yield from (f"{page} does not tell of {what} {name}" for name in sorted(there - told))
    yield from (f"{page} tells of {what} {name}, which is not there" for name in sorted(told - there))


def command_problems(root: Path) -> Iterator[str]:
    """Every `hub` command has its row in the README, and no page names one that is not there."""
    there = {path.stem for path in (root / "local" / "commands").glob("*.py")} - {"__init__"}
    cells = [cell.split() for cell in first_cells(text_of(root, README)) if cell.startswith("hub ")]
    yield from both_ways("command", there, (cell[1] for cell in cells), README)
    yield from (f"{page} names `hub {name}`" for page, name in said(root, "hub") if name not in there)


def target_problems(root: Path) -> Iterator[str]:
    """Every make target is named in the README, and no page names one that is not there."""
    there = set(_TARGET.findall(text_of(root, "Makefile")))
    named = set(said(root, "make"))
    yield from (f"{page} names `make {name}`" for page, name in sorted(named) if name not in there)
    in_readme = {name for page, name in named if page == README}
    yield from (f"{README} does not name `make {name}`" for name in sorted(there - in_readme))


def map_problems(root: Path) -> Iterator[str]:
    """Every folder of the README's map is there, and every folder of the tree stands in the map."""
    told = [cell for cell in first_cells(text_of(root, README)) if cell.endswith("/")]
    yield from (f"the map shows {name}, which is not there" for name in told if not (root / name).is_dir())
    wanted = ["functions", "layers", "statemachines", "events", "local", "docs", "tests"]
    rooms = [path for path in (root / PACKAGE).glob("*") if path.is_dir() and path.name != "__pycache__"]
    wanted += [path.relative_to(root).as_posix() for path in rooms]
    mapped = [name.rstrip("/") for name in told]
    for name in wanted:
        if (root / name).is_dir() and not any(each == name or each.startswith(f"{name}/") for each in mapped):
            yield f"the map does not show {name}/"


def link_problems(root: Path) -> Iterator[str]:
    """Every relative link leads to a file or folder of this tree."""
    for page in [*pages(root), "events/README.md", "local/partners/README.md", "tests/architecture/README.md"]:
        if not (root / page).exists():
            continue
        for target in _LINK.findall(_BLOCK.sub("", text_of(root, page))):
            if "://" not in target and not ((root / page).parent / target).exists():
                yield f"{page} links {target}, which is not there"


def alarm_problems(root: Path) -> Iterator[str]:
    """Every alarm has its row in the runbook."""
    rows = [cell for cell in first_cells(text_of(root, RUNBOOK)) if cell.endswith("Alarm")]
    yield from both_ways("alarm", Template.of(root).resources(ALARM), rows, RUNBOOK)


def parameter_problems(root: Path) -> Iterator[str]:
    """Every parameter has its row in the deployment guide."""
    rows = [cell for cell in first_cells(text_of(root, DEPLOY)) if re.fullmatch(r"(?:[A-Z][a-z]+){2,}", cell)]
    secrets = Template.of(root).resources(SECRET)
    told = [row for row in rows if row not in secrets]
    yield from both_ways("parameter", Template.of(root).body.get("Parameters", {}), told, DEPLOY)


def secret_shapes(root: Path) -> dict[str, set[str]]:
    """Secret → the fields of its JSON, as the deployment guide shows it."""
    shapes = {}
    for part in re.split(r"^### ", text_of(root, DEPLOY), flags=re.M)[1:]:
        name = _SPAN.match(part)
        block = re.search(r"^```json\n(.*?)^```", part, re.S | re.M)
        if name:
            shapes[name[1]] = set(json.loads(block[1])) if block else set()
    return shapes


def logical_id_problems(root: Path) -> Iterator[str]:
    """What the runbook's commands ask for by logical id is in the template; so are the tasks they run."""
    resources = Template.of(root).resources()
    tasks = "\n".join(path.read_text(encoding="utf-8") for path in (root / "functions").glob("*/handler.py"))
    for page in (RUNBOOK, DEPLOY):
        for code in code_in(text_of(root, page)):
            for name in re.findall(r"(?:\$\((?:id|arn)|^run) ([A-Z]\w+)", code):
                if name not in resources:
                    yield f"{page} asks for {name}, which is not in the template"
            for task in re.findall(r'"task":\s*"(\w+)"', code):
                if f'"{task}"' not in tasks:
                    yield f"{page} runs the task {task}, which no function has"


def state_problems(root: Path) -> Iterator[str]:
    """Every state of the lifecycle stands in the architecture."""
    machine = yaml.safe_load(text_of(root, "statemachines/order_lifecycle.asl.yaml"))
    told = set(first_cells(text_of(root, ARCHITECTURE)))
    yield from (f"{ARCHITECTURE} does not tell of state {name}" for name in machine["States"] if name not in told)


def key_problems(root: Path) -> Iterator[str]:
    """Every kind of key that the tables hold stands in the architecture's data table."""
    told = text_of(root, ARCHITECTURE)
    for path in sorted((root / PACKAGE / "adapters" / "dynamodb").glob("*keys.py")):
        for prefix in sorted(set(re.findall(r'"([A-Z]+)#', path.read_text(encoding="utf-8")))):
            if f"{prefix}#" not in told:
                yield f"{ARCHITECTURE} does not tell of keys {prefix}#"


def verb_problems(root: Path) -> Iterator[str]:
    """Every effect at a partner has its row in the architecture."""
    told = set(first_cells(text_of(root, ARCHITECTURE)))
    for path in sorted((root / PACKAGE / "services").glob("*.py")):
        for verb in re.findall(r'^\w*VERB = "(\w+)"', path.read_text(encoding="utf-8"), re.M):
            if verb not in told:
                yield f"{ARCHITECTURE} does not tell of the effect {verb}"
