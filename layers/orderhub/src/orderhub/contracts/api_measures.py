"""The HTTP API of measures: what is asked and what is answered."""

from typing import Annotated

from pydantic import Field

from orderhub.contracts.api_decisions import Words
from orderhub.contracts.route import Answered, Asked, Route

Instant = Annotated[int, Field(ge=0, le=9_999_999_999_999)]


class Period(Asked):
    """From ``since`` (in) to ``until`` (out), epoch ms; at most 92 days."""

    since: Instant
    until: Instant


class Figure(Answered):
    """One count and its share of the orders placed in the period; ``low`` and ``high`` are the exact 95 % interval.

    ``per_10_000`` is the share in parts of ten thousand, null where no order was placed; then ``percent`` is a dash.
    """

    code: str
    name: Words
    count: int
    per_10_000: int | None
    percent: str
    low: str
    high: str


class AddressMeasures(Answered):
    """What changes of address came to in the period, by when the hub recorded it."""

    since: int
    until: int
    orders: int
    figures: list[Figure]


ROUTES = (
    Route(
        "GET",
        "/api/measures/address-changes",
        "measure_address_changes",
        "Changes of address in figures, per 10,000 orders",
        AddressMeasures,
        asks=Period,
        refuses=("bad_period", "bad_request"),
    ),
)
