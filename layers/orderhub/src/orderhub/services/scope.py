"""Which orders are the business of somebody who looks after some shops only (R47)."""

from collections.abc import Collection, Iterable

from orderhub.ports.orders import OrderStore
from orderhub.ports.read_models import Rows


def theirs(order_ids: Iterable[str], shops: Collection[str], rows: Rows, orders: OrderStore) -> frozenset[str]:
    """Those of these ids that are of one of the shops (all when empty). What belongs to no order is everybody's."""
    wanted = dict.fromkeys(order_ids)
    if not shops:
        return frozenset(wanted)
    shop_of = {row.order_id: row.shop_id for row in rows.rows(list(wanted)) if row.shop_id}
    for order_id in wanted:
        if order_id not in shop_of and (order := orders.load(order_id)):  # its row is not there yet
            shop_of[order_id] = order.shop_id
    return frozenset(order_id for order_id in wanted if order_id not in shop_of or shop_of[order_id] in shops)
