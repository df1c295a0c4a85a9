"""The HTTP API of what people read: find anything, health, lists, lifecycle, shipping list, daily inspection."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from orderhub.contracts.api import StaffId
from orderhub.contracts.route import Answered, Asked, Route

type Day = Annotated[str, StringConstraints(pattern=r"^(\d{8})?$")]
"""A Shanghai day, e.g. 20261129; empty: today."""


class FindAsked(Asked):
    """An order id, platform number, waybill number, phone, its last four digits, or a nick."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class DayAsked(Asked):
    day: Day = ""


class ListAsked(Asked):
    """``by``: placed | shipped. ``exception`` (a decision class) and ``defect`` (wrong | missing | late) may be any;
    ``agreement``: agrees | unknown | differs. ``took``: 1 | 2 | 4 | 8 | 12 | 24 | 48 | over, hours from payment.
    ``since``: first of several days up to ``day``."""

    state: str = ""
    exception: str = ""
    defect: str = ""
    agreement: str = ""
    took: str = ""
    day: Day = ""
    since: Day = ""
    by: str = "placed"
    limit: int = 50
    cursor: str = ""


class ShippingAsked(Asked):
    """``day``: what left on it; else what stands in ``state`` now."""

    state: str = "AwaitShipment"
    day: Day = ""
    warehouse: str = ""


class SignAsked(Asked):
    """Who has looked at the day's figures, and what there is to say."""

    by: StaffId
    day: Day = ""
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class Pair(Answered):
    """Words in both languages."""

    zh: str
    en: str


class Pieces(Answered):
    sku: str
    quantity: int


class GiftPieces(Answered):
    code: str
    quantity: int


class OpenClass(Answered):
    """A card somebody has to make; ``due_at``: its nearest deadline, 0 when not known."""

    class_: Annotated[str, Field(alias="class")]
    name: Pair
    due_at: int


class ListedOrder(BaseModel):
    """An order in a list. Instants in ms UTC, null: has not happened; money in fen; nothing personal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    order_id: str
    channel: str
    platform_id: str
    shop_id: str
    state: str
    state_name: Pair
    since: int | None
    stands_at: int | None
    placed_at: int | None
    paid_at: int | None
    shipped_at: int | None
    delivered_at: int | None
    settled_at: int | None
    cancelled_at: int | None
    outbound_ms: int | None
    payable_fen: int
    paid_fen: int
    refunded_fen: int
    items: list[Pieces]
    pieces: int
    gifts: list[GiftPieces]
    parcels: int
    warehouses: list[str]
    carriers: list[str]
    waybills: list[str]
    province: str
    city: str
    is_presale: bool
    waiting_for: str
    open_classes: list[OpenClass]
    exceptions: list[str]
    agreement: dict[str, str]
    defects: list[str]


class FoundOrder(ListedOrder):
    """``found_by``: order | waybill | phone | tail | nick."""

    found_by: str


class FoundOrders(Answered):
    """At most 20, the newest first; ``is_cut``: there may be more."""

    orders: list[FoundOrder]
    is_cut: bool


class ListedOrders(Answered):
    """One page; ``total`` of all pages, the cursor is empty at the end."""

    orders: list[ListedOrder]
    total: int
    cursor: str
    filter: dict[str, str]


class SourceAge(Answered):
    """When a source was last heard of; null: not known. Stale: older than three times its usual age."""

    name: str
    at: int | None
    age_ms: int | None
    is_stale: bool


class TrendPoint(Answered):
    """``value``: ms, or how many of ``n``; null where nothing is known."""

    day: str
    value: int | None
    n: int | None
    shown: str


class TilePart(Answered):
    """What the figure is made of; ``filter`` leads to its orders (`GET /api/orders/list`)."""

    key: str
    name: Pair
    count: int
    shown: str
    filter: dict[str, str]


class Tile(BaseModel):
    """One figure. ``payment_to_outbound`` has ``median_ms`` and ``p90_ms``; the others ``count`` of ``n``; accuracy
    counts defective orders and has ``per_10_000``, ``interval`` and ``since``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: Pair
    formula: Pair
    n: int
    shown: str
    parts: list[TilePart]
    trend: list[TrendPoint]
    filter: dict[str, str]
    count: int | None = None
    median_ms: int | None = None
    p90_ms: int | None = None
    per_10_000: str = ""
    interval: str = ""
    since: str = ""


class Health(Answered):
    """The four figures of a day."""

    day: str
    is_today: bool
    computed_at: int
    tiles: list[Tile]
    sources: list[SourceAge]


class LifecycleState(Answered):
    """``count``: orders in it now, of a final state those that ended today; null: no order rests here."""

    name: str
    words: Pair
    type: str
    waits: bool
    is_final: bool
    count: int | None
    filter: dict[str, str]


class LifecycleEdge(Answered):
    """``kind``: usual | choice | caught."""

    source: Annotated[str, Field(alias="from")]
    target: Annotated[str, Field(alias="to")]
    kind: str


class Lifecycle(Answered):
    """The deployed definition with live counts."""

    start: str
    states: list[LifecycleState]
    edges: list[LifecycleEdge]
    day: str
    computed_at: int


class ShippedOrder(Answered):
    """One order of the shipping list."""

    order_id: str
    platform_id: str
    shop_id: str
    state: str
    state_name: Pair
    paid_at: int | None
    shipped_at: int | None
    warehouses: list[str]
    carriers: list[str]
    waybills: list[str]
    items: list[Pieces]
    gifts: list[GiftPieces]
    pieces: int
    parcels: int
    payable_fen: int
    paid_fen: int
    province: str
    city: str


class ShippingTotals(Answered):
    """Sums over exactly the list's orders."""

    orders: int
    parcels: int
    pieces: int
    by_sku: dict[str, int]
    gifts: dict[str, int]
    payable_fen: int
    paid_fen: int


class ShippingList(Answered):
    """The whole list, oldest payment first."""

    orders: list[ShippedOrder]
    totals: ShippingTotals
    filter: dict[str, str]
    computed_at: int


class DayValue(Answered):
    """``value``: ms, or how many of ``n``."""

    value: int | None
    n: int
    shown: str


class InspectedFigure(Answered):
    """``change`` against each earlier day: worse | better | same | unknown."""

    key: str
    name: Pair
    formula: Pair
    today: DayValue
    yesterday: DayValue
    last_week: DayValue
    change: dict[str, str]


class Cause(Answered):
    """A class of exceptions that grew since the day before."""

    class_: Annotated[str, Field(alias="class")]
    name: Pair
    count: int
    more: int
    filter: dict[str, str]


class Overdue(Answered):
    """Open decisions past their deadline: how many, and the first of them as cards (`GET /api/decisions`)."""

    count: int
    is_cut: bool
    cards: list[dict[str, Any]]


class WaitingFor(Answered):
    """A partner that orders wait for."""

    partner: str
    orders: int
    since: int


class ByHand(Answered):
    """What people chose more than ten times on the day."""

    class_: Annotated[str, Field(alias="class")]
    name: Pair
    option: str
    words: Pair
    count: int


class Signed(Answered):
    by: str
    note: str
    signed_at: int


class Signatures(Answered):
    day: str
    signatures: list[Signed]


class Inspection(Answered):
    """The stand-up's page: figures, what got worse, what is over time, who has signed."""

    day: str
    days: dict[str, str]
    figures: list[InspectedFigure]
    worse: list[str]
    causes: list[Cause]
    overdue: Overdue
    waiting: list[WaitingFor]
    by_hand: list[ByHand]
    signatures: list[Signed]
    computed_at: int


_BAD = ("bad_filter", "bad_request")
ROUTES = (
    Route("GET", "/api/find", "find_orders", "Find anything", FoundOrders, asks=FindAsked, refuses=_BAD),
    Route("GET", "/api/health", "read_health", "The health board", Health, asks=DayAsked, refuses=_BAD),
    Route("GET", "/api/lifecycle", "read_lifecycle", "The lifecycle with live counts", Lifecycle),
    Route(
        "GET", "/api/orders/list", "list_filtered", "Orders behind a figure", ListedOrders, asks=ListAsked, refuses=_BAD
    ),
    Route(
        "GET", "/api/orders/list.csv", "export_orders", "Orders behind a figure as CSV", asks=ListAsked,
        refuses=(*_BAD, "too_many"), media_type="text/csv",
    ),
    Route(
        "GET", "/api/shipping-list", "read_shipping_list", "The shipping list", ShippingList, asks=ShippingAsked,
        refuses=(*_BAD, "too_many"),
    ),
    Route(
        "GET", "/api/shipping-list.csv", "export_shipping_list", "The shipping list as CSV", asks=ShippingAsked,
        refuses=(*_BAD, "too_many"), media_type="text/csv",
    ),
    Route("GET", "/api/inspection", "read_inspection", "The daily inspection", Inspection, asks=DayAsked, refuses=_BAD),
    Route(
        "POST", "/api/inspection/sign", "sign_inspection", "Sign a day's inspection", Signatures, takes=SignAsked,
        refuses=_BAD,
    ),
)  # fmt: skip
