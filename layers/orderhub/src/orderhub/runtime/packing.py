"""What the packing station works with, wired."""

from collections.abc import Mapping

from orderhub.runtime.clients import now_ms
from orderhub.runtime.stores import orders, packing_board
from orderhub.services.packing import PackingRoom


def packing_room() -> PackingRoom:
    """A sticker stands where the printed label has it."""
    from orderhub.adapters.labels.areas import sticker_place

    return PackingRoom(orders(), packing_board(), sticker_place, now_ms)


def label_areas() -> Mapping[str, tuple[float, float, float, float]]:
    """The areas of a label, for drawing one without what it says: name → x, y, width, height in mm."""
    from orderhub.adapters.labels.areas import AREAS

    return {name: (box.x, box.y, box.w, box.h) for name, box in AREAS.items()}
