"""The sample webhooks of `events/webhooks`, each made into a message about an order of its own."""

import json
import uuid
from pathlib import Path
from typing import Any

from local.cloud.paths import ROOT

FOLDER = ROOT / "events" / "webhooks" / "youzan"
DAY_OF_SAMPLES = "E20260307"
FILES = sorted(FOLDER.glob("*.json"))


def sample(file: str | Path, tid: str, **outer: Any) -> dict[str, Any]:
    """The sample with its order number replaced by `tid` everywhere, and a message id nobody has seen.

    `outer` replaces fields of the envelope.
    """
    path = FOLDER / f"{file}.json" if isinstance(file, str) else file
    text = path.read_text(encoding="utf-8")
    known = order_number(json.loads(text))
    message: dict[str, Any] = json.loads(text.replace(known, tid))
    return {**message, "msg_id": str(uuid.uuid4()), **outer}


def order_number(message: dict[str, Any]) -> str:
    """The order a sample speaks of (in refund events `id` is the refund)."""
    numbers = {part for part in json.dumps(message).replace("%22", '"').replace("\\", "").split('"') if _is_tid(part)}
    assert len(numbers) == 1, numbers
    return numbers.pop()


def new_tid() -> str:
    """An order number of the shop's shape that no order has: the shop, when asked, does not know it."""
    return f"{DAY_OF_SAMPLES}{uuid.uuid4().int % 10**15:015d}"


def _is_tid(text: str) -> bool:
    return len(text) == 24 and text[0] == "E" and text[1:].isdigit()
