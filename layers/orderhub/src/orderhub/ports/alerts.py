"""Alerts as the services see them: who is told, what is kept about it, and the partner that carries it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orderhub.domain.alert import Alert


@dataclass(frozen=True, slots=True)
class Button:
    """One option of a decision on a card. ``key`` comes back when it is pressed."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class AlertCard:
    """What one person is shown about one decision: ids, words of the registry and evidence without personal data."""

    task_id: str
    title: str
    order_id: str
    sentence: str
    evidence: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]
    buttons: tuple[Button, ...]
    link: str


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One decision in a message that merges several."""

    title: str
    order_id: str
    link: str


@dataclass(frozen=True, slots=True)
class Press:
    """A member pressed a button of a card. ``option`` and ``decision_id`` are what the button's key says."""

    user_id: str
    task_id: str
    option: str
    decision_id: str
    response_code: str


class AlertPartner(Protocol):
    """Every call may raise PartnerUnavailable (it waits) and PartnerRejected (this receiver cannot be reached so)."""

    def send_card(self, user_id: str, card: AlertCard) -> str:
        """Show the card. Returns the code that changes it once, empty when this task id was sent before."""
        ...

    def send_digest(self, user_id: str, lines: Sequence[DigestLine]) -> int:
        """One message about several decisions; returns how many, from the first, it holds (at least one)."""
        ...

    def send_to_robot(self, role: str, lines: Sequence[DigestLine]) -> int:
        """The same to the group robot of a role."""
        ...

    def close_card(self, user_id: str, response_code: str, words: str) -> None:
        """Replace the card's buttons by what was decided. A code used up or expired counts as done."""
        ...


class AlertStore(Protocol):
    def create(self, alert: Alert, now: int) -> bool:
        """False: this recipient has this alert already."""
        ...

    def change(self, alert: Alert, how: Callable[[Alert], Alert | None], now: int) -> Alert | None:
        """Read the alert, change it with ``how``, write it unless it moved meanwhile (then again).

        ``how`` answers None when there is nothing to change; then None comes back, also when the alert is gone.
        """
        ...

    def of_decision(self, decision_id: str) -> tuple[Alert, ...]:
        """Every alert about a decision, read consistently."""
        ...

    def due(self, before: int, limit: int = 200) -> tuple[Alert, ...]:
        """Alerts that something is to be done about by this instant, the longest due first."""
        ...


@dataclass(frozen=True, slots=True)
class Directory:
    """Who stands behind a role: WeCom user ids (lower case), which roles have a group robot, who is told next."""

    members: Mapping[str, tuple[str, ...]]
    robots: frozenset[str] = frozenset()
    seconds: Mapping[str, str] | None = None

    def recipients(self, role: str, level: int) -> tuple[str, ...]:
        """Members of the role, and its robot; from level 1 on also those of the role that is told second."""
        roles = [role]
        second = (self.seconds or {}).get(role, "")
        if second and (level or not self.members.get(role)):
            roles.append(second)
        found = [user for each in roles for user in self.members.get(each, ())]
        found += [f"{Alert.ROBOT}{each}" for each in roles if each in self.robots]
        return tuple(dict.fromkeys(found))

    def may_decide(self, user_id: str, role: str) -> bool:
        """Whether the user belongs to the role that owns a decision, or to the one it is escalated to."""
        second = (self.seconds or {}).get(role, "")
        return user_id in self.members.get(role, ()) or user_id in self.members.get(second, ())


class WecomPartner(AlertPartner, Protocol):
    """WeCom carries alerts and knows its members."""

    def who_is(self, code: str) -> str:
        """The user id (lower case) behind a sign-in's code, empty for somebody outside the corp.

        Raises PartnerRejected for a code that is used, old or invented.
        """
        ...
