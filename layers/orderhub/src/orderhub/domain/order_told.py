"""What facts have told of an order so far: the plain record that ``order_fold`` writes into, oldest fact first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orderhub.domain.order_row import OpenCard

type Data = Mapping[str, Any]


@dataclass
class Told:
    """What facts tell of one parcel; ``number`` is the one it has, ``label`` the one the hub bought for it."""

    dispatched_at: int = 0
    pushed_version: int = 0
    warehouse: str = ""
    label: str = ""
    label_version: int = 0
    is_label_live: bool = False
    number: str = ""
    carrier: str = ""
    left_at: int = 0
    delivered_at: int = 0
    shop_number: str = ""
    was_without_number: bool = False
    is_called_off: bool = False
    packed_amiss: tuple[str, ...] = ()  # what was not as wanted when it was last packed


@dataclass
class Fold:
    """Of the order. ``at``: name of what happened → the earliest instant it is said to have happened at, ms UTC."""

    at: dict[str, int] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    paid_fen: int = 0
    refunds: dict[str, int] = field(default_factory=dict)
    settled_fen: int | None = None
    reserved: bool = False
    released: bool = True  # nothing is held (any more)
    on_the_way: bool = False  # goods are being brought from another warehouse
    judged: bool = False
    parcels: int = 1
    parcel: dict[int, Told] = field(default_factory=dict)
    gifts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    cards: dict[str, OpenCard] = field(default_factory=dict)
    exceptions: dict[str, None] = field(default_factory=dict)
    waiting_for: str = ""
    waits_at: str = ""  # the step that this partner does not answer for
    reason: str = ""
    let_be: bool = False  # cancelled after it had left, and a person has said that it goes on

    def told(self, data: Data) -> Told:
        return self.parcel.setdefault(int(data.get("fulfillment", 1)), Told())

    def first(self, name: str, instant: int) -> None:
        self.at[name] = min(instant, self.at.get(name, instant))
