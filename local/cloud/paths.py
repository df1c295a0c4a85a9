"""Where things are: this tree, its environments, and the folder of a running hub."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMULATOR_PYTHON = ROOT / ".emulator" / "bin" / "python"
RUNTIME_PYTHON = ROOT / ".runtime" / "bin" / "python"
HUB_PYTHON = ROOT / ".venv" / "bin" / "python"
TEMPLATE = ROOT / "template.yaml"


def hub_home() -> Path:
    """Folder of the stack that commands talk to: HUB_HOME, or .hub in this tree; one folder, one stack."""
    return Path(os.environ.get("HUB_HOME") or ROOT / ".hub").resolve()


def build_cache() -> Path:
    """Built layers, shared by every stack of this tree; safe to delete."""
    return ROOT / "build" / "cache"
