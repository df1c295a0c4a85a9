"""What the console's pages weigh and how soon they are there, in a browser on a hub with some orders.

    {"pages": {path: {"first_ms": until content was painted, with an empty cache, "again_ms": with a warm one,
                      "kb": HTML, styles and scripts as they travelled, "requests"}}}

The least of several rounds on the local stack, where the browser, the hub and its partners share two cores.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Response

from local.browser import browser
from tests.bench.hub import hub

ORDERS = 20
ROUNDS = 3
PAGES = {
    "/health": "boss01", "/decisions": "cs01", "/orders": "cs01", "/packing": "pack01", "/rules": "ops01",
    "/tables": "ops01", "/inspection": "boss01", "/shipping-list": "pack01",
    "/find?q=0001": "cs01",  # the last four digits of a phone: from the find box to the order's page
}  # fmt: skip
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure() -> dict[str, Any]:
    """The document above."""
    with hub() as running, browser() as started:
        for number in range(ORDERS):
            running.place(number, pay=True)
        origin = running.run.origin
        return {"pages": {path: _measured(started, origin, path, who) for path, who in PAGES.items()}}


def _measured(started: Browser, origin: str, path: str, who: str) -> dict[str, Any]:
    rounds = [_round(started, origin, path, who) for _ in range(ROUNDS)]
    return {name: min(one[name] for one in rounds) for name in rounds[0]}


def _round(started: Browser, origin: str, path: str, who: str) -> dict[str, Any]:
    context = started.new_context(base_url=origin)
    try:
        context.request.post("/sign-in", form={"staff_id": who}, max_redirects=0)
        first, weight, requests = _painted(context, path)
        again, _, _ = _painted(context, path)
        return {"first_ms": first, "again_ms": again, "kb": round(weight / 1024), "requests": requests}
    finally:
        context.close()


def _painted(context: BrowserContext, path: str) -> tuple[int, int, int]:
    """When content was painted, in ms; bytes of bodies as they travelled; requests."""
    page, heard = context.new_page(), list[Response]()
    page.on("response", lambda response: heard.append(response))  # noqa: PLW0108 (a builtin cannot be one)
    answer = page.goto(path, wait_until="load")
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status if answer else 'nothing'}")
    painted_ms: float | None = None
    while painted_ms is None:  # the pages' policy forbids Playwright's own way to wait for an expression
        painted_ms = page.evaluate(PAINTED)
        page.wait_for_timeout(10)
    weight = sum(int(one.request.sizes()["responseBodySize"]) for one in list(heard))
    page.close()
    return round(painted_ms), weight, len(heard)
