"""The StockTable's stream (DynamoDB Streams, NEW_AND_OLD_IMAGES) → movements of stock.

A record is a movement when it is the image of a stock item whose revision went up. Ledger rows
(``MOVEMENT#…``), removals and remarks that move nothing (a suspected difference) are none. Source: design
§4 "Stock".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from orderhub.domain.stock import Balance, MovementKind, StockMovement

Image = Mapping[str, Any]


def records(event: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each record with its sequence number, by which Lambda is told which one failed."""
    for record in event.get("Records", ()):
        yield str(record["dynamodb"]["SequenceNumber"]), record


def movement_of(record: Mapping[str, Any]) -> StockMovement | None:
    """The movement a record tells of, or None. Raises KeyError, ValueError for an unreadable image."""
    new: Image | None = record["dynamodb"].get("NewImage")
    if new is None or new["sk"]["S"] != "STOCK":
        return None
    old: Image | None = record["dynamodb"].get("OldImage")
    revision = _int(new["revision"])
    if old is not None and _int(old["revision"]) == revision:
        return None
    last: Image = new["last_movement"]["M"]
    return StockMovement(
        sku=new["sku"]["S"],
        warehouse=new["warehouse"]["S"],
        shard=_int(new["shard"]),
        revision=revision,
        kind=MovementKind(last["kind"]["S"]),
        quantity=_int(last["quantity"]),
        at=_int(last["at"]),
        left=Balance(
            available=_int(new["available"]),
            due=sum(_int(quantity) for quantity in new["due"]["M"].values()),
            firm=_int(new["firm"]),
            sold=_int(new["sold"]),
            stocked=_int(new["stocked"]),
        ),
        order_id=last["order_id"]["S"],
        line_id=last["line_id"]["S"],
        reason=last["reason"]["S"],
    )


def _int(value: Image) -> int:
    return int(value["N"])
