"""A member pressed a button of a card: the decision is made as in the queue, by nobody else and only once (R26)."""

from collections.abc import Callable
from dataclasses import dataclass

from orderhub.domain.alert import answered, pressed
from orderhub.domain.errors import Rejected
from orderhub.ports.alerts import AlertStore, Directory, Press
from orderhub.ports.orders import OrderStore
from orderhub.ports.world import Clock, Executions
from orderhub.services.alert_words import made_words, refused_words
from orderhub.services.alerts import decision_of
from orderhub.services.decide import decide_and_wake


@dataclass(frozen=True, slots=True)
class Desk:
    """What pressing works with. ``tell`` asks for this decision's cards to be looked at."""

    orders: OrderStore
    executions: Executions
    alerts: AlertStore
    directory: Callable[[], Directory]
    tell: Callable[[str], None]
    clock: Clock


def press_button(press: Press, desk: Desk) -> str:
    """Returns what became of it, for the log.

    A press counts when the card was sent to this member, the member still belongs to the role that owns the decision
    (or to the one it is escalated to), and the card was not pressed before: the same callback again decides nothing,
    also after the decision was taken back. A cut between deciding and noting the press is repeated, and finds the
    decision made. Raises Stale when the order moves too fast: the message comes again.
    """
    decision = decision_of(press.decision_id, desk.orders)
    shown = desk.alerts.of_decision(press.decision_id)
    card = next((a for a in shown if (a.recipient, a.task_id) == (press.user_id, press.task_id)), None)
    if decision is None or card is None:
        return "refused:no_such_card"
    if card.pressed_at:
        return "repeated"
    words, outcome = "", "made"
    if not desk.directory().may_decide(press.user_id, decision.kind.owner):
        words, outcome = refused_words("not_a_member"), "refused:not_a_member"
    elif press.option not in {option.code for option in decision.kind.commands}:
        words, outcome = refused_words("no_such_option"), "refused:no_such_option"
    else:
        try:
            decide_and_wake(
                press.decision_id,
                press.option,
                f"wecom:{press.user_id}",
                "",
                desk.orders,
                desk.executions,
                desk.clock(),
            )
        except Rejected as refusal:
            made = decision_of(press.decision_id, desk.orders)
            is_made = refusal.code == "already_made" and made is not None
            words = made_words(made) if made is not None and is_made else refused_words(refusal.code)
            outcome = f"refused:{refusal.code}"
    now = desk.clock()
    desk.alerts.change(card, lambda each: pressed(each, now, press.response_code), now)
    if words:
        desk.alerts.change(card, lambda each: answered(each, words, now), now)
    desk.tell(press.decision_id)
    return outcome
