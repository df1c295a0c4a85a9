"""What SF pushes about an order between ordering and pickup (PushOrderState, sheet §5.2), in both shapes seen.

The courier's name, number and phone are not read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orderhub.adapters.sf.mapping import text_of
from orderhub.adapters.sf.times import instant
from orderhub.adapters.strict_json import strict_json
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.partners import PickupNotice

MAX_STATES = 100
_COURIER_SENT = frozenset({"04-40001", "40001"})
_WORD = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, slots=True)
class OrderStates:
    """The states of one push. ``unexplained``: codes that the sheet does not explain, each once.

    ``unreadable`` says what is wrong with each state that could not be read, in words without personal data.
    """

    notices: tuple[PickupNotice, ...]
    unexplained: tuple[str, ...]
    unreadable: tuple[str, ...]


def read_order_states(body: bytes, received_at: int) -> OrderStates | None:
    """The states of orders in a push; None when it is another kind of push. ``received_at``: for states without a time.

    Raises UnreadableMessage for a push of states that is none.
    """
    try:
        value = strict_json(body)
    except ValueError:
        return None
    if not isinstance(value, Mapping):
        return None
    if "orderState" in value:
        states = value["orderState"]
    elif "orderStateCode" in value:
        states = [value]
    else:
        return None
    if not isinstance(states, list) or len(states) > MAX_STATES:
        raise UnreadableMessage("not a push of order states of SF")
    notices: list[PickupNotice] = []
    unexplained: dict[str, None] = {}
    unreadable: list[str] = []
    for number, state in enumerate(states, 1):
        try:
            notice, code = _read(state, received_at)
        except ValueError as failure:
            unreadable.append(f"state {number}: {failure}")
            continue
        if code in _COURIER_SENT:
            notices.append(notice)
        else:
            unexplained[code] = None
    return OrderStates(tuple(notices), tuple(unexplained), tuple(unreadable))


def _read(state: object, received_at: int) -> tuple[PickupNotice, str]:
    if not isinstance(state, Mapping):
        raise ValueError("no object")
    number, code = text_of(state.get("waybillNo")), text_of(state.get("orderStateCode"))
    for name, text in (("waybillNo", number), ("orderStateCode", code)):
        if not _WORD.fullmatch(text):
            raise ValueError(f"{name} is missing or damaged")
    told_at = instant(text_of(state.get("createTm"))) or received_at
    return PickupNotice(number, told_at, instant(text_of(state.get("lastTime"))) or 0), code
