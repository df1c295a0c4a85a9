"""Keep the rows of orders up to date with their facts (R40); make all of them anew (`hub rebuild`).

A row is folded from all facts of its order, read consistently: a fact heard twice, late, or before an older one ends in
the same row. What finds an order is written before its row; a crash between writes it again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from orderhub.domain.by_hand import handmade
from orderhub.domain.finding import keys_of
from orderhub.domain.order_fold import row_of
from orderhub.domain.order_row import OrderRow
from orderhub.domain.records import StoredFact
from orderhub.ports.read_models import RowWriter, Walk
from orderhub.ports.world import Clock

WORKS_MS = 40_000
"""How long one call of a rebuild works before it says where it goes on."""


class Facts(Protocol):
    """Where facts are read."""

    def facts_of(self, order_id: str) -> Sequence[StoredFact]: ...


def project(
    heard: Iterable[tuple[str, Callable[[], StoredFact | None]]],
    orders: Facts,
    rows: RowWriter,
    report: Callable[[str, Exception], None],
) -> list[str]:
    """Bring the rows of these facts' orders up to date, each order once; returns the ids of the records that failed,
    each reported. ``heard``: record id → what reads its fact (None: it is none)."""
    failed: list[str] = []
    by_order: dict[str, list[tuple[str, StoredFact]]] = {}
    for record_id, read in heard:
        try:
            fact = read()
        except Exception as error:  # one record that cannot be read keeps no other
            report(record_id, error)
            failed.append(record_id)
            continue
        if fact is not None:
            by_order.setdefault(fact.order_id, []).append((record_id, fact))
    newest = 0
    for order_id, told in by_order.items():
        try:
            row = row_of(orders.facts_of(order_id))
            if row is not None:
                _beside(row, [fact for _, fact in told], rows)
                rows.put(row)
        except Exception as error:
            report(told[0][0], error)
            failed += [record_id for record_id, _ in told]
            continue
        newest = max(newest, *(fact.recorded_at for _, fact in told))
    if newest:
        rows.heard(newest)
    return failed


def _beside(row: OrderRow, facts: Sequence[StoredFact], rows: RowWriter) -> None:
    """What each of these facts adds by itself: what finds the order, what people did by hand."""
    rows.put_keys(row, dict.fromkeys(key for fact in facts for key in keys_of(fact)))
    for made in filter(None, map(handmade, facts)):
        rows.put_handmade(made)


def rebuild(
    walk: Walk, orders: Facts, rows: RowWriter, report: Callable[[str, Exception], None], clock: Clock, restart: bool
) -> Mapping[str, int | bool]:
    """Make the rows of all orders anew, as far as this call comes: ``{"orders", "failed", "is_done"}``.

    Call again until it is done; a call that was cut off is repeated from its last page. Rows that hear of new facts
    meanwhile stay newer. ``restart``: from the beginning.
    """
    until = clock() + WORKS_MS
    cursor = "" if restart else walk.saved()
    done = failed = 0
    while True:
        page = walk.page(cursor)
        for order_id in page.order_ids:
            try:
                facts = orders.facts_of(order_id)
                row = row_of(facts)
                if row is not None:
                    _beside(row, facts, rows)
                    rows.put(row, again=True)
                    done += 1
            except Exception as error:
                report(order_id, error)
                failed += 1
        cursor = page.cursor
        walk.save(cursor)
        if not cursor or clock() > until:
            return {"orders": done, "failed": failed, "is_done": not cursor}
