"""When each source of the figures was last heard of."""

from collections.abc import Collection, Iterable
from typing import Protocol

from orderhub.domain.day import day_of, days_before
from orderhub.ports.read_models import Rows

MINUTE_MS = 60_000
_LOOKED_AT = 20

type Age = tuple[str, int | None, int]


class Marks(Protocol):
    def read(self, partner: str, account: str) -> int: ...


def ages(rows: Rows, marks: Marks, now: int, shops: Collection[str] = ()) -> list[Age]:
    """(name, when it was last heard of in ms UTC or None, its usual age in ms) of the hub's own facts, of the shops
    (the longest unread one of these, or of those that the newest orders tell of) and of the warehouse's stock."""
    shops = shops or {row.shop_id for row in rows.rows(list(_newest(rows, now))) if row.shop_id}
    read = [marks.read("youzan", shop_id) for shop_id in sorted(shops)]
    return [
        ("orderhub", rows.heard_at() or None, 10 * MINUTE_MS),
        ("youzan", min(read) if read and all(read) else None, 10 * MINUTE_MS),
        ("wangdiantong", marks.read("wangdiantong", "stock") or None, 5 * MINUTE_MS),
    ]


def _newest(rows: Rows, now: int) -> Iterable[str]:
    """Some orders of the last day that has any."""
    today = day_of(now)
    for day in (today, *reversed(days_before(today, 2))):
        if found := rows.last_placed_on(day, _LOOKED_AT):
            return found
    return ()
