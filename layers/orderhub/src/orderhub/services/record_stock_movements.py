"""Write the ledger of stock from what the table's stream says (design §4 "Stock", R12)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from orderhub.domain.stock import StockMovement
from orderhub.ports.stock import StockLedger

Record = Mapping[str, Any]


def record_stock_movements(
    records: Iterable[tuple[str, Record]],
    read: Callable[[Record], StockMovement | None],
    ledger: StockLedger,
    report: Callable[[str, Exception], None],
) -> list[str]:
    """Record every movement once and return the ids of the records that failed, each reported.

    One record that cannot be read or written does not keep the others from being written; repeating the whole
    batch is harmless, for a revision is written once.
    """
    failed: list[str] = []
    for record_id, record in records:
        try:
            movement = read(record)
            if movement is not None:
                ledger.record(movement)
        except Exception as error:  # whatever it was, the stream must know that this record is not done
            report(record_id, error)
            failed.append(record_id)
    return failed
