"""The orders of one phone around an order, as they are now (R22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orderhub.domain.order import Milestone, Order
from orderhub.domain.phone_window import WINDOW_MS, Standing, can_be_held, placing_of, standings
from orderhub.ports.orders import OrderStore


@dataclass(frozen=True, slots=True)
class Window:
    """An order among the orders of its phone that were placed less than 24 h before or after it, oldest first."""

    order: Order
    orders: tuple[Order, ...]
    is_listed: bool = True  # the order's own entry was found, or it has no phone

    def standing_of(self, order_id: str) -> Standing:
        """Of an order placed when this one was or later: its whole trailing window is known. Raises KeyError."""
        return standings(map(placing_of, self.orders))[order_id]

    @property
    def standing(self) -> Standing:
        """Of the order itself; the first of its day where the shop gave no phone."""
        return self.standing_of(self.order.order_id) if self.order.phone_digest else Standing()

    @property
    def followers(self) -> tuple[Order, ...]:
        """The others whose rank this order counts in: placed at the same instant or less than 24 h later."""
        placed_at = _placed_at(self.order)
        return tuple(one for one in self.orders if one.order_id != self.order.order_id and _placed_at(one) >= placed_at)

    @property
    def siblings_that_can_be_held(self) -> tuple[Order, ...]:
        """The other paid orders that a hold still stops; one that is not paid yet is judged when it is."""
        return tuple(
            one
            for one in self.orders
            if one.order_id != self.order.order_id and one.has(Milestone.PAID) and can_be_held(one)
        )


def window_of(order: Order, orders: OrderStore) -> Window:
    """Read consistently: an order committed before this call is in it. The order itself stands in it as given."""
    if not order.phone_digest:
        return Window(order, (order,))
    placed_at = _placed_at(order)
    ids = orders.placed_with(order.phone_digest, placed_at - WINDOW_MS + 1, placed_at + WINDOW_MS - 1)
    others = orders.load_many([one for one in ids if one != order.order_id])
    near = [one for one in others if one.phone_digest == order.phone_digest]  # not those given another receiver since
    ordered = sorted([*near, order], key=lambda one: (_placed_at(one), one.order_id))
    return Window(order, tuple(ordered), order.order_id in ids)


def ranks(order: Order, orders: OrderStore) -> Mapping[str, Standing]:
    """The standing of the order and of every other of its phone that follows it within 24 h, by order id."""
    window = window_of(order, orders)
    return {one.order_id: window.standing_of(one.order_id) for one in (order, *window.followers)}


def siblings_that_can_be_held(order: Order, orders: OrderStore) -> Sequence[Order]:
    """The other paid orders of its phone within 24 h that a hold still stops, oldest first."""
    return window_of(order, orders).siblings_that_can_be_held


def _placed_at(order: Order) -> int:
    return order.snapshot.placed_at if order.snapshot else 0
