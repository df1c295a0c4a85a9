"""The HTTP API behind the order page: systems side by side, versions of waybills, the run that drives the order."""

from typing import Annotated

from pydantic import Field, StringConstraints

from orderhub.contracts.route import Answered, Asked, Route


class Words(Answered):
    """The same in both languages."""

    zh: str
    en: str


class Differs(Answered):
    """Why this system has something else than the one whose value counts; ms UTC, 0 where nobody knows."""

    why: Words
    since: int


class SystemCell(Answered):
    """What one system has. ``value`` null: ``unknown`` says why. ``is_owner``: this value counts."""

    value: Words | None
    at: int
    is_owner: bool
    differs: Differs | None
    unknown: Words | None


class SystemName(Answered):
    system: str
    name: Words


class FieldRow(Answered):
    field: str
    name: Words
    cells: dict[str, SystemCell]


class SystemsSideBySide(Answered):
    """An order as shop, hub, warehouse (wms), carrier and ledger have it; ``differing``: so many cells differ."""

    order_id: str
    systems: list[SystemName]
    fields: list[FieldRow]
    differing: int


VersionName = Annotated[str, StringConstraints(pattern=r"^(pushed|cached)-[1-9]-[0-9]{1,6}$")]


class TwoVersions(Asked):
    """Which two: ``pushed-<parcel>-<version>`` as the carrier holds it, ``cached-…`` as the hub wants it."""

    one: VersionName
    other: VersionName


class ComparedField(Answered):
    """``is_same`` null: one of them does not know this field."""

    field: str
    name: Words
    is_same: bool | None


class ComparedWaybills(Answered):
    order_id: str
    one: str
    other: str
    fields: list[ComparedField]


class WhichRun(Asked):
    """``epoch`` 0: the current run."""

    epoch: Annotated[int, Field(ge=0, le=100_000)] = 0


class StateOfRun(Answered):
    """One state; ms UTC, 0 and null: not left yet. ``error``: the name of what failed there."""

    name: str
    entered_at: int
    left_at: int
    duration_ms: int | None
    error: str


class RunOfOrder(Answered):
    """One run that drove the order; ``status`` ``gone``: it is no longer kept."""

    order_id: str
    shop_id: str
    execution: str
    epoch: int
    epochs: list[int]
    arn: str
    status: str
    started_at: int
    ended_at: int
    states: list[StateOfRun]


ROUTES = (
    Route(
        "GET", "/api/orders/{order_id}/systems", "read_systems", "The order as each system has it",
        SystemsSideBySide, refuses=("no_such_order",),
    ),
    Route(
        "GET", "/api/orders/{order_id}/waybills/compare", "compare_waybills", "Two versions of its waybills compared",
        ComparedWaybills, asks=TwoVersions, refuses=("no_such_order", "no_such_version", "bad_request"),
    ),
    Route(
        "GET", "/api/orders/{order_id}/execution", "read_execution", "The run that drives it, state by state",
        RunOfOrder, asks=WhichRun, refuses=("no_such_order", "no_such_run", "bad_request"),
    ),
)  # fmt: skip
