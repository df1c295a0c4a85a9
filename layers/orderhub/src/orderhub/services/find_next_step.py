"""Where an order goes when the usual way ends: asked by the state machine after every catch and every wake."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from orderhub.domain.decision import DecisionClass
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import PARTNERS_OF, Step, needs_decision, next_step
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import described, parcels_of
from orderhub.ports.orders import Change, OrderStore, Waiting, WaitingRoom
from orderhub.services.park import decision_for, request_decision
from orderhub.services.tasks import TaskCommand, TaskResult, due_at, load_for, retried_when_stale

LOOK_AGAIN: frozenset[str] = frozenset(
    {
        "",
        "Interrupted",
        "Stale",
        "States.Timeout",
        "DynamoDb.ConditionalCheckFailedException",
        "DynamoDb.TransactionConflictException",
    }
)
"""Errors that only mean: look again where the order is."""

OUT_OF_TIME: frozenset[str] = frozenset({"Sandbox.Timedout", "Lambda.Unknown"})
"""A function that was stopped at its time limit. While it works with a partner that is an unclear outcome like any
other: the effect is looked up before it is tried again."""

PARTNER_RETRY_MS = 5 * 60_000

_MESSAGE = re.compile(r'"errorMessage":\s*"((?:[^"\\]|\\.)*)')

FUNCTION_OF: Mapping[Step, str] = {
    Step.WITHDRAW: "warehouse",
    Step.VOID_WAYBILL: "carrier",
    Step.CLOSE: "orders",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the state machine caught: in which step, the error's name, its cause as given (JSON text)."""

    step: str = ""
    error: str = ""
    cause: str = ""


def find_next_step(
    command: TaskCommand, trouble: Trouble, orders: OrderStore, room: WaitingRoom, now: int
) -> TaskResult:
    """The step the order wants now, after whatever went wrong has become a wait or a decision.

    PartnerUnavailable: the order waits in its partner's line. An error nobody planned for parks the order as
    a decision with its evidence. Returns ``{"next", "seq", "due_at", "function"}``. Raises Superseded, Stale.
    """

    def once() -> TaskResult:
        order = load_for(orders, command)
        order = _settle_trouble(order, trouble, orders, room, now)
        order = _ask_if_needed(order, orders, now)
        step = next_step(order, now)
        waits_for_partner = step is Step.AWAIT_RELEASE and order.waiting_for
        due = now + PARTNER_RETRY_MS if waits_for_partner else due_at(order, step, now)
        return {
            "next": step.value,
            "function": FUNCTION_OF.get(step, ""),
            "seq": order.wake_seq,
            "due_at": due,
        }

    return retried_when_stale(once)


def _settle_trouble(order: Order, trouble: Trouble, orders: OrderStore, room: WaitingRoom, now: int) -> Order:
    """Applies only while the order still wants the step that failed: older trouble is none any more."""
    if trouble.error == "States.Timeout" and trouble.step == Step.AWAIT_RELEASE.value and order.waiting_for:
        return orders.commit(Change(order, replace(order, waiting_for=""), now))
    if trouble.step in (Step.AWAIT_SHIPMENT, Step.AWAIT_DELIVERY) and trouble.error == "States.Timeout":
        return _ask_why_overdue(order, trouble, orders, now)
    if trouble.error in LOOK_AGAIN or trouble.step != next_step(order, now).value:
        return order
    if trouble.error == "PartnerUnavailable" or (trouble.error in OUT_OF_TIME and Step(trouble.step) in PARTNERS_OF):
        return _stand_in_line(order, trouble, orders, room, now)
    evidence = {"step": trouble.step, "error": trouble.error, "cause": _message_in(trouble.cause)}
    decision = decision_for(order.order_id, DecisionClass.STEP_FAILED, trouble.step, evidence, now)
    return request_decision(orders, order, decision, now)


def _message_in(cause: str) -> str:
    """The message of a Lambda error's cause (JSON, perhaps cut off), without its stack."""
    found = _MESSAGE.search(cause)
    return found[1] if found else cause[:200]


def _ask_why_overdue(order: Order, trouble: Trouble, orders: OrderStore, now: int) -> Order:
    if next_step(order, now).value != trouble.step:
        return order
    evidence = {"step": trouble.step, "since": str(max(order.at.values(), default=now))}
    decision = decision_for(order.order_id, DecisionClass.OVERDUE, trouble.step, evidence, now)
    known = orders.decision(order.order_id, decision.decision_id)
    return order if known else request_decision(orders, order, decision, now)


def _stand_in_line(order: Order, trouble: Trouble, orders: OrderStore, room: WaitingRoom, now: int) -> Order:
    """In line first, then the order: a crash between leaves a line entry that wakes an order needlessly."""
    step = Step(trouble.step)
    partner = _who_did_not_answer(order, step, trouble)
    placed_at = order.snapshot.placed_at if order.snapshot else now
    room.enter(Waiting(partner, order.order_id, placed_at, step.value, "", 0))
    data: dict[str, str | int | bool] = {
        "partner": partner,
        "step": step.value,
        "retry_at": now + PARTNER_RETRY_MS,
    }
    fact = Fact(FactType.PARTNER_DEGRADED, data, now)
    return orders.commit(Change(order, replace(order, waiting_for=partner), now, facts=(fact,)))


def _who_did_not_answer(order: Order, step: Step, trouble: Trouble) -> str:
    """The step's partner that the error names (``PartnerUnavailable`` begins with it), else the one it is about: of the
    carriers, the one that the order wants. Raises ValueError for a step that no partner works on."""
    partners = PARTNERS_OF.get(step, ())
    if not partners:
        raise ValueError(f"no partner works on {step.value}")
    named = _message_in(trouble.cause).partition(":")[0]
    about = order.carrier_wish
    return next((name for name in (named, about) if name in partners), partners[0])


def _ask_if_needed(order: Order, orders: OrderStore, now: int) -> Order:
    code = needs_decision(order)
    if code is None or code in order.holds.values():
        return order
    left = [p.waybill_number for p in parcels_of(order) if p.has(Milestone.SHIPPED)]
    evidence = {"reason": order.close_reason, "waybill": ",".join(left)}
    if order.parcels:
        evidence["parcels"] = described(order)
    decision = decision_for(order.order_id, DecisionClass(code), "shop", evidence, now)
    return request_decision(orders, order, decision, now)
