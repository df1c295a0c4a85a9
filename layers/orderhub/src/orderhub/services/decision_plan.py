"""What a choice would do, found out without doing it: for deciding, and for looking before many are decided."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.decision_options import OPTIONS, Choice, Option, read_parameters
from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType, FactValue
from orderhub.domain.journey import is_about_ending, wants_to_end
from orderhub.domain.order import Milestone, Order
from orderhub.domain.order_content import changed
from orderhub.domain.parcel import newly_shipped, parcel_of
from orderhub.ports.orders import Record
from orderhub.services.number_search import Begun, begin, corrected, shipped_fact
from orderhub.services.option_effects import Desk, apply_option, deferred_until, first_of
from orderhub.services.park import without_personal_data

_SHOWN_ZONE = timedelta(hours=8)  # people read times in Asia/Shanghai (R5)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for, as it came."""

    decision_id: str
    option: str
    made_by: str
    note: str = ""
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The card before and after, the order before and after (None: the card belongs to none), and what is told.

    ``first`` is to be done before the commit, to other orders; it may be done twice.
    """

    decision: Decision
    decided: Decision
    order: Order | None = None
    after: Order | None = None
    facts: tuple[Fact, ...] = ()
    records: tuple[Record, ...] = ()
    first: Callable[[], object] | None = None
    asked: tuple[Decision, ...] = ()
    made: tuple[Decision, ...] = ()

    @property
    def is_done(self) -> bool:
        """This very request was carried out before."""
        return self.decided is self.decision


def plan(order_id: str, asked: Asked, desk: Desk, now: int) -> Plan:
    """What carrying out this request does. Raises Rejected as ``decide`` says."""
    order = desk.orders.load(order_id)  # before the card: who was quicker is told of, not what it did to the order
    decision = desk.orders.decision(order_id, asked.decision_id)
    if decision is None:
        raise Rejected("no_such_decision", asked.decision_id)
    if asked.request_id and decision.request_id == asked.request_id:
        return Plan(decision, decision)
    if decision.status is DecisionStatus.MADE:
        raise already_made(decision)
    if asked.option not in decision.kind.options:
        raise Rejected("no_such_option", f"{asked.option}; allowed: {', '.join(decision.kind.options)}")
    option = OPTIONS[asked.option]
    choice = Choice(asked.option, asked.made_by, now, asked.note, read_parameters(option, asked.parameters))
    if order is not None:
        _must_still_matter(order, decision, asked.option, now)
    if not option.closes:
        return _deferred(decision, choice, order, asked, desk)
    made = replace(
        decision,
        status=DecisionStatus.MADE,
        option=asked.option,
        made_by=asked.made_by,
        made_at=now,
        note=asked.note,
        parameters=_kept(choice),
        request_id=asked.request_id,
    )
    told = Fact(FactType.DECISION_MADE, _data(made, option=asked.option, made_by=asked.made_by), now)
    if order is None:
        return Plan(decision, _undoable(made, option, {}), facts=(told,))
    holds = {key: value for key, value in order.holds.items() if key != decision.decision_id}
    outcome = apply_option(replace(order, holds=holds), decision, choice, desk)
    after = outcome.order
    facts = [told, *outcome.facts]
    if after.has(Milestone.CANCELLED) and not order.has(Milestone.CANCELLED):
        facts.append(Fact(FactType.ORDER_CANCELLED, {"reason": after.close_reason}, now))
    left = newly_shipped(order, after)
    named = [number for number in left if parcel_of(after, number).waybill_number]
    facts += [shipped_fact(after, number, now) for number in named]
    begun = begin(after, desk.orders, "person", now, now) if left else Begun()
    mended = corrected(order, after, now)
    facts += [*begun.facts, *mended.facts]
    if all(fact.type is not FactType.ORDER_CHANGED for fact in facts):
        facts += changed(order, mended.order, now)
    records = (*outcome.records, *begun.searches, *mended.records)
    if (
        not records and set(after.at) <= set(order.at) and after.parcels == order.parcels
    ):  # a milestone cannot be taken back
        made = _undoable(made, option, changes_of(order, after))
    return Plan(decision, made, order, mended.order, tuple(facts), records, outcome.first, outcome.asked, outcome.made)


def already_made(decision: Decision) -> Rejected:
    """What the second of two is told: who chose what, and when."""
    when = datetime.fromtimestamp(decision.made_at / 1000, UTC) + _SHOWN_ZONE
    return Rejected(
        "already_made",
        f"{decision.made_by} chose {decision.option} at {when:%Y-%m-%d %H:%M:%S}",
        {
            "decision_id": decision.decision_id,
            "option": decision.option,
            "made_by": decision.made_by,
            "made_at": decision.made_at,
        },
    )


def changes_of(before: Order, after: Order) -> dict[str, Any]:
    """What a decision changed in what is wanted of its order, so that it can be taken back exactly."""
    changes: dict[str, Any] = {"milestones": sorted(after.at), "content_version": after.content_version}
    if added := [code for code in after.overrides if code not in before.overrides]:
        changes["overrides"] = added
    if dict(after.substitutions) != dict(before.substitutions):
        changes["substitutions"] = dict(before.substitutions)
    if after.correction != before.correction:
        changes["correction"] = asdict(before.correction) if before.correction else {}
    return changes


def _undoable(made: Decision, option: Option, changes: Mapping[str, Any]) -> Decision:
    until = made.made_at + made.kind.undo_ms
    return replace(made, undo_until=until, undo=changes) if option.is_undoable else made


def _must_still_matter(order: Order, decision: Decision, option: str, now: int) -> None:
    """What went over the card meanwhile is said, not ignored."""
    money_waits = option == "retry" and "refund_fen" in decision.evidence  # a refund is owed after the end too
    if order.is_finished and option not in ("dismiss", "continue") and not money_waits:
        raise Rejected("order_ended", f"{order.order_id} has ended")
    if order.is_finished or not decision.kind.blocks or not wants_to_end(order, now):
        return
    if is_about_ending(decision.decision_id, decision.decision_class.value):
        return
    if order.has(Milestone.CANCELLED):
        evidence: dict[str, str | int] = {
            "reason": order.close_reason,
            "cancelled_at": order.when(Milestone.CANCELLED) or 0,
        }
        raise Rejected("order_cancelled", f"{order.order_id} was cancelled meanwhile: {order.close_reason}", evidence)
    raise Rejected("order_unpaid", f"{order.order_id} was not paid in time and is being ended")


def _deferred(decision: Decision, choice: Choice, order: Order | None, asked: Asked, desk: Desk) -> Plan:
    until = deferred_until(decision, choice)
    moved = replace(
        decision,
        due_at=until,
        deferred_until=until,
        expired_at=0,
        note=asked.note or decision.note,
        parameters=_kept(choice),
        request_id=asked.request_id,
    )
    data = _data(moved, option=choice.option, made_by=choice.made_by, until=until)
    told = (Fact(FactType.DECISION_DEFERRED, data, choice.now),)
    return Plan(decision, moved, order, order, told, first=first_of(order, decision, choice, desk))


def _kept(choice: Choice) -> dict[str, str | int | bool]:
    """Free text is kept without phones and addresses that somebody wrote into it."""
    return {
        name: without_personal_data(value) if isinstance(value, str) else value for name, value in choice.kept.items()
    }


def _data(decision: Decision, **more: FactValue) -> dict[str, FactValue]:
    return {"decision_id": decision.decision_id, "class": decision.decision_class.value, **more}
