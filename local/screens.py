"""`make screens`: a photograph of every page of the console, desktop and phone, of a hub that has played the demo.

The pictures go to `build/screens`; those the README shows are copied to `docs/screens` by hand, once looked at.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from local.api import Hub, Partner
from local.browser import browser
from local.cloud.paths import ROOT, hub_home
from local.cloud.run_file import read_run

FOLDER = ROOT / "build" / "screens"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SETTLE_MS = 1500


@dataclass(frozen=True)
class Shot:
    """A page as one person sees it."""

    name: str
    staff_id: str
    path: str


def main() -> None:
    """Play the demo unless HUB_RUNNING names the folder of a hub that has, photograph, stop what was started."""
    running = os.environ.get("HUB_RUNNING")
    home = Path(running) if running else hub_home() / "demo"
    if not running:
        subprocess.run([sys.executable, "-m", "local.cli", "demo", "--keep"], check=True, cwd=ROOT)
    try:
        run = read_run(home)
        FOLDER.mkdir(parents=True, exist_ok=True)
        with browser() as started:
            shop = Partner(run.partners["youzan"])
            for shot in _shots(Hub(run), shop):
                for size in SIZES:
                    _photograph(started, run.origin, shot, size)
    finally:
        if not running:
            environment = {**os.environ, "HUB_HOME": str(home)}
            subprocess.run([sys.executable, "-m", "local.cli", "down"], check=False, cwd=ROOT, env=environment)


def _shots(hub: Hub, shop: Partner) -> Iterator[Shot]:
    cards = hub.decisions()
    orders = [f"youzan-{tid}" for tid in shop.state()["orders"]]
    held = next((card["order_id"] for card in cards if card["blocks"]), orders[0])
    yield Shot("sign-in", "", "/sign-in")
    yield Shot("health", "boss01", "/health")
    yield Shot("decisions", "cs01", "/decisions")
    yield Shot("order-held", "cs01", f"/orders/{held}")
    yield Shot("order-money", "fin01", f"/orders/{_richest(hub, orders)}")
    yield Shot("order-address", "cs01", f"/orders/{held}/address")
    yield Shot("order-run", "ops01", f"/orders/{held}/execution")
    yield Shot("orders", "cs01", "/orders")
    yield Shot("packing", "pack01", "/packing")
    yield Shot("rules", "ops01", "/rules")
    yield Shot("rules-gifts", "ops01", "/rules/gifts")
    yield Shot("tables", "ops01", "/tables")
    yield Shot("inspection", "boss01", "/inspection")
    yield Shot("shipping-list", "pack01", "/shipping-list")
    yield Shot("staff", "admin01", "/staff")


def _richest(hub: Hub, orders: list[str]) -> str:
    """The order with the longest timeline."""

    def length(order_id: str) -> int:
        found: Mapping[str, Any] = hub.order(order_id)
        return len(found["timeline"])

    return max(orders[:40], key=length)


def _photograph(started: Browser, origin: str, shot: Shot, size: str) -> None:
    width, height = SIZES[size]
    context = started.new_context(viewport={"width": width, "height": height}, base_url=origin, locale="zh-CN")
    try:
        if shot.staff_id:
            context.request.post("/sign-in", form={"staff_id": shot.staff_id}, max_redirects=0)
        page = context.new_page()
        answer = page.goto(shot.path)
        page.wait_for_timeout(SETTLE_MS)
        file = FOLDER / f"{shot.name}-{size}.png"
        page.screenshot(path=file, full_page=True)
        print(f"{answer.status if answer else '?'} {file.relative_to(ROOT)}", flush=True)
    finally:
        context.close()


if __name__ == "__main__":
    main()
