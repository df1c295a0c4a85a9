"""PackingBoard over the orders' index; the writes that keep it are part of each order's own transaction."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import item_of
from orderhub.adapters.dynamodb.table_reader import TableReader
from orderhub.domain.order import Order
from orderhub.domain.packing import PackingPlace, PackState, moved_places

KEPT_SECONDS = 2 * 86_400
"""A parcel that cannot be packed is told to the stations for so long; one that waits to be packed stays."""


def packing_writes(table: str, before: Order | None, after: Order, now: int) -> list[dict[str, Any]]:
    """The writes of what a commit moves on the station's list; mostly none."""
    return [{"Put": {"TableName": table, "Item": _item(place, now)}} for place in moved_places(before, after, now)]


class DynamoPacking(TableReader):
    """PackingBoard. Only keys are read: they hold all there is."""

    def ready(self, limit: int) -> Sequence[PackingPlace]:
        return self._places(keys.PACKING_READY, 0, limit)

    def changed(self, since: int, limit: int) -> Sequence[PackingPlace]:
        return [
            *self._places(keys.PACKING_ELSE, since, limit),
            *self._places(keys.PACKING_READY, since, limit),
        ]

    def _places(self, index_pk: str, since: int, limit: int) -> Sequence[PackingPlace]:
        pages = self._pages(
            IndexName=keys.INDEX,
            KeyConditionExpression="gsi1pk = :p AND gsi1sk >= :s",
            ExpressionAttributeValues={":p": {"S": index_pk}, ":s": {"S": f"{since:013d}"}},
            Limit=limit,
        )
        return [_place(row["gsi1sk"]["S"]) for row in islice((row for page in pages for row in page), limit)]


def _place(index_sk: str) -> PackingPlace:
    changed_at, parcel, state, version, order_id, shop_id = keys.packing_from(index_sk)
    return PackingPlace(order_id, shop_id, parcel, PackState(state), version, changed_at)


def _item(place: PackingPlace, now: int) -> dict[str, Any]:
    is_ready = place.state is PackState.READY
    index = keys.packing_index_sk(
        place.changed_at, place.parcel, place.state.value, place.version, place.order_id, place.shop_id
    )
    return item_of(
        {
            "pk": keys.order_pk(place.order_id),
            "sk": keys.packing_sk(place.parcel),
            "entity": "packing",
            "schema_version": 1,
            "updated_at": now,
            "state": place.state.value,
            "version": place.version,
            "gsi1pk": keys.PACKING_READY if is_ready else keys.PACKING_ELSE,
            "gsi1sk": index,
            "expires_on": None if is_ready else now // 1000 + KEPT_SECONDS,
        }
    )
