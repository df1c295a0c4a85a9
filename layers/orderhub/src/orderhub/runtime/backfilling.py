"""Backfilling of waybill numbers, wired: who is asked by which function, with its secrets alone."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.clients import now_ms, secret
from orderhub.runtime.settings import optional
from orderhub.runtime.stores import effects, executions, orders, seal


def _backfill(turn: str, ask: Callable[[Any, Any], Any]) -> Mapping[str, int]:
    from orderhub.domain.backfill import Source
    from orderhub.services.backfill import Backfill, backfill

    patience_ms = 1000 * int(optional("NUMBER_PATIENCE_SECONDS", "120"))
    return backfill(Source(turn), ask, Backfill(orders(), executions(), now_ms, patience_ms))


def ask_issuers_for_numbers() -> Mapping[str, int]:
    """Ask who sold the labels for numbers that are missing; returns counts."""
    from orderhub.runtime.partners import ems, kuaidiniao
    from orderhub.services.ask_for_number import Issuers, ask_issuers

    def broker(parcel: Any, carrier: str) -> Any:
        return kuaidiniao().create(parcel, carrier)

    def sent_again(parcel: Any, _: str) -> Any:
        return ems().create(parcel)

    carriers = wiring.carriage().partners

    def find(carrier: str, reference: str) -> Any:
        return carriers[carrier].find(reference)

    finders = {carrier: partial(find, carrier) for carrier in carriers}  # a client is made only to be asked
    issuers = Issuers(orders(), effects(), seal(), now_ms, finders, {"kuaidiniao": broker, "ems": sent_again})
    asked = _backfill("issuer", lambda order, parcel: ask_issuers(order, parcel, issuers))
    return {**asked, **_follow_found()}


def _follow_found() -> Mapping[str, int]:
    from orderhub.runtime.partners import kuaidiniao
    from orderhub.services.follow_by_broker import Following, follow_found

    def subscribe(*told: str) -> None:
        kuaidiniao().subscribe(*told)

    is_set_up = bool(secret("KUAIDINIAO_SECRET_ID").content().get("app_key"))
    return follow_found(Following(orders(), seal(), now_ms, subscribe if is_set_up else None))


def ask_warehouse_for_numbers() -> Mapping[str, int]:
    """Ask the warehouse for numbers that are missing; returns counts."""
    from orderhub.services.ask_for_number import ask_warehouse

    return _backfill("warehouse", lambda order, parcel: ask_warehouse(order, parcel, wiring.wangdiantong()))
