"""Hand out a link for a buyer: who got one is on the order's timeline before there is one (R15, R28)."""

from collections.abc import Callable
from dataclasses import dataclass

from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.ports.orders import Change, OrderStore
from orderhub.services.request_address_change import must_be_open
from orderhub.services.tasks import retried_when_stale


@dataclass(frozen=True, slots=True)
class LinkWish:
    """``by``: a staff id; ``until``: when it is over, ms UTC; ``channel``: ``console`` or ``api``."""

    order_id: str
    by: str
    until: int
    channel: str


def make_buyer_link(wish: LinkWish, orders: OrderStore, write: Callable[[str], str], now: int) -> str:
    """The link that ``write`` makes of the order's id. The fact ``BuyerLinkMade`` is durable first: a crash after it
    hands out nothing and is on record. Raises Rejected where nobody may change the address any more; Stale."""

    def once() -> None:
        order = orders.load(wish.order_id)
        if order is None:
            raise Rejected("no_such_order", wish.order_id)
        must_be_open(order)
        data: dict[str, str | int | bool] = {"made_by": wish.by, "until": wish.until, "channel": wish.channel}
        orders.commit(Change(order, order, now, facts=(Fact(FactType.BUYER_LINK_MADE, data, now),)))

    retried_when_stale(once)
    return write(wish.order_id)
