"""Settle a completed order (财务结算): split to the fen, booked in the ledger once (R17, R50)."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Interrupted, PartnerRejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import Settlement, Verdict
from orderhub.domain.rulepack import RuleKind
from orderhub.domain.settlement import EntryKind, SettlementSplit, split_settlement
from orderhub.ports.orders import Change, EffectStore, OrderStore
from orderhub.ports.partners import LedgerPartner
from orderhub.ports.rules import RuleBook
from orderhub.ports.world import Clock
from orderhub.services.bear import name_bearers
from orderhub.services.dispatch import hold_refused
from orderhub.services.effects import Attempt, Outcome, perform, spec_for
from orderhub.services.tasks import TaskCommand, TaskResult, expect, load_for, proceed, retried_when_stale

VERB = "post_receivable"
_SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Books:
    """What settling works with. ``platform_fee_per_mille`` is the shop's fee rate (6 = 0.6 %)."""

    orders: OrderStore
    effects: EffectStore
    partner: LedgerPartner
    clock: Clock
    platform_fee_per_mille: int
    rules: RuleBook


def settle(command: TaskCommand, world: Books) -> TaskResult:
    """The order's money is split, booked as one audited receivable, and kept with the order; rules name the bearers.

    Refused by the ledger: a decision. Raises Superseded, Interrupted, Stale, PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.SETTLE, world.clock())
    pack = world.rules.live(RuleKind.SETTLEMENT_BEARER)
    split, verdict = name_bearers(order, split_of(order, world.platform_fee_per_mille), pack, world.clock())
    bill_no = order.order_id
    if split.receivable_fen:
        spec = spec_for(order, VERB, bill_no, command.epoch, split.receivable_fen)
        attempt = Attempt(lambda: _post(order, split, bill_no, world), lambda: _booked(bill_no, world.partner))
        try:
            perform(world.effects, spec, attempt, world.clock)
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.LEDGER_REJECTED, world.orders, world.clock())
            raise Interrupted(f"{order.order_id} was refused by the ledger") from refused
    return _apply(command, world, bill_no, split, verdict)


def split_of(order: Order, platform_fee_per_mille: int) -> SettlementSplit:
    """The split of what was paid and paid back until now."""
    if order.snapshot is None:
        raise ValueError(f"{order.order_id} is not known yet")
    return split_settlement(order.snapshot, sum(order.refunds.values()), platform_fee_per_mille)


def _post(order: Order, split: SettlementSplit, bill_no: str, world: Books) -> Outcome:
    """Save, submit, audit: each looks first where the bill stands, so a repeat goes on where it stopped."""
    partner = world.partner
    received_at = order.when(Milestone.RECEIVED) or world.clock()
    settled_on = datetime.fromtimestamp(received_at / 1000, _SHANGHAI).date().isoformat()
    bill = partner.find(bill_no)
    if bill is None:
        partner.save(bill_no, split, order.shop_id, settled_on)
        bill = partner.find(bill_no)
    if bill is None:
        raise PartnerRejected("kingdee", "vanished", f"{bill_no} was saved and cannot be found")
    if bill.total_fen != split.receivable_fen:
        raise PartnerRejected("kingdee", "amount", f"{bill.total_fen} booked, {split.receivable_fen} expected")
    if bill.status in ("Z", "A", "D"):
        partner.submit(bill_no)
    if bill.status != "C":
        partner.audit(bill_no)
    return {"bill_no": bill_no}


def _booked(bill_no: str, partner: LedgerPartner) -> Outcome | None:
    """Only an audited bill counts as done; a saved or submitted one is carried on by ``_post``."""
    bill = partner.find(bill_no)
    return {"bill_no": bill_no} if bill and bill.status == "C" else None


def _apply(command: TaskCommand, world: Books, bill_no: str, split: SettlementSplit, verdict: Verdict) -> TaskResult:
    def once() -> TaskResult:
        order = load_for(world.orders, command)
        now = world.clock()
        data: dict[str, str | int | bool] = {
            "bill_number": bill_no,
            "received_fen": split.receivable_fen,
            "goods_fen": split.total(EntryKind.GOODS),
            "freight_fen": split.total(EntryKind.FREIGHT),
            "discount_fen": -split.total(EntryKind.DISCOUNT),
            "platform_fee_fen": -split.total(EntryKind.PLATFORM_FEE),
        }
        after = order.reach(Milestone.SETTLED, now)
        settlement = Settlement(bill_no, split, now)
        fact = Fact(FactType.ORDER_SETTLED, data, now)
        stored = world.orders.commit(Change(order, after, now, facts=(fact,), records=(settlement, verdict)))
        return proceed(stored, Step.SETTLE, now)

    return retried_when_stale(once)
