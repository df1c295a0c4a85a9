"""The brand's rules as the services see them: which pack judges now, and the store of all versions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from orderhub.domain.facts import Fact
from orderhub.domain.records import JudgedInput
from orderhub.domain.rulepack import LiveMark, Pack, RuleKind


class BrokenPack(RuntimeError):
    """The live pack cannot judge: it is gone, or asks for what the schema no longer has. The order parks."""


class RuleBook(Protocol):
    """Which version of each kind judges now."""

    def live(self, kind: RuleKind) -> Pack:
        """The live pack; the shipped default until the brand has switched on its own.

        May lag a switch by a few seconds. Raises the client's own error when the table does not answer and nothing
        is at hand, and BrokenPack: then nothing may be judged.
        """
        ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """A kind's place in the store: ``revision`` counts its changes, ``live`` is None until the first switch."""

    revision: int = 0
    last_version: int = 0
    live: LiveMark | None = None


@dataclass(frozen=True, slots=True)
class PackChange:
    """One commit to a kind: what was seen, the pack as it becomes, and what becomes durable with it, or nothing does.

    ``is_new`` puts a version; else only its status, reason, test result and who changed it are written: what a
    version says is never changed. ``retires`` is the version that was live, ``live`` the new pointer.
    """

    seen: Shelf
    pack: Pack
    fact: Fact
    now: int
    is_new: bool = False
    retires: int = 0
    live: LiveMark | None = None


class PackStore(Protocol):
    def shelf(self, kind: RuleKind) -> Shelf:
        """Consistent read."""
        ...

    def live_mark(self, kind: RuleKind) -> LiveMark | None:
        """Only the pointer, consistently: one read."""
        ...

    def load(self, kind: RuleKind, version: int) -> Pack | None:
        """One saved version, consistently; None for version 0, which is shipped, and for what never was."""
        ...

    def versions(self, kind: RuleKind) -> tuple[Pack, ...]:
        """All saved versions without their graphs, the newest first."""
        ...

    def commit(self, change: PackChange) -> None:
        """Write the change in one transaction. Raises Stale when the kind changed since it was seen."""
        ...


class VerdictReader(Protocol):
    def judged(self, since: int, until: int) -> Iterator[JudgedInput]:
        """Every verdict made from ``since`` (in) to ``until`` (out), epoch ms, in no promised order."""
        ...
