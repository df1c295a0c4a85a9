"""Play the demo, leave a day open on the same hub, photograph each page at two sizes into `build/screens`.

The pictures that the README shows are in `docs/screens`, copied by hand once they were looked at.
"""

import os
import signal
import sys

from playwright.sync_api import Browser

from local.browser import browser
from local.cloud.paths import ROOT, hub_home
from local.cloud.supervisor import stop
from local.commands.demo import start
from local.screens.shots import Shot, shots
from local.stories.open_day import leave_open
from local.stories.perform import perform
from local.stories.scenes import ACTS
from local.stories.world import World

FOLDER = ROOT / "build" / "screens"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SETTLE_MS = 1500
TALLEST = 6000


def main() -> int:
    """`ONLY=order,packing` photographs pages whose names begin so; `KEEP=1` leaves the hub running."""
    home = hub_home() / "screens"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    try:
        run = start(home)
        world = World(run, say=lambda text: print(text, flush=True))
        perform(world, ACTS)
        print("an open day …", flush=True)
        day = leave_open(world)
        FOLDER.mkdir(parents=True, exist_ok=True)
        only = tuple(filter(None, os.environ.get("ONLY", "").split(",")))
        with browser() as started:
            return sum(
                _photograph(started, run.origin, shot, size)
                for shot in shots(world, day)
                for size in SIZES
                if not only or shot.name.startswith(only)
            )
    finally:
        if os.environ.get("KEEP"):
            print(f"the hub goes on: HUB_HOME={home} hub status; stop it with HUB_HOME={home} hub down")
        else:
            stop(home)


def _photograph(started: Browser, origin: str, shot: Shot, size: str) -> int:
    """0 when the picture is there; what went wrong is printed and the others go on."""
    width, height = SIZES[size]
    context = started.new_context(
        viewport={"width": width, "height": height}, base_url=origin, locale="zh-CN",
        color_scheme="dark" if shot.scheme == "dark" else "light",
    )  # fmt: skip
    file = FOLDER / f"{shot.name}-{size}.png"
    try:
        if shot.staff_id:
            context.request.post("/sign-in", form={"staff_id": shot.staff_id}, max_redirects=0)
        context.request.post("/language", form={"language": shot.language, "after": "/"}, max_redirects=0)
        page = context.new_page()
        answer = page.goto(shot.path)
        if shot.acts:
            shot.acts(page)
        page.wait_for_timeout(SETTLE_MS)
        tall = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, min(tall, TALLEST))})
        page.wait_for_timeout(100)
        page.screenshot(path=file)
        print(f"{answer.status if answer else '?'} {file.relative_to(ROOT)}", flush=True)
        return 0
    except Exception as error:  # the other pages are worth looking at all the same
        print(f"-- {file.relative_to(ROOT)}: {error}", flush=True)
        return 1
    finally:
        context.close()


if __name__ == "__main__":
    sys.exit(main())
