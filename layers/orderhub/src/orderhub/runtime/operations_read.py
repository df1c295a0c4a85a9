"""What the operations of the read side do: name in ``contracts.api_reading`` → a service with what it works with."""

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.contracts.api import TextFile
from orderhub.contracts.orders_csv import orders_csv
from orderhub.contracts.route import Call
from orderhub.contracts.shipping_csv import shipping_csv
from orderhub.runtime import reading, wiring
from orderhub.services import inspection, inspection_findings
from orderhub.services.find_orders import find
from orderhub.services.list_orders import ListFilter, listed, whole
from orderhub.services.shipping_list import ShippingFilter, shipping_list


def _find(call: Call) -> Mapping[str, Any]:
    return find(call.query.q, reading.rows(), wiring.digest())


def _list(call: Call) -> Mapping[str, Any]:
    return listed(ListFilter(**call.query.model_dump()), reading.rows(), wiring.now_ms())


def _orders_csv(call: Call) -> TextFile:
    wanted = ListFilter(**call.query.model_dump())
    return TextFile("orders.csv", "text/csv", orders_csv(whole(wanted, reading.rows(), wiring.now_ms())))


def _shipping_list(call: Call) -> Mapping[str, Any]:
    return shipping_list(ShippingFilter(**call.query.model_dump()), reading.rows(), wiring.now_ms())


def _shipping_csv(call: Call) -> TextFile:
    name = f"shipping-{call.query.day or call.query.state}.csv"
    return TextFile(name, "text/csv", shipping_csv(_shipping_list(call)))


def _inspection(call: Call) -> Mapping[str, Any]:
    return inspection.inspection(reading.rows(), wiring.orders(), reading.signatures(), wiring.now_ms(), call.query.day)


def _sign(call: Call) -> Mapping[str, Any]:
    wanted = call.body
    return inspection.sign(wanted.day, wanted.by, wanted.note, reading.signatures(), wiring.now_ms())


def _finding(call: Call) -> Mapping[str, Any]:
    wanted = inspection_findings.Wanted(**call.body.model_dump())
    return inspection_findings.ask(wanted, reading.rows(), wiring.orders(), reading.signatures(), wiring.now_ms())


READING: Mapping[str, Callable[[Call], Mapping[str, Any] | TextFile]] = {
    "find_orders": _find,
    "read_health": lambda call: reading.health(call.query.day),
    "read_lifecycle": lambda call: reading.lifecycle(),
    "list_filtered": _list,
    "export_orders": _orders_csv,
    "read_shipping_list": _shipping_list,
    "export_shipping_list": _shipping_csv,
    "read_inspection": _inspection,
    "sign_inspection": _sign,
    "ask_for_finding": _finding,
}
