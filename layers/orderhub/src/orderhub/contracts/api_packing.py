"""The HTTP API of the packing station: the list to be packed, what a code means, what changed, what was packed."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from orderhub.contracts.api import StaffId
from orderhub.contracts.route import Answered, Asked, Route

OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{0,60}$")]


class WaveQuery(Asked):
    """``orders``: order ids with commas between them, for these alone (at most 50); empty: all that is to be packed."""

    orders: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9,-]{0,2050}$")] = ""

    @property
    def order_ids(self) -> tuple[str, ...]:
        return tuple(filter(None, self.orders.split(",")))[:50]


class ScanQuery(Asked):
    """A product's code or a waybill's number, as it was scanned."""

    code: Code


class ChangesQuery(Asked):
    """``since``: the ``now`` of the last answer, ms UTC."""

    since: Annotated[int, Field(ge=0, le=4_102_444_800_000)]


class ScannedItem(Asked):
    code: Code
    quantity: Annotated[int, Field(ge=1, le=9_999)]


class PackedParcel(Asked):
    """What a station did with a parcel. ``result_id`` is its own and is never used for anything else."""

    result_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    order_id: OrderId
    parcel: Annotated[int, Field(ge=1, le=9)]
    waybill_number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{0,40}$")] = ""
    version: Version = ""
    packed_at: Annotated[int, Field(ge=1_500_000_000_000, le=4_102_444_800_000)]
    outcome: Literal["packed", "wrong_item", "stopped"]
    items: Annotated[list[ScannedItem], Field(max_length=100)] = Field(default_factory=list)
    gifts: Annotated[int, Field(ge=0, le=9_999)] = 0
    code: Annotated[str, StringConstraints(max_length=64)] = ""
    reason: Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,30}$")] = ""


class PackingBatch(Asked):
    """Results in the order in which they happened."""

    results: Annotated[list[PackedParcel], Field(min_length=1, max_length=50)]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The results as plain values."""
        return [one.model_dump() for one in self.results]


class PackingRequest(PackingBatch):
    """The same, with who packed."""

    by: StaffId


class PackingItem(Answered):
    """``codes``: what may be scanned for it: its SKU, and the product's barcode where the shop says it."""

    sku: str
    codes: list[str]
    name: str
    quantity: int
    is_gift: bool


class PackingSticker(Answered):
    """Where its centre goes, in mm from the label's top left (100 × 150)."""

    position: str
    x_mm: float
    y_mm: float


class PackingGift(Answered):
    code: str
    name: str
    quantity: int
    waybill_line: str
    sticker: PackingSticker | None


class PackingParcel(Answered):
    """A parcel as the station shows it; nothing personal. ``version`` is sent back with the result."""

    order_id: str
    parcel: int
    parcels: int
    state: Literal["ready", "packed", "changing", "relabel", "held", "cancelled", "gone"]
    version: str
    is_changed: bool
    waybill_number: str
    carrier: str
    carrier_name: str
    warehouse: str
    items: list[PackingItem]
    gifts: list[PackingGift]


class PackingWave(Answered):
    """What is to be packed, the longest waiting first. ``is_more``: there is more than one answer holds."""

    loaded_at: int
    is_more: bool
    parcels: list[PackingParcel]


class PackingFound(Answered):
    """The parcels that a scanned code may mean."""

    code: str
    parcels: list[PackingParcel]


class PackingChange(Answered):
    order_id: str
    parcel: int
    state: str
    version: str


class PackingChanges(Answered):
    """What changed; ``reload``: it is too much, or too long ago, to be told one by one."""

    now: int
    reload: bool
    parcels: list[PackingChange]


class PackingRecorded(Answered):
    result_id: str
    status: Literal["recorded", "repeated", "differs", "refused", "again"]
    problems: list[str]
    why: str


class PackingAnswer(Answered):
    """What became of each result."""

    recorded: int
    results: list[PackingRecorded]


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/packing/wave", "read_packing_wave", "What is to be packed now", PackingWave,
          asks=WaveQuery, refuses=("bad_request",)),
    Route("GET", "/api/packing/scan", "scan_for_packing", "The parcels that a scanned code may mean", PackingFound,
          asks=ScanQuery, refuses=("bad_request", "no_such_code")),
    Route("GET", "/api/packing/changes", "read_packing_changes", "Parcels that changed since", PackingChanges,
          asks=ChangesQuery, refuses=("bad_request",)),
    Route("POST", "/api/packing/results", "record_packing", "What was packed, each result once", PackingAnswer,
          takes=PackingRequest, refuses=("bad_request",)),
)  # fmt: skip
