"""The call log: what was asked and pushed, when, how it ended. For counting; no personal data."""

from __future__ import annotations

from typing import Any

from local.partners.chassis.store import Store

_SCHEMA = """
create table if not exists calls (
  id integer primary key autoincrement, side text not null, method text not null, at_ms integer not null,
  duration_ms real not null, outcome text not null, ref text not null, attempt integer not null);
create index if not exists calls_by_method on calls (method, id);
"""
_COLUMNS = ("id", "side", "method", "at_ms", "duration_ms", "outcome", "ref", "attempt")


class CallLog:
    """`side` is "call" (the hub asked us) or "push" (we called the hub); `at_ms` is real, epoch ms UTC."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.script(_SCHEMA)

    def add(
        self,
        side: str,
        method: str,
        *,
        at_ms: int,
        duration_ms: float,
        outcome: str,
        ref: str = "",
        attempt: int = 0,
    ) -> None:
        self._store.query(
            "insert into calls (side, method, at_ms, duration_ms, outcome, ref, attempt) values (?, ?, ?, ?, ?, ?, ?)",
            (side, method, at_ms, round(duration_ms, 3), outcome, ref, attempt),
        )

    def list(self, *, method: str = "", side: str = "", after_id: int = 0, limit: int = 10_000) -> list[dict[str, Any]]:
        rows = self._store.query(
            "select id, side, method, at_ms, duration_ms, outcome, ref, attempt from calls"
            " where id > ? and (? = '' or method = ?)"
            " and (? = '' or side = ?) order by id limit ?",
            (after_id, method, method, side, side, limit),
        )
        return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]

    def counts(self) -> dict[str, int]:
        """How often each "<side> <method> <outcome>" occurred."""
        rows = self._store.query("select side, method, outcome, count(*) from calls group by 1, 2, 3 order by 1, 2, 3")
        return {f"{side} {method} {outcome}": n for side, method, outcome, n in rows}
