"""Tell the shop of a change of address that it did not make itself (Youzan, sheet §7.4: one change per order)."""

import hashlib
from dataclasses import dataclass

from orderhub.domain.address_change import ChangeStatus, State, System, noted
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable
from orderhub.ports.orders import Change, EffectSpec, EffectStore, OrderStore
from orderhub.ports.partners import ShopPartner
from orderhub.ports.world import Clock, Seal
from orderhub.services.address_change_run import ChangeCommand, load_change
from orderhub.services.effects import LEASE_MS, Attempt, perform
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import retried_when_stale

VERB = "tell_address"
STAYS_HERE = "stays_in_the_hub"


@dataclass(frozen=True, slots=True)
class ShopCounter:
    """What telling works with. ``is_on``: the API's parameters are not published, so a brand switches it on itself."""

    orders: OrderStore
    effects: EffectStore
    partner: ShopPartner
    seal: Seal
    clock: Clock
    is_on: bool = False


def tell_shop_address(command: ChangeCommand, world: ShopCounter) -> dict[str, str | int]:
    """The shop has the address, or the change is marked: it takes one per order, later ones stay in the hub.

    An attempt without an answer is repeated; that the shop took the first then shows as a refusal, and the mark is the
    same. Raises Superseded, Stale, PartnerUnavailable.
    """
    order, change = load_change(world.orders, command)
    if change.state_of(System.SHOP) is not State.WANTED or change.status is not ChangeStatus.APPLIED:
        return {"done": "tell_shop"}
    state, why = State.CANNOT, STAYS_HERE
    if world.is_on:
        request = hashlib.sha256(f"{VERB}\x1f{change.key}".encode()).hexdigest()[:32]
        reference = f"{order.order_id}-{change.number}"
        spec = EffectSpec(order, VERB, reference, request, 0, LEASE_MS, undoes=True)
        receiver = open_receiver(order, world.seal)

        def call() -> dict[str, str]:
            world.partner.change_address(order.shop_id, order.platform_id, receiver, order.region)
            return {"reference": reference}

        try:
            perform(world.effects, spec, Attempt(call, lambda: None), world.clock)
            state, why = State.DONE, ""
        except Interrupted as gone_on:
            raise PartnerUnavailable("youzan", "the order moved meanwhile") from gone_on
        except PartnerRejected as refused:
            why = f"{STAYS_HERE}:{refused.code}"

    def once() -> None:
        now_order, known = load_change(world.orders, command)
        if known.state_of(System.SHOP) is State.WANTED:
            after = noted(known, System.SHOP, state, why)
            world.orders.commit(Change(now_order, now_order, world.clock(), records=(after,)))

    retried_when_stale(once)
    return {"done": "tell_shop"}
