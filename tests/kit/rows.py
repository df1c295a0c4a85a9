"""Rows of orders in memory, for tests of what is read from them: the services over it are the real ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from orderhub.domain.day import day_of
from orderhub.domain.order_row import FINAL, DayEntry, OrderRow, State
from orderhub.domain.signature import Signature
from orderhub.ports.read_models import Page
from tests.kit.orders import SHOP, T0


class RowsInMemory:
    """ports.read_models.Rows, as far as it is read."""

    def __init__(self, *rows: OrderRow) -> None:
        self.known = {row.order_id: row for row in rows}
        self.handmade: dict[str, dict[tuple[str, str], int]] = {}
        self.closed: dict[tuple[str, str], Mapping[str, Any]] = {}

    def add(self, *rows: OrderRow) -> None:
        self.known |= {row.order_id: row for row in rows}

    def rows(self, order_ids: Sequence[str]) -> Sequence[OrderRow]:
        return [self.known[one] for one in order_ids if one in self.known]

    def count(self, state: State, day: str = "", shops: Collection[str] = ()) -> int:
        return sum(1 for row in self._in(state, day) if not shops or row.shop_id in shops)

    def in_state(self, state: State, cursor: str, limit: int, day: str = "") -> Page:
        if cursor and not cursor.isdigit():
            raise ValueError(cursor)
        ids = sorted(row.order_id for row in self._in(state, day))
        start = int(cursor or 0)
        return Page(tuple(ids[start : start + limit]), str(start + limit) if start + limit < len(ids) else "")

    def placed_on(self, day: str) -> Iterator[DayEntry]:
        return (_entry(row) for row in self.known.values() if row.placed_at and day_of(row.placed_at) == day)

    def shipped_on(self, day: str) -> Iterator[DayEntry]:
        return (_entry(row) for row in self.known.values() if row.shipped_at and day_of(row.shipped_at) == day)

    def handmade_on(self, day: str, shops: Collection[str] = ()) -> Mapping[tuple[str, str], int]:
        return self.handmade.get(day, {})

    def summaries(self, days: Sequence[str], shop: str = "") -> Mapping[str, Mapping[str, Any]]:
        return {day: self.closed[day, shop] for day in days if (day, shop) in self.closed}

    def put_summary(self, day: str, figures: Mapping[str, Any], computed_at: int, shop: str = "") -> None:
        self.closed[day, shop] = {**figures, "computed_at": computed_at}

    def _in(self, state: State, day: str) -> list[OrderRow]:
        rows = [row for row in self.known.values() if row.state is state]
        return [row for row in rows if day_of(row.ended_at) == day] if state in FINAL else rows


class SignaturesInMemory:
    """ports.read_models.Signatures."""

    def __init__(self) -> None:
        self.made: list[Signature] = []

    def add(self, signature: Signature) -> None:
        self.made.append(signature)

    def of_day(self, day: str) -> Sequence[Signature]:
        return [one for one in self.made if one.day == day]


def order_row(number: int, state: State = State.AWAIT_SHIPMENT, **more: Any) -> OrderRow:
    """A row of a paid order of the tests' shop."""
    values = {"shop_id": SHOP, "state": state, "since": T0, "placed_at": T0, "paid_at": T0, "paid_fen": 29_900,
              "payable_fen": 29_900, **more}  # fmt: skip
    return OrderRow(f"youzan-E{number:04d}", "youzan", f"E{number:04d}", **values)


def _entry(row: OrderRow) -> DayEntry:
    return DayEntry(
        row.order_id, row.state, row.placed_at, row.paid_at, row.shipped_at, row.shop_id, row.exceptions, row.agrees,
        row.defects,
    )  # fmt: skip
