"""The carriers this deployment has contracts with, and what their use cases work with."""

from typing import Any

from orderhub.runtime.clients import now_ms
from orderhub.runtime.settings import optional
from orderhub.runtime.stores import effects, orders, seal


def carriers() -> tuple[str, ...]:
    """The carriers that the hub has a contract with; the usual one is always among them."""
    from orderhub.domain.waybill_content import DEFAULT_CARRIER

    named = (each.strip() for each in optional("CARRIERS", "").split(","))
    return tuple(dict.fromkeys([DEFAULT_CARRIER, *filter(None, named)]))


def carriage() -> Any:
    from orderhub.runtime import partners
    from orderhub.services.waybill import Carriage

    clients = {carrier: getattr(partners, carrier)() for carrier in carriers()}
    return Carriage(orders(), effects(), clients, seal(), now_ms)
