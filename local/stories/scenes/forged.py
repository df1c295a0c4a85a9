"""Somebody without the secret sends an order; another message is damaged on its way. Neither leaves a trace (R1)."""

import json
from typing import Any

from local.cloud.paths import ROOT
from local.stories.world import Finding, Scene, World
from local.webhooks import damaged, read_sample, signed

KEY = "forged"
SAMPLE = ROOT / "events" / "webhooks" / "youzan" / "trade_TradeBuyerPay.json"
FORGED, DAMAGED = "E20261111000000999000001", "E20261111000000999000002"


def play(world: World) -> None:
    """Two good-looking messages about orders that do not exist."""
    keys = world.run.credentials
    forged = signed("youzan", _about(FORGED), keys, forge=True)
    broken = damaged(signed("youzan", _about(DAMAGED), keys))
    world.notes[KEY]["answers"] = [world.hub.deliver(w.path, w.headers, w.body) for w in (forged, broken)]


def check(world: World) -> list[Finding]:
    """Both got an answer that is no acknowledgement; nothing in the hub's tables names these orders."""
    answers: list[tuple[int, str]] = world.notes[KEY]["answers"]
    refused = [status for status, text in answers if status >= 400 and "success" not in text]
    traces = sum(
        tid in json.dumps(item, default=str)
        for items in world.evidence.items.values()
        for item in items
        for tid in (FORGED, DAMAGED)
    )
    said = ", ".join(f"HTTP {status}" for status, _ in answers)
    looked = sum(map(len, world.evidence.items.values()))
    return [
        Finding(
            "forged and damaged messages leave no trace",
            len(refused) == len(answers) and traces == 0,
            f"refused with {said}; {traces} traces in {looked:,} stored items",
        )
    ]


def _about(tid: str) -> dict[str, Any]:
    """The sample, speaking of another order: its number stands in the envelope and inside `msg`."""
    sample = read_sample(SAMPLE)
    text = json.dumps(sample, ensure_ascii=False).replace(str(sample["id"]), tid)
    renamed: dict[str, Any] = json.loads(text)
    return renamed


SCENE = Scene(KEY, "伪造与损坏", "forged, damaged", play, check)
