"""What a story acts on: one running hub, its partners, and the book of what was ordered."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.api import Hub, HubError, Partner
from local.cloud.run_file import Run
from local.stories.evidence import Evidence

GLANCE_SECONDS = 0.25
# Long, because it only decides how late a story that hangs is given up; a laptop may be busy with other things.
PATIENCE_SECONDS = 180.0


class StoryError(Exception):
    """The story cannot go on: what was awaited did not come. The text says what."""


@dataclass(frozen=True)
class Finding:
    """One claim, checked: whether it holds, and what was found, in figures of this run."""

    claim: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Placed:
    """One order as its buyer placed it. `ends`: how it must end, `completed` or `cancelled`."""

    tid: str
    scene: str
    note: str
    ends: str
    lines: tuple[dict[str, Any], ...]

    @property
    def order_id(self) -> str:
        """Its id in the hub."""
        return f"youzan-{self.tid}"

    @property
    def parcel(self) -> str:
        """Its parcel's name at the carrier, without the waybill's version."""
        return f"{self.order_id}-1"


@dataclass
class World:
    """Thread-safe. `notes` is what a scene's `play` tells its `check`."""

    run: Run
    placed: list[Placed] = field(default_factory=list)
    notes: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    say: Callable[[str], None] = lambda text: None

    def __post_init__(self) -> None:
        self.hub = Hub(self.run)
        self.shop = Partner(self.run.partners["youzan"])
        self.warehouse = Partner(self.run.partners["wangdiantong"])
        self.carrier = Partner(self.run.partners["sf"])
        self.post = Partner(self.run.partners["ems"])
        self.ledger = Partner(self.run.partners["kingdee"])
        self.staff = Partner(self.run.partners["wecom"])
        self._lock = threading.Lock()
        self._evidence: Evidence | None = None

    @property
    def evidence(self) -> Evidence:
        """What was there when the story had ended. Raises StoryError before that."""
        if self._evidence is None:
            raise StoryError("nothing was looked at yet")
        return self._evidence

    def look(self) -> None:
        """Gather the evidence: call it when everything has ended."""
        self._evidence = Evidence.gather(self)

    def place(
        self, scene: str, lines: list[dict[str, Any]], *, note: str = "", ends: str = "completed", **options: Any
    ) -> Placed:
        """A buyer places one order; `options` are those of the shop's `POST /_sim/orders`."""
        return self.place_all(scene, [lines], note=note, ends=ends, **options)[0]

    def place_all(
        self,
        scene: str,
        carts: list[list[dict[str, Any]]],
        *,
        note: str = "",
        ends: str = "completed",
        **options: Any,
    ) -> list[Placed]:
        """Several buyers at the same instant, one cart each."""
        answers = self.shop.post("/_sim/orders", [{"lines": lines, **options} for lines in carts])
        made = [
            Placed(answer["tid"], scene, note, ends, tuple(lines)) for answer, lines in zip(answers, carts, strict=True)
        ]
        with self._lock:
            self.placed += made
        return made

    def ends_as(self, placed: Placed, ends: str) -> None:
        """How this order must end became clear only now."""
        with self._lock:
            at = self.placed.index(placed)
            self.placed[at] = Placed(placed.tid, placed.scene, placed.note, ends, placed.lines)

    def of(self, scene: str) -> list[Placed]:
        """The orders of a scene, in the order of placing."""
        return [placed for placed in self.placed if placed.scene == scene]

    def until[T](self, what: str, condition: Callable[[], T | None], glance: float = GLANCE_SECONDS) -> T:
        """The first truthy answer of `condition`. Raises StoryError naming `what` when it does not come."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > deadline:
                raise StoryError(f"waited {PATIENCE_SECONDS:.0f} s in vain until {what}")
            time.sleep(glance)

    def reach(self, placed: Placed, milestone: str) -> None:
        """Wait until the hub says that the order has got there. Raises StoryError when it does not."""

        def reached() -> bool:
            try:
                return milestone in self.hub.order(placed.order_id)["at"]
            except HubError:
                return False  # its message is still on the way

        self.until(f"{placed.tid} is {milestone}", reached)

    def address_settled(self, placed: Placed) -> None:
        """Wait until everybody has the new address of the order, or it was refused. Raises StoryError."""

        def ended() -> bool:
            changes = self.hub.address_changes(placed.order_id)["changes"]
            return bool(changes) and changes[0]["status"] in ("brought", "refused")

        self.until(f"the address of {placed.tid} is changed, or refused", ended)

    def acknowledged(self, tid: str, event: str = "") -> bool:
        """Whether the shop has the hub's acknowledgement of this event of the order (of all: no event named)."""
        pushes = self.shop.state()["orders"][tid]["pushes"]
        asked = [push["state"] == "acknowledged" for push in pushes if event in ("", push["type"])]
        return bool(asked) and all(asked)


@dataclass(frozen=True)
class Scene:
    """One thing that happens, and how one sees afterwards that it went well."""

    key: str
    title_zh: str
    title_en: str
    play: Callable[[World], None]
    check: Callable[[World], list[Finding]]
