"""What every carrier's simulator does beside its API: people hand it parcels, its courier is driven, the shop hears."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import httpx
from starlette.routing import BaseRoute

from local.partners.chassis.control import ControlError, control
from local.partners.chassis.simulator import Simulator
from local.partners.chassis.store import Doc

CANCELLED = "cancelled"
_AGAIN_MS = 5_000


class Courier(Protocol):
    """Who carries the parcels: both answer the order as it is afterwards, with its `state`."""

    def hand_over(self, number: str, /) -> Doc: ...

    def drive(self, number: str, does: str, /) -> Doc: ...


class Carrier(Simulator):
    """A carrier. Its `defaults` have `shop_url`; `courier` is there once it is made; `order_key` names its orders."""

    order_key: ClassVar[str]

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self._http = httpx.Client(timeout=5.0, trust_env=False)
        self.jobs.outside("tell_shop", self._tell_shop)

    @property
    @abstractmethod
    def courier(self) -> Courier: ...

    def control_routes(self) -> list[BaseRoute]:
        return [control("/_sim/handover", self._hand_over), control("/_sim/courier", self._drive)]

    def delivered(self, number: str) -> None:
        """The buyer has this parcel: the shop is told until it answers."""
        self.jobs.schedule("tell_shop", {"waybill_no": number})

    def setting(self, name: str) -> Any:
        """One of its settings as it is now."""
        return self.config[name]

    def _hand_over(self, body: Any) -> Any:
        """{waybill_no}: the courier takes a parcel; 404 never issued, 409 cancelled."""
        with self.store.tx():
            order = self.courier.hand_over(str(body["waybill_no"]))
        if order["state"] == CANCELLED:
            raise ControlError(f"{body['waybill_no']} is cancelled: the courier leaves the parcel", 409)
        return self._shown(order)

    def _drive(self, body: Any) -> Any:
        """{waybill_no, does}: the courier does it now."""
        with self.store.tx():
            order = self.courier.drive(str(body["waybill_no"]), str(body["does"]))
        return self._shown(order)

    def _shown(self, order: Doc) -> dict[str, Any]:
        return {self.order_key: order[self.order_key], "state": order["state"]}

    def _tell_shop(self, job: Doc) -> None:
        url = self.config["shop_url"]
        if not url:
            return
        try:
            again = self._http.post(f"{url}/_sim/delivered", json=job).is_server_error
        except httpx.HTTPError:
            again = True
        if again:
            self.jobs.schedule("tell_shop", job, after_ms=_AGAIN_MS)
