"""What each operation of the HTTP API does: its name in the contracts → a service with what it works with."""

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.contracts.api import TextFile
from orderhub.contracts.openapi import document
from orderhub.contracts.route import Call
from orderhub.runtime import opened, wiring
from orderhub.runtime.buyer_links import made_for
from orderhub.runtime.operations_read import READING
from orderhub.services import (
    compare_waybills,
    decide,
    decide_in_bulk,
    decision_queue,
    packing,
    show,
    show_address_changes,
    show_execution,
    show_measures,
    side_by_side,
    staff,
    undo_decision,
)
from orderhub.services.decision_plan import Asked
from orderhub.services.record_packing import record, results_from
from orderhub.services.request_address_change import Source, ask_for_change

type Operation = Callable[[Call], Mapping[str, Any] | TextFile]


def _list_decisions(call: Call) -> Mapping[str, Any]:
    return decision_queue.listed(decision_queue.Filter(**call.query.model_dump()), wiring.orders())


def _read_decision(call: Call) -> Mapping[str, Any]:
    return decision_queue.one(call.named["decision_id"], wiring.orders())


def _make_decision(call: Call) -> Mapping[str, Any]:
    wanted = call.body
    return decide.decide_and_wake(
        call.named["decision_id"], wanted.option, wanted.by, wanted.note,
        wiring.orders(), wiring.executions(), wiring.now_ms(),
        parameters=wanted.parameters, request_id=wanted.request_id, desk=wiring.desk(),
    )  # fmt: skip


def _undo_decision(call: Call) -> Mapping[str, Any]:
    return undo_decision.undo_and_wake(
        call.named["decision_id"], call.body.by, call.body.note,
        wiring.orders(), wiring.executions(), wiring.now_ms(),
    )  # fmt: skip


def _bulk(wanted: Any, request_id: str = "") -> decide_in_bulk.Bulk:
    asked = Asked("", wanted.option, wanted.by, wanted.note, wanted.parameters, request_id)
    return decide_in_bulk.Bulk(wanted.decision_ids, asked)


def _preview_decisions(call: Call) -> Mapping[str, Any]:
    return decide_in_bulk.preview(_bulk(call.body), wiring.desk(), wiring.now_ms())


def _make_decisions(call: Call) -> Mapping[str, Any]:
    wanted = _bulk(call.body, call.body.request_id)
    return decide_in_bulk.carry_out(wanted, wiring.desk(), wiring.executions(), wiring.now_ms())


def _read_order(call: Call) -> Mapping[str, Any]:
    return show.order(call.named["order_id"], wiring.orders(), wiring.now_ms())


def _compare_waybills(call: Call) -> Mapping[str, Any]:
    asked = call.query
    return compare_waybills.compared(call.named["order_id"], asked.one, asked.other, wiring.orders())


def _read_execution(call: Call) -> Mapping[str, Any]:
    return show_execution.execution_of(
        call.named["order_id"], call.query.epoch, wiring.orders(), wiring.executions()
    )  # fmt: skip


def _change_address(call: Call) -> Mapping[str, Any]:
    wanted = call.body
    return ask_for_change(
        call.named["order_id"], wanted.model_dump(exclude={"by", "request_id"}), wanted.by, wanted.request_id,
        wiring.orders(), wiring.seal(), wiring.digest(), wiring.now_ms(),
    )  # fmt: skip


def _preview_address_change(call: Call) -> Mapping[str, Any]:
    asked = {name: text for name, text in call.body.model_dump().items() if text}
    source = Source.CUSTOMER_SERVICE.value
    return opened.ask("preview_address", order_id=call.named["order_id"], asked=asked, source=source)


def _make_buyer_link(call: Call) -> Mapping[str, Any]:
    order_id, by = call.named["order_id"], call.body.by
    return made_for(order_id, by, "api", wiring.orders(), wiring.session_key(), wiring.now_ms())


def _list_address_changes(call: Call) -> Mapping[str, Any]:
    return show_address_changes.listed(call.named["order_id"], wiring.orders())


def _record_packing(call: Call) -> Mapping[str, Any]:
    return record(results_from(call.body.rows), call.body.by, wiring.orders(), wiring.now_ms())


def _save_staff(call: Call) -> Mapping[str, Any]:
    wanted = call.body
    return staff.save(
        call.named["staff_id"], wanted.name, wanted.roles, wanted.shops, wanted.is_active, wanted.by,
        wiring.staff(), wiring.now_ms(),
    )  # fmt: skip


def _measure_address_changes(call: Call) -> Mapping[str, Any]:
    return show_measures.address_changes(call.query.since, call.query.until, wiring.counted_facts())


OPERATIONS: Mapping[str, Operation] = {
    "list_decisions": _list_decisions,
    "read_decision": _read_decision,
    "make_decision": _make_decision,
    "undo_decision": _undo_decision,
    "preview_decisions": _preview_decisions,
    "make_decisions": _make_decisions,
    "list_orders": lambda call: show.unfinished(wiring.orders(), wiring.now_ms()),
    "read_order": _read_order,
    "read_systems": lambda call: side_by_side.systems_of(call.named["order_id"], wiring.orders()),
    "compare_waybills": _compare_waybills,
    "read_execution": _read_execution,
    "change_address": _change_address,
    "preview_address_change": _preview_address_change,
    "make_buyer_link": _make_buyer_link,
    "list_address_changes": _list_address_changes,
    "read_packing_wave": lambda call: packing.wave(wiring.packing_room(), order_ids=call.query.order_ids),
    "scan_for_packing": lambda call: packing.find(call.query.code, wiring.packing_room()),
    "read_packing_changes": lambda call: packing.changes(call.query.since, wiring.packing_room()),
    "record_packing": _record_packing,
    "list_staff": lambda call: staff.listed(wiring.staff()),
    "save_staff": _save_staff,
    "measure_address_changes": _measure_address_changes,
    **READING,
    "read_openapi": lambda call: document(),
}
