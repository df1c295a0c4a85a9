"""Save a version of the brand's rules, switch it on, roll it back; every change is a fact with who, when and why (R20).

A version is never changed once saved. One version of a kind is live; switching names the version it replaces, so of
two people switching at once the second is told who was first. Version 0 is the shipped default: switching to it
switches the brand's own rules off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.rulepack import LiveMark, Pack, PackStatus, RuleKind
from orderhub.ports.rules import PackChange, PackStore
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack
from orderhub.rules.problems import Problem
from orderhub.services.tasks import retried_when_stale


class PackRefused(Rejected):
    """A pack that cannot be kept; ``problems`` says row by row why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        where = "".join(f" · {part}" for part in (first.table, first.row_id, first.column) if part)
        super().__init__("bad_pack", f"{len(problems)} problems; the first: {first.en}{where}")
        self.problems = tuple(problems)


def save_draft(
    kind: RuleKind, graph: Mapping[str, Any], owner: str, note: str, by: str, store: PackStore, now: int,
    based_on: int | None = None,
) -> Pack:  # fmt: skip
    """The next version of this kind, as a draft. ``based_on``: the live version it was written from, if that is known.

    Raises PackRefused when any row is wrong: nothing is kept in half.
    """
    refuse_broken(kind, graph)

    def once() -> Pack:
        shelf = store.shelf(kind)
        pack = Pack(kind, shelf.last_version + 1, graph, PackStatus.DRAFT, owner, note, by, now, based_on=based_on)
        store.commit(PackChange(shelf, pack, _fact(pack, None, now), now, is_new=True))
        return pack

    return retried_when_stale(once)


def mark_tested(kind: RuleKind, version: int, found: Mapping[str, Any], by: str, store: PackStore, now: int) -> Pack:
    """Keep what a back-test of a draft found. A version that has been live keeps what was known when it went live.

    Raises Rejected (``no_such_version``).
    """

    def once() -> Pack:
        shelf = store.shelf(kind)
        pack = version_of(kind, version, store)
        if pack.status not in (PackStatus.DRAFT, PackStatus.TESTED):
            return pack
        pack = replace(pack, status=PackStatus.TESTED, tested=found, changed_by=by, changed_at=now)
        store.commit(PackChange(shelf, pack, _fact(pack, None, now), now))
        return pack

    return retried_when_stale(once)


def switch_on(kind: RuleKind, version: int, replaces: int, reason: str, by: str, store: PackStore, now: int) -> Pack:
    """This version judges from now on, instead of ``replaces``. Older versions, and 0, come back as they were.

    Raises Rejected: ``no_such_version``, ``already_live``, ``switched_meanwhile`` (names who was first),
    ``untested`` (a version without a back-test needs a written reason), ``outdated`` (so does a draft that was written
    from another version than the one it replaces: what came between would go); PackRefused when it no longer fits the
    schema.
    """

    def once() -> Pack:
        shelf = store.shelf(kind)
        live = shelf.live or LiveMark(0)
        if live.version != replaces:
            raise Rejected("switched_meanwhile", _first(live), {"live": live.version, "by": live.switched_by})
        if live.version == version:
            raise Rejected("already_live", f"{kind.value} v{version} is live already")
        pack = version_of(kind, version, store)
        refuse_broken(kind, pack.graph)
        if not pack.tested and not reason:
            raise Rejected(
                "untested", f"{pack.name} was not back-tested: write down why it is switched on all the same"
            )
        if is_outdated(pack, live.version) and not reason:
            raise Rejected(
                "outdated",
                f"{pack.name} was written from v{pack.based_on}, and v{live.version} is live now: what changed between "
                "would be undone; write it anew, or write down why it is switched on all the same",
                {"based_on": pack.based_on or 0, "live": live.version},
            )
        pack = replace(pack, status=PackStatus.LIVE, reason=reason, changed_by=by, changed_at=now)
        mark = LiveMark(version, by, now, reason)
        fact = _fact(pack, live.version, now)
        store.commit(PackChange(shelf, pack, fact, now, retires=live.version, live=mark))
        return pack

    return retried_when_stale(once)


def is_outdated(pack: Pack, live: int) -> bool:
    """Whether a draft lacks what changed since it was begun. An older version that comes back is meant to."""
    is_draft = pack.status in (PackStatus.DRAFT, PackStatus.TESTED)
    return is_draft and pack.based_on is not None and pack.based_on != live


def version_of(kind: RuleKind, version: int, store: PackStore) -> Pack:
    """A saved version, or the shipped one (0). Raises Rejected (``no_such_version``)."""
    try:
        pack = store.load(kind, version) if version else default_pack(kind)
    except FileNotFoundError:
        pack = None
    if pack is None:
        raise Rejected("no_such_version", f"{kind.value} v{version}")
    return pack


def refuse_broken(kind: RuleKind, graph: Mapping[str, Any]) -> None:
    """Raises PackRefused when the graph is no good pack of this kind."""
    problems = check(kind, graph)
    if problems:
        raise PackRefused(problems)


def _first(live: LiveMark) -> str:
    who = f"{live.switched_by} switched it on" if live.switched_by else "nothing was switched on"
    return f"v{live.version} is live: {who}; look again and decide again"


def _fact(pack: Pack, replaces: int | None, now: int) -> Fact:
    data: dict[str, str | int | bool] = {
        "kind": pack.kind.value,
        "version": pack.version,
        "status": pack.status.value,
        "by": pack.changed_by,
        "reason": pack.reason,
    }
    if replaces is not None:
        data["replaces"] = replaces
    return Fact(FactType.RULE_PACK_CHANGED, data, now)
