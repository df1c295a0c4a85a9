"""The areas of a 100 × 150 mm label, in mm from its top left, and where a sticker may stand among them."""

from orderhub.adapters.labels.boxes import PAGE, Box

AREAS = {
    "carrier": Box(3, 3, 50, 9),
    "product": Box(55, 3.5, 18, 8),
    "version": Box(3, 13, 70, 6),
    "order": Box(3, 19.5, 70, 4.5),
    "sticker": Box(75.5, 3, 21.5, 22),
    "barcode": Box(3, 27, 94, 15),
    "number": Box(3, 42.5, 94, 6.5),
    "route": Box(3, 51, 72, 11),
    "port": Box(77, 51, 20, 11),
    "to_mark": Box(3, 65, 7, 7),
    "receiver.name": Box(12, 64.5, 47, 7.5),
    "receiver.phone": Box(60, 64.5, 37, 7.5),
    "receiver.detail": Box(12, 72.5, 85, 16.5),
    "from_mark": Box(3, 91.5, 5, 5),
    "sender": Box(12, 91, 85, 8.2),
    "goods": Box(3, 101.5, 62, 20.5),
    "note": Box(3, 122.5, 62, 6.5),
    "qr": Box(67, 101, 30, 28.5),
    "gifts": Box(3, 131, 94, 12.5),
    "foot": Box(3, 144.5, 94, 3),
}
COVERABLE = frozenset({"sticker", "goods", "note", "foot"})
"""What a sticker may cover; the ring hides it as the sticker will."""

RING = 9.0  # radius of a sticker's place
RESERVED = (86.0, 14.0)  # where a sticker goes that would cover what must be read


def sticker_place(x_mm: float, y_mm: float) -> tuple[float, float]:
    """The centre at which a sticker stands that is wanted here: elsewhere when it would cover what must be read."""
    ring = sticker_box(x_mm, y_mm)
    read = (area for name, area in AREAS.items() if name not in COVERABLE)
    may_stand = PAGE.holds(ring) and not any(ring.meets(area) for area in read)
    return (x_mm, y_mm) if may_stand else RESERVED


def sticker_box(x_mm: float, y_mm: float) -> Box:
    """What a sticker with this centre covers."""
    return Box(x_mm - RING, y_mm - RING, 2 * RING, 2 * RING)
