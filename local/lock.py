"""Lock what each environment holds: exact versions with hashes, and no download address.

`make lock` runs it. The wishes stand in the dependency groups of pyproject.toml and in each layer's own
pyproject.toml; the locks go to local/requirements/ and, for a layer, beside its source, where SAM looks.
What functions get is bound by the developers' lock, so tests run on the very versions that AWS will see.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "local" / "requirements"
LAYERS = [ROOT / "layers" / name for name in ("orderhub", "labels")]
OPTIONS = [
    "--quiet",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
    "--no-emit-options",
]


def main() -> None:
    """Write every lock; names given as arguments (`boto3`, …) are upgraded, `--all` upgrades everything."""
    upgrades = [flag for name in sys.argv[1:] for flag in (["-U"] if name == "--all" else ["--upgrade-package", name])]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {layer: _dependencies(layer) for layer in LAYERS}
    groups = project["dependency-groups"]
    dev = REQUIREMENTS / "dev.txt"
    _compile([*_members(groups, "dev"), *(wish for wishes in wanted.values() for wish in wishes)], dev, [], upgrades)
    _compile(_members(groups, "runtime"), REQUIREMENTS / "runtime.txt", [dev], upgrades)
    for layer, wishes in wanted.items():
        _compile(wishes, layer / "src" / "requirements.txt", [dev], upgrades)
    _compile(_members(groups, "emulator"), REQUIREMENTS / "emulator.txt", [], upgrades)


def _dependencies(layer: Path) -> list[str]:
    found: list[str] = tomllib.loads((layer / "pyproject.toml").read_text())["project"]["dependencies"]
    return found


def _members(groups: dict[str, list[Any]], name: str) -> list[str]:
    """The requirements of a dependency group, with the groups it includes."""
    found: list[str] = []
    for entry in groups[name]:
        found += [entry] if isinstance(entry, str) else _members(groups, entry["include-group"])
    return found


def _compile(wishes: list[str], lock: Path, bound_by: list[Path], upgrades: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "wishes.in"
        source.write_text("\n".join([*wishes, *(f"-c {path}" for path in bound_by)]) + "\n")
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *upgrades, "-o", str(lock)]
        subprocess.run([*command, str(source)], check=True, cwd=folder)
    print(f"locked {lock.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
