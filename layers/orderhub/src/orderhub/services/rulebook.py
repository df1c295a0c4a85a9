"""Which pack of each kind judges now: the brand's own when one is live, else the one that ships with the hub."""

from dataclasses import dataclass, field

from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.ports.rules import BrokenPack, PackStore
from orderhub.ports.world import Clock
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack

FRESH_MS = 5_000


class ShippedRules:
    """A rule book (``ports.rules.RuleBook``) that holds the shipped defaults only."""

    def live(self, kind: RuleKind) -> Pack:
        """Version 0 of the kind."""
        return default_pack(kind)


@dataclass(frozen=True, slots=True)
class LiveRules:
    """The rule book over the store. What it has read serves for at most 5 s, so a switch is followed that soon.

    A version is checked against today's schema when it is read: one that asks for a field which is gone would
    silently match nobody, so it raises BrokenPack and the order parks.
    """

    store: PackStore
    clock: Clock
    _held: dict[RuleKind, tuple[int, Pack]] = field(default_factory=dict)

    def live(self, kind: RuleKind) -> Pack:
        """The live pack. Raises the store's error when it does not answer, and BrokenPack."""
        read_at, pack = self._held.get(kind, (0, None))
        now = self.clock()
        if pack and 0 <= now - read_at < FRESH_MS:
            return pack
        mark = self.store.live_mark(kind)
        version = mark.version if mark else 0
        if pack is None or pack.version != version:
            pack = default_pack(kind) if version == 0 else self._read(kind, version)
        self._held[kind] = (now, pack)
        return pack

    def _read(self, kind: RuleKind, version: int) -> Pack:
        pack = self.store.load(kind, version)
        if pack is None:
            raise BrokenPack(f"{kind.value} v{version} is live and cannot be found")
        problems = check(kind, pack.graph)
        if problems:
            first = problems[0]
            raise BrokenPack(f"{pack.name} cannot judge: {first.code} in row {first.row_id or '-'} {first.column}")
        return pack
