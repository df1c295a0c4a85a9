"""A headless Chromium for the browser tests and `make screens`, and a Chinese font for it.

Which one: the machine's own `chromium`, else Playwright's download where its host can be reached, else Debian's
package (as root). The font is the one labels are drawn with (a package of the developers' environment), so pages
show Chinese on a machine that has no Chinese font.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pylopdf_fonts_zh_cn
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
)  # fmt: skip
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{folder}</dir>
</fontconfig>
"""


@contextmanager
def browser(*flags: str) -> Iterator[Browser]:
    """A running headless Chromium; it ends with the block. Raises RuntimeError when this machine gets none."""
    path = executable()
    with tempfile.TemporaryDirectory() as folder, _playwright() as playwright:
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(FONTS.format(folder=_font_folder()))
        environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
        started = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags], env=environment)  # type: ignore[arg-type]
        try:
            yield started
        finally:
            started.close()


_running: list[Playwright] = []


@contextmanager
def _playwright() -> Iterator[Playwright]:
    """The one of this process: a second one beside it does not start."""
    if _running:
        yield _running[0]
        return
    with sync_playwright() as started:
        _running.append(started)
        try:
            yield started
        finally:
            _running.clear()


def executable() -> str | None:
    """Where Chromium is; None for Playwright's own. It is installed when there is none."""
    found = _installed()
    if found or _playwrights_own():
        return found
    for command in (
        [sys.executable, "-m", "playwright", "install", "chromium-headless-shell"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
        ["sh", "-c", "apt-get update && apt-get install -y --no-install-recommends chromium"],
    ):
        if shutil.which(command[0]) is None:
            continue
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=600, check=False
        )
        if done.returncode == 0 and (_installed() or _playwrights_own()):
            return _installed()
    raise RuntimeError("no Chromium here, and none could be installed; install one named chromium")


def _installed() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _playwrights_own() -> bool:
    with _playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def _font_folder() -> Path:
    return Path(pylopdf_fonts_zh_cn.__file__).parent
