"""run.json: what a running hub tells everybody else: where it is, who its partners are, and test keys.

`origin`, `api`, `partners` and `credentials` are for independent clients; the rest is for this tree's own
tools and tests. The file is there while the hub runs, and is replaced as a whole.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME = "run.json"


@dataclass
class Run:
    """One running hub. `functions`: folder name → deployed name; `stack`: logical id → physical id."""

    origin: str
    api: str
    partners: dict[str, str]
    credentials: dict[str, dict[str, str]]
    endpoint: str
    region: str
    account: str
    stack: dict[str, str]
    functions: dict[str, str]
    tables: dict[str, str]
    queues: dict[str, str]
    state_machine: str
    tick_seconds: float
    speed: float
    pids: dict[str, int] = field(default_factory=dict)
    emulator_restarts: int = 0

    def write(self, home: Path) -> None:
        """Put it in place; readers see the old one or the new one."""
        write_json(home / NAME, asdict(self))


def read_run(home: Path) -> Run:
    """The hub that runs in this folder; raises FileNotFoundError when none does."""
    return Run(**json.loads((home / NAME).read_text(encoding="utf-8")))


def write_json(file: Path, value: Any) -> None:
    """Write atomically, readable by the owner only: run.json holds keys."""
    aside = file.with_name(file.name + ".tmp")
    aside.touch(mode=0o600)
    aside.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    aside.replace(file)
