"""Errors the business knows. Their class names are what a state machine catches (design §6).

HubError
├── Rejected             the business said no; the order needs a decision
├── Stale                the order moved on while a task worked; reload and decide again
├── Superseded           a newer epoch drives this order; this run must end
├── Interrupted          the order's next step is another one (cancelled, held, ahead); look again
├── PartnerUnavailable   no answer, or none that counts; ``unclear`` when the work may have been done
├── PartnerRejected      the partner said no and will say no again
├── HubUnavailable       a store, queue or run of the hub's own did not answer; try again
└── UnreadableMessage    a message from outside cannot be understood
"""

from collections.abc import Mapping


class HubError(Exception):
    """Base of every error the hub raises on purpose."""


class Rejected(HubError):
    """The business said no. ``code`` is a stable reason, the text is for people, ``evidence`` for machines."""

    def __init__(self, code: str, message: str = "", evidence: Mapping[str, str | int] | None = None) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.evidence = dict(evidence or {})


class Stale(HubError):
    """The order's revision moved between reading and writing."""


class Superseded(HubError):
    """Another, newer epoch drives the order."""


class Interrupted(HubError):
    """The order does not want this step now; ask again which step is next."""


class PartnerUnavailable(HubError):
    """The partner did not answer. ``unclear`` is true when it may have done the work all the same."""

    def __init__(
        self,
        partner: str,
        message: str = "",
        *,
        unclear: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{partner}: {message}" if message else partner)
        self.partner = partner
        self.unclear = unclear
        self.retry_after_seconds = retry_after_seconds


class PartnerRejected(HubError):
    """The partner refused and would refuse again. ``code`` and ``message`` are the partner's own."""

    def __init__(self, partner: str, code: str, message: str) -> None:
        super().__init__(f"{partner} {code}: {message}")
        self.partner = partner
        self.code = code
        self.message = message


class HubUnavailable(HubError):
    """A part of the hub itself (table, queue, key, run) gave no answer, or asks to come later. What the call did is
    not known; the work may be done again, for everything the hub does may."""


class UnreadableMessage(HubError):
    """A message from outside cannot be understood; it is kept whole and becomes a decision."""
