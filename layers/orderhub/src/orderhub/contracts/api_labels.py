"""The HTTP API of labels: what is asked, and that a file is answered."""

from collections.abc import Mapping
from typing import Any, Literal

from aws_lambda_powertools.event_handler import Response

from orderhub.contracts.api import StaffId
from orderhub.contracts.route import Asked, Route


class LabelQuery(Asked):
    """Who asks, and why: both stand on the order's timeline."""

    by: StaffId
    why: Literal["preview", "print", "reprint", "check"]


_REFUSES = ("no_such_order", "no_such_parcel", "order_unknown", "no_sender", "unprintable_waybill", "bad_request")

PDF = Route(
    "GET", "/api/orders/{order_id}/labels/{parcel}.pdf", "label_pdf",
    "A parcel's label, 100 × 150 mm, as it is to be now; without a live waybill it is marked not for shipping",
    asks=LabelQuery, refuses=_REFUSES, media_type="application/pdf",
)  # fmt: skip
PNG = Route(
    "GET", "/api/orders/{order_id}/labels/{parcel}.png", "label_png",
    "The same as an image, 8 dots per mm, for looking at it before it is printed",
    asks=LabelQuery, refuses=_REFUSES, media_type="image/png",
)  # fmt: skip

PAGE_PDF = Route(
    "GET", "/orders/{order_id}/labels/{parcel}.pdf", "label_pdf_of_session",
    "To be printed by somebody who is signed in to the console and packs; for others the receiver is masked",
    refuses=_REFUSES, media_type="application/pdf",
)  # fmt: skip
PAGE_PNG = Route(
    "GET", "/orders/{order_id}/labels/{parcel}.png", "label_png_of_session",
    "To be looked at by somebody who is signed in to the console: the receiver is masked, nothing can be scanned",
    refuses=_REFUSES, media_type="image/png",
)  # fmt: skip

ROUTES = (PDF, PNG, PAGE_PDF, PAGE_PNG)


def label_query(route: Route, query: Mapping[str, str] | None) -> tuple[str, str, bool] | None:
    """Who asks, why, and that the receiver is not hidden; None where the session says who.

    Raises Rejected (``bad_request``).
    """
    if route.asks is None:
        return None
    asked: Any = route.asks.of_query(query or {})
    return asked.by, asked.why, False


def file_reply(data: bytes, media_type: str, told: Mapping[str, str]) -> Response[Any]:
    """A file; ``told`` become headers ``x-label-…``. Nobody between may keep it: it is personal."""
    headers: dict[str, str | list[str]] = {f"x-label-{name}": text for name, text in told.items()}
    return Response(200, media_type, data, {"cache-control": "no-store", **headers})
