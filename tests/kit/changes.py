"""The functions behind the state machine change_address, over one world's stores and clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.services.address_change_run import ChangeCommand
from orderhub.services.follow_address_change import follow_address_change
from orderhub.services.intercept_parcel import intercept_parcel
from orderhub.services.judge_address_change import Judging, judge_address_change
from orderhub.services.read_back_address import read_back_address
from orderhub.services.tell_shop_address import ShopCounter, tell_shop_address

if TYPE_CHECKING:
    from tests.kit.world import World

DIGEST = KeyedDigest(lambda: "key-of-the-tests")


def change_functions(hub: World) -> dict[str, Callable[[Mapping[str, Any]], Any]]:
    """Function name → its tasks, as ``machine.Player`` calls them."""
    seal = hub.clients.kms
    counter = ShopCounter(hub.orders, hub.effects, hub.clients.youzan, seal, hub.clock, is_on=True)

    def orders(event: Mapping[str, Any]) -> Any:
        return follow_address_change(_command(event), event["done"], event["error"], hub.orders, hub.rules, hub.clock())

    def carrier(event: Mapping[str, Any]) -> Any:
        judging = Judging(hub.orders, hub.rules, seal, DIGEST, hub.executions, hub.clock, tuple(hub.carriage.partners))
        if event["task"] == "intercept":
            return intercept_parcel(_command(event), hub.carriage)
        return {"judge": judge_address_change}[event["task"]](_command(event), judging)

    return {
        "orders": orders,
        "carrier": carrier,
        "warehouse": lambda event: read_back_address(_command(event), hub.warehouse),
        "shop": lambda event: tell_shop_address(_command(event), counter),
    }


def _command(event: Mapping[str, Any]) -> ChangeCommand:
    return ChangeCommand(event["order_id"], event["change"], event["epoch"])
