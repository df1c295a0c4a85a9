"""The HTTP API of changes of address: what is asked and what is answered. What is personal is never answered."""

from typing import Annotated

from pydantic import Field, StringConstraints

from orderhub.contracts.api import StaffId
from orderhub.contracts.api_decisions import RequestId
from orderhub.contracts.route import Answered, Asked, Route

Said = Annotated[str | None, StringConstraints(max_length=200)]


class AddressChangeRequest(Asked):
    """Another receiver for an order, by whom. What is left out stays; an address is given whole, to the district.

    The same ``request_id`` again answers as the first time.
    """

    by: StaffId
    name: Said = None
    phone: Said = None
    province: Said = None
    city: Said = None
    district: Said = None
    detail: Said = None
    request_id: RequestId = ""


class AddressWish(Asked):
    """Another receiver, tried out: nothing is changed and nobody is asked."""

    name: Said = None
    phone: Said = None
    province: Said = None
    city: Said = None
    district: Said = None
    detail: Said = None


class PartOfAddress(Answered):
    """One level, old and new; ``old`` is *** where it differs below the district."""

    level: str
    name: dict[str, str]
    old: str
    new: str
    differs: bool


class AddressChangePreview(Answered):
    """What the live rules would do now, in words, and what it would cost the buyer (fen)."""

    way: str
    consequence: dict[str, str]
    surcharge_fen: int
    scope: str
    zone: str
    changed: list[str]
    reasons: list[str]
    findings: list[dict[str, str]]
    parts: list[PartOfAddress]


class AddressChangeTaken(Answered):
    """The change under way: it is judged in a moment."""

    order_id: str
    change: int
    status: str
    source: str


class AddressChange(Answered):
    """One change: how far it reaches, which way it goes, what each system knows (wanted, done, not_needed, cannot)."""

    change: int
    source: str
    by: str
    status: str
    outcome: str
    scope: str
    changed: list[str]
    levels: list[str]
    zone: str
    way: str
    reasons: list[str]
    systems: dict[str, str]
    notes: dict[str, str]
    takes_over: int
    content_version: int
    occurred_at: int
    requested_at: int
    due_at: int
    ended_at: int


class AddressChangeList(Answered):
    """Every change of an order, oldest first; ``open`` is the number of the one under way, 0 for none."""

    order_id: str
    open: int
    relabel: str
    changes: list[AddressChange] = Field(default_factory=list)


class BuyerLinkRequest(Asked):
    """Who makes it."""

    by: StaffId


class BuyerLinkMade(Answered):
    """``url``: for the buyer alone; who has it may ask for another address of this order, once."""

    order_id: str
    url: str
    expires_at: int


_PATH = "/api/orders/{order_id}/address-changes"

ROUTES = (
    Route(
        "POST",
        _PATH,
        "change_address",
        "Ask for another address",
        AddressChangeTaken,
        AddressChangeRequest,
        refuses=(
            "no_such_order",
            "order_not_known",
            "order_ended",
            "order_cancelled",
            "already_delivered",
            "bad_parameter",
            "bad_request",
        ),
    ),
    Route(
        "GET",
        _PATH,
        "list_address_changes",
        "Changes of address, and who knows of them",
        AddressChangeList,
        refuses=("no_such_order",),
    ),
    Route(
        "POST",
        f"{_PATH}/preview",
        "preview_address_change",
        "What another address would do, before it is asked for",
        AddressChangePreview,
        AddressWish,
        refuses=(
            "no_such_order",
            "order_not_known",
            "order_ended",
            "order_cancelled",
            "already_delivered",
            "not_now",
            "bad_parameter",
            "bad_request",
        ),
    ),
    Route(
        "POST",
        "/api/orders/{order_id}/buyer-link",
        "make_buyer_link",
        "A link by which the buyer may ask for another address, once",
        BuyerLinkMade,
        BuyerLinkRequest,
        refuses=("no_such_order", "order_not_known", "order_ended", "order_cancelled", "already_delivered"),
    ),
)
