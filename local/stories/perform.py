"""Play a story: prepare the partners, act after act, wait until every order has ended, then look at the books."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.stories.books import compare
from local.stories.scenes import ACTS
from local.stories.world import Finding, Scene, StoryError, World

CALLS_PER_MINUTE = 600
# In this laptop's time: the warehouse's clerks look at an order after a while; buyers have as long to pay as in
# a real shop, because the hub's own deadlines run in real time (the scene `unpaid` sets its own).
AUDIT_SECONDS = 4.0
PAY_WITHIN_SECONDS = 1800.0
# Between the beginnings of two scenes of an act: customers do not all come in the same instant.
STAGGER_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome:
    """What came of a story. `load`: the machine's load average over its last minute; `trouble`: what could not be
    played to its end, with the reason."""

    seconds: float
    load: float
    by_scene: tuple[tuple[Scene, tuple[Finding, ...]], ...]
    books: tuple[Finding, ...]
    trouble: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Everything was played and every claim holds."""
        findings = [*self.books, *(finding for _, found in self.by_scene for finding in found)]
        return not self.trouble and all(finding.holds for finding in findings)


def perform(world: World, acts: Sequence[Sequence[Scene]] = ACTS) -> Outcome:
    """Play and check. A scene that fails does not end the story: what it left is checked all the same."""
    _prepare(world)
    started = time.monotonic()
    trouble: list[str] = []
    for act in acts:
        trouble += _play_together(world, act, started)
        trouble += _tried("waybills", lambda: _await_waybills(world))
    trouble += _tried("the end", lambda: _await_end(world))
    seconds = time.monotonic() - started
    world.say(f"  {seconds:5.1f} s  结束 · every order has ended, reading everybody's books")
    world.look()
    return Outcome(
        seconds,
        os.getloadavg()[0],
        tuple((scene, tuple(_checked(world, scene))) for act in acts for scene in act),
        tuple(compare(world)),
        tuple(trouble),
    )


def _prepare(world: World) -> None:
    """The warehouse's limit as agreed with it; how long its clerks take, and the shop's buyers may."""
    scale = 1000 * world.run.speed
    world.warehouse.set_config(per_minute=CALLS_PER_MINUTE, audit_ms=int(AUDIT_SECONDS * scale))
    world.shop.set_config(pay_within_ms=int(PAY_WITHIN_SECONDS * scale))


def _play_together(world: World, act: Sequence[Scene], started: float) -> list[str]:
    def play(turn: int, scene: Scene) -> list[str]:
        time.sleep(turn * STAGGER_SECONDS)
        world.say(f"  {time.monotonic() - started:5.1f} s  {scene.title_zh} · {scene.title_en}")
        return _tried(scene.key, lambda: scene.play(world))

    with ThreadPoolExecutor(len(act)) as pool:
        return [problem for problems in pool.map(play, range(len(act)), act) for problem in problems]


def _tried(name: str, step: Callable[[], None]) -> list[str]:
    try:
        step()
    except Exception as error:  # whatever stopped this step, the others and the report go on
        return [f"{name}: {error if isinstance(error, StoryError) else repr(error)}"]
    return []


def _checked(world: World, scene: Scene) -> list[Finding]:
    """A check that finds less than it can read is a finding too."""
    try:
        return scene.check(world)
    except Exception as error:  # a scene that was not played to its end lacks what its check reads
        return [Finding(scene.title_en, holds=False, found=f"could not be checked: {error!r}")]


def _await_waybills(world: World) -> None:
    """Every order that is to be shipped has its waybill."""
    wanted = {placed.parcel for placed in world.placed if placed.ends == "completed"}

    def labelled() -> set[str]:
        return {*world.carrier.state()["parcels"], *world.post.state()["parcels"]}

    world.until("every order has its waybill", lambda: wanted <= labelled(), glance=0.5)


def _await_end(world: World) -> None:
    """Every order has ended in the hub; the ledger first, because asking it costs the hub nothing."""
    wanted = {placed.order_id for placed in world.placed if placed.ends == "completed"}
    world.until("every shipped order is booked", lambda: wanted <= set(world.ledger.state()["bills"]), glance=0.5)
    ours = {placed.order_id for placed in world.placed}
    world.until(
        "no order is unfinished",
        lambda: not ours & {row["order_id"] for row in world.hub.unfinished()},
        glance=1.0,
    )
