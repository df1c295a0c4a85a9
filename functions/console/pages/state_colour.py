"""The five colours of states, one meaning each on every page (screens' visual language)."""

WAITING, MOVING, DECISION, HELD, DONE = "waiting", "moving", "decision", "held", "done"

_WAITS = ("AwaitPayment", "AwaitShipment", "AwaitDelivery")
_ENDED = ("OrderCompleted", "OrderCancelled")


def colour_of(state: str, waiting_for: str = "") -> str:
    """Of a state of the lifecycle; who waits for a partner or for goods waits, and is not held."""
    if state in _ENDED:
        return DONE
    if state == "AwaitRelease":
        return WAITING if waiting_for else HELD
    return WAITING if state in _WAITS else MOVING
