"""See whether the warehouse has taken a change of address: its success reply means received only (sheet §3.2)."""

from orderhub.domain.address_change import ChangeStatus, State, System, noted
from orderhub.domain.parcel import parcels_here
from orderhub.ports.orders import Change
from orderhub.ports.partners import TradeInstruction
from orderhub.services.address_change_run import ChangeCommand, load_change
from orderhub.services.dispatch import Warehouse
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import retried_when_stale

CLERK = "clerk_must_look"


def read_back_address(command: ChangeCommand, world: Warehouse) -> dict[str, str | int]:
    """Every trade that is still there was read back; what it shows is on the change. May be repeated.

    Raises Superseded, Stale, PartnerUnavailable.
    """
    order, _ = load_change(world.orders, command)
    receiver = open_receiver(order, world.seal)
    trades = [
        TradeInstruction(order, receiver, parcel.waybill_number, parcel_number=parcel.number)
        for parcel in parcels_here(order)
    ]
    shown = [world.partner.shows_receiver(trade) for trade in trades]

    def once() -> None:
        now_order, change = load_change(world.orders, command)
        is_same = now_order.content_version == order.content_version and not now_order.push_due
        if not is_same or change.status is not ChangeStatus.APPLIED or change.state_of(System.WMS) is not State.WANTED:
            return
        if shown and all(found == "shown" for found in shown):
            after = noted(change, System.WMS, State.DONE)
        else:
            after = noted(change, System.WMS, State.WANTED, CLERK if "flagged" in shown else "not_shown_yet")
        if after != change:
            world.orders.commit(Change(now_order, now_order, world.clock(), records=(after,)))

    retried_when_stale(once)
    return {"done": "read_back"}
