"""The carriers this deployment has contracts with, and what their use cases work with."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orderhub.ports.partners import CarrierPartner
from orderhub.runtime.clients import now_ms
from orderhub.runtime.settings import optional
from orderhub.runtime.stores import effects, orders, seal


class MadeWhenAsked(Mapping[str, CarrierPartner]):
    """Carrier → its client, made when it is asked for: who sends by SF alone pays nothing for EMS's cipher, and a
    secret that is not filled keeps nobody else's orders."""

    def __init__(self, makers: Mapping[str, Callable[[], CarrierPartner]]) -> None:
        self._makers = makers

    def __getitem__(self, carrier: str) -> CarrierPartner:
        return self._makers[carrier]()

    def __contains__(self, carrier: object) -> bool:
        return carrier in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def carriers() -> tuple[str, ...]:
    """The carriers that the hub has a contract with; the usual one is always among them."""
    from orderhub.domain.waybill_content import DEFAULT_CARRIER

    named = (each.strip() for each in optional("CARRIERS", "").split(","))
    return tuple(dict.fromkeys([DEFAULT_CARRIER, *filter(None, named)]))


def carriage() -> Any:
    """The usual carrier's client is made at once: most parcels go by it."""
    from orderhub.runtime import partners
    from orderhub.services.waybill import Carriage

    usual, *others = carriers()
    client = getattr(partners, usual)()
    makers = {usual: lambda: client} | {carrier: getattr(partners, carrier) for carrier in others}
    return Carriage(orders(), effects(), MadeWhenAsked(makers), seal(), now_ms)
