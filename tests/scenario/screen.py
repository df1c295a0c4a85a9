"""People at the console: a browser each, signed in; what the page's own scripts complain of is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

from local.cloud.paths import ROOT

AXE = ROOT / "build" / "checks" / "axe.min.js"
DESKTOP, PHONE = (1280, 800), (390, 844)
SERIOUS = {"serious", "critical"}


class Screens:
    """``at(staff_id)`` opens a browser window of somebody; nothing of it is left afterwards."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self._browser = browser
        self.origin = origin

    @contextmanager
    def at(self, staff_id: str, size: tuple[int, int] = DESKTOP, language: str = "zh") -> Iterator[Screen]:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=self.origin, locale="zh-CN",
            timezone_id="Asia/Shanghai", has_touch=size == PHONE,
        )  # fmt: skip
        if language == "en":
            context.add_cookies([{"name": "language", "value": "en", "url": self.origin}])
        context.set_default_timeout(60_000)
        try:
            screen = Screen(context.new_page())
            if staff_id:
                signed = context.request.post("/sign-in", form={"staff_id": staff_id}, max_redirects=0)
                assert signed.status == 303, signed.text()
            yield screen
            assert screen.complaints == [], screen.complaints
        finally:
            context.close()


class Screen:
    """One window. ``complaints``: errors of scripts and of the page's policy."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(f"{said.text} {said.location.get('url', '')}")

    def open(self, path: str) -> Page:
        """Go there; the page must answer 200."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.page

    def faults(self) -> list[str]:
        """What keeps people with disabilities from using this page: serious findings of axe, by rule and element."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {node['target']}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]

    def is_wider_than_the_window(self) -> bool:
        """Whether the page scrolls sideways, which no page may."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def photographed(self, file: Path) -> Path:
        """The whole page as a PNG."""
        self.page.screenshot(path=file, full_page=True)
        return file


def whole(screen: Screen) -> None:
    """Nobody is kept out of this page, and nothing scrolls sideways."""
    assert screen.faults() == []
    assert not screen.is_wider_than_the_window()
