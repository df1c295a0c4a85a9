"""The HTTP API of orders: what is answered."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from orderhub.contracts.route import Answered, Route


class OrderRow(Answered):
    """An order that has not ended, and the step its run sleeps in."""

    order_id: str
    waits_in: str


class OrderList(Answered):
    """Orders that have not ended, the next to be looked at first."""

    orders: list[OrderRow]


class OrderPage(BaseModel):
    """One order, whole: its place, lines, masked receiver, timeline, effects at partners, money, decisions."""

    model_config = ConfigDict(extra="allow", frozen=True)

    order_id: str
    revision: int
    step: str
    is_finished: bool
    outcome: str
    at: dict[str, int]
    holds: dict[str, str]
    headline: dict[str, Any]
    actions: dict[str, Any]
    why: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    receiver: dict[str, Any]
    timeline: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


ROUTES = (
    Route("GET", "/api/orders", "list_orders", "Orders that have not ended", OrderList),
    Route("GET", "/api/orders/{order_id}", "read_order", "One order, whole", OrderPage, refuses=("no_such_order",)),
)
