"""Judge the orders of a phone again whose rank an order has moved that was heard of late, or closed (R22)."""

from dataclasses import replace

from orderhub.domain.order import Milestone
from orderhub.domain.phone_window import can_be_held
from orderhub.domain.rulepack import Pack
from orderhub.ports.orders import Change, OrderStore
from orderhub.services.hold import act_on
from orderhub.services.judge import judge_order
from orderhub.services.phone_window import Window


def judge_followers(window: Window, pack: Pack, orders: OrderStore, now: int) -> int:
    """Judge the orders of the phone again that were placed after this one: their rank may have moved without them.

    Those that wait for their stock, their money or their own judgement will be judged anyway. Returns how many
    changed; the facts of their cards wake their drivers. Raises Stale.
    """
    changed = 0
    for other in window.followers:
        if not other.has(Milestone.RESERVED, Milestone.PAID) or not can_be_held(other):
            continue
        verdict = judge_order(other, pack, window.standing_of(other.order_id), now)
        outcome = act_on(verdict, other, replace(window, order=other), orders, now)
        if not outcome.asked and not outcome.gone:
            continue
        orders.commit(
            Change(other, outcome.order, now, outcome.facts, (verdict,), outcome.asked, outcome.gone, wakes=True)
        )
        changed += 1
    return changed
