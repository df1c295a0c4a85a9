"""The five colours of states, one meaning each on every page (screens' visual language)."""

from collections.abc import Mapping
from typing import Any

WAITING, MOVING, DECISION, HELD, DONE = "waiting", "moving", "decision", "held", "done"

_WAITS = ("AwaitPayment", "AwaitShipment")
_ENDED = ("OrderCompleted", "OrderCancelled")


def colour_of(state: str) -> str:
    """Of a state of the lifecycle."""
    if state in _ENDED:
        return DONE
    if state == "AwaitRelease":
        return HELD
    return WAITING if state in _WAITS else MOVING


def row_colour(row: Mapping[str, Any]) -> str:
    """Of an order in a list: who waits for a partner or for goods waits, and is not held."""
    if row["state"] == "AwaitRelease":
        return HELD if row["open_classes"] else WAITING
    return DECISION if row["open_classes"] and row["state"] not in _ENDED else colour_of(row["state"])
