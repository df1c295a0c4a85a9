"""When each order is seen on an open screen: a browser stands at the health board while buyers buy.

The board's tile of exceptions counts the orders placed today. The k-th order is seen when the screen first says n ≥ k,
so its time from the event is from the acknowledgement of the k-th `trade_TradeCreate` until then. The page itself
notes the times, every 50 ms.
"""

from __future__ import annotations

import threading
from typing import Any

from local.browser import browser
from tests.bench.hub import Hub, percentile

WHO = "boss01"
WATCH = """() => { window.hubSeen = []; setInterval(() => {
  const said = document.querySelector('[data-tile="exceptions"] .n');
  const n = said ? Number(said.textContent.replace(/[^0-9]/g, '')) : 0;
  const last = window.hubSeen.at(-1);
  if (!last || last[1] !== n) window.hubSeen.push([Date.now(), n]);
}, 50); }"""


class Screen:
    """A browser in a thread of its own; `seen` are (epoch ms, n), oldest first, once it is closed."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._stopping, self._open = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen: list[tuple[float, int]] = []
        self.shows = 0  # orders, now

    def __enter__(self) -> Screen:
        self._thread.start()
        if not self._open.wait(60):
            raise RuntimeError("the health board did not open")
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _look(self) -> None:
        with browser() as started:
            context = started.new_context(base_url=self._origin)
            context.request.post("/sign-in", form={"staff_id": WHO}, max_redirects=0)
            page = context.new_page()
            page.goto("/health")
            page.evaluate(WATCH)
            self._open.set()
            while not self._stopping.is_set():
                page.wait_for_timeout(200)
                self.shows = int(page.evaluate("() => window.hubSeen.at(-1)?.[1] ?? 0"))
            self.seen = [(float(at), int(n)) for at, n in page.evaluate("() => window.hubSeen")]
            context.close()


def from_event_to_screen(running: Hub, screen: Screen, leave_out: int) -> dict[str, Any]:
    """The figures of all orders but the first ``leave_out``, which only warmed the hub up."""
    told = sorted(call["at_ms"] for call in running.calls("youzan", "trade_TradeCreate"))
    took, missing = [], 0
    for k, at in list(enumerate(told, 1))[leave_out:]:
        shown = next((seen_at for seen_at, n in screen.seen if n >= k), None)
        if shown is None:
            missing += 1
        else:
            took.append(shown - at)
    figures = {f"p{round(share * 100)}": round(percentile(took, share)) for share in (0.5, 0.95, 0.99)} if took else {}
    return {**figures, "n": len(took), "missing": missing}
