"""A stock transfer (调拨) as an order wants it: what, from where, until when."""

import hashlib

from orderhub.domain.order import Order
from orderhub.domain.records import StockTransfer, TransferStatus
from orderhub.services.source import Sourced

TRANSFER_DUE_MS = 48 * 3_600_000  # then purchasing is asked why the goods have not come
LONGEST_REFERENCE = 40  # of the WMS's outer_no


def transfer_for(order: Order, sourced: Sourced, number: int, now: int) -> StockTransfer:
    """The order's ``number``-th transfer: all pieces of the SKUs of which its warehouse is short."""
    allocation = sourced.allocation
    return StockTransfer(
        number=number,
        order_id=order.order_id,
        reference=reference_of(order.order_id, number),
        from_warehouse=allocation.supplier,
        to_warehouse=allocation.warehouse,
        items={sku: sourced.supply.wanted[sku] for sku in allocation.moved},
        status=TransferStatus.WANTED,
        content_version=order.content_version,
        requested_at=now,
        due_at=now + TRANSFER_DUE_MS,
    )


def reference_of(order_id: str, number: int) -> str:
    """``<order_id>-T<n>``, the same for the same need; of a long order id a checksum stands for the end.

    >>> reference_of("youzan-E20261122103000000100001", 1)
    'youzan-E20261122103000000100001-T1'
    """
    plain = f"{order_id}-T{number}"
    if len(plain) <= LONGEST_REFERENCE:
        return plain
    checksum = hashlib.sha256(order_id.encode()).hexdigest()[:16]
    return f"{order_id[:16]}-{checksum}-T{number}"[:LONGEST_REFERENCE]
