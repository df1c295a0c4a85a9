"""An alert (提醒): one person told of one decision. A pointer; the decision itself stays in the queue (R26).

    pending ──sent──► sent ──nobody decided in time──► escalated
       │               │                                  │
       └───────────────┴──────── decided ─────────────────┴──► acknowledged

``due_at`` is the instant at which something is next to be done about it, 0 for never: pending, to be sent;
sent, to be escalated; acknowledged, its card to be closed.
"""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

ESCALATE_AFTER_MS = 15 * 60_000
LEASE_MS = 30_000  # longer than a call and its renewal of the token
LAST_LEVEL = 3


class AlertState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Alert:
    """``recipient`` is a WeCom user id in lower case, or ``robot:<role>``; ``level`` counts escalations, from 0."""

    ROBOT: ClassVar[str] = "robot:"

    decision_id: str
    order_id: str
    decision_class: str
    role: str
    recipient: str
    level: int
    raised_at: int
    due_at: int
    state: AlertState = AlertState.PENDING
    leased_until: int = 0
    sent_at: int = 0
    response_code: str = ""
    problem: str = ""
    pressed_at: int = 0
    words: str = ""  # what the card is to say when it is closed
    revision: int = 0

    @property
    def is_robot(self) -> bool:
        return self.recipient.startswith(self.ROBOT)

    @property
    def task_id(self) -> str:
        """Names the card at WeCom, the same at every attempt: letters and digits, 41 characters."""
        text = f"{self.decision_id}|{self.recipient}|{self.level}"
        return "a" + hashlib.sha256(text.encode()).hexdigest()[:40]


def leased(alert: Alert, now: int) -> Alert | None:
    """The alert taken by somebody who is about to send it; None when it is not to be sent, or another is at it."""
    if alert.state is not AlertState.PENDING or alert.leased_until > now:
        return None
    return replace(alert, leased_until=now + LEASE_MS)


def given_back(alert: Alert) -> Alert | None:
    """It could not be sent now: whoever comes next may try at once."""
    return replace(alert, leased_until=0) if alert.state is AlertState.PENDING else None


def sent(alert: Alert, now: int, response_code: str = "", problem: str = "") -> Alert:
    """It was sent. If somebody has decided meanwhile, its card is to be closed at once.

    With a ``problem`` this recipient cannot be reached: the next level is due now. A group that was told is not
    escalated by itself: its members are.
    """
    known = replace(
        alert, sent_at=now, leased_until=0, response_code=response_code or alert.response_code, problem=problem
    )
    if alert.state is AlertState.ACKNOWLEDGED:
        return replace(known, due_at=now if known.response_code else 0)
    known = replace(known, state=AlertState.SENT)
    if alert.level >= LAST_LEVEL or (alert.is_robot and not problem):
        return replace(known, due_at=0)
    return replace(known, due_at=now if problem else now + ESCALATE_AFTER_MS)


def escalated(alert: Alert) -> Alert | None:
    """Nobody decided in time; the next level has been told."""
    return replace(alert, state=AlertState.ESCALATED, due_at=0) if alert.state is AlertState.SENT else None


def postponed(alert: Alert, until: int) -> Alert | None:
    """Somebody looked and put the decision off until then (ms UTC): it is not escalated before."""
    return replace(alert, due_at=until) if alert.state is AlertState.SENT else None


def acknowledged(alert: Alert, words: str, now: int) -> Alert | None:
    """The decision was made; a card that can still be changed is to say so."""
    if alert.state is AlertState.ACKNOWLEDGED:
        return None
    due_at = now if alert.response_code else 0
    return replace(alert, state=AlertState.ACKNOWLEDGED, words=words, due_at=due_at, leased_until=0)


def pressed(alert: Alert, now: int, response_code: str) -> Alert | None:
    """A button of its card was pressed, which counts once. The press brings a fresh code to change the card with."""
    if alert.pressed_at:
        return None
    return replace(alert, pressed_at=now, response_code=response_code or alert.response_code)


def answered(alert: Alert, words: str, now: int) -> Alert:
    """A press that decided nothing: the card is to say why."""
    return replace(alert, words=words, due_at=now if alert.response_code else alert.due_at)


def closed(alert: Alert, now: int, problem: str = "") -> Alert:
    """The card has been closed, or cannot be. An open decision may still have to be escalated."""
    is_open = alert.state is AlertState.SENT and alert.level < LAST_LEVEL
    due_at = max(now, alert.sent_at + ESCALATE_AFTER_MS) if is_open else 0
    if alert.state is AlertState.PENDING:
        due_at = now  # pressed before its sending was written down: that is still to be done
    return replace(alert, response_code="", words="", due_at=due_at, problem=problem or alert.problem)
