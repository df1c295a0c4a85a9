"""The desk where rules are written: what its API does with a kind, a version, a pack as JSON or CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.ports.orders import OrderStore
from orderhub.ports.rules import PackStore, VerdictReader
from orderhub.ports.world import Clock
from orderhub.rules.change_window import windows
from orderhub.rules.gift_sentence import Sentence
from orderhub.rules.plain_tables import read_plain, write_plain
from orderhub.rules.tables import write_csv
from orderhub.services import rule_rows, show_rules
from orderhub.services.backtest import back_test, summary
from orderhub.services.rule_packs import PackRefused, mark_tested, refuse_broken, save_draft, switch_on, version_of
from orderhub.services.rule_rows import Author, Draft, FormRefused

__all__ = ["Desk", "FormRefused", "PackRefused", "Rejected", "graph_of", "kind_of", "number_of"]

type Shown = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk works with. Kinds and versions come as the words of a path; every method may raise Rejected
    (``no_such_kind``, ``no_such_version``) and what the use case behind it raises."""

    packs: PackStore
    verdicts: VerdictReader
    orders: OrderStore
    clock: Clock

    def kinds(self) -> Shown:
        return show_rules.kinds(self.packs)

    def versions(self, kind: str) -> Shown:
        return show_rules.versions(kind_of(kind), self.packs)

    def fields(self, kind: str) -> Shown:
        return show_rules.fields(kind_of(kind))

    def version(self, kind: str, version: str) -> Shown:
        return show_rules.version(kind_of(kind), number_of(version), self.packs)

    def difference(self, kind: str, version: str, other: str) -> Shown:
        """From ``other`` to ``version``."""
        return show_rules.difference(kind_of(kind), number_of(other), number_of(version), self.packs)

    def csv(self, kind: str, version: str) -> bytes:
        """Raises Rejected (``not_plain``) for a pack of several tables."""
        data = write_csv(version_of(kind_of(kind), number_of(version), self.packs).graph)
        if data is None:
            raise Rejected("not_plain", "this pack has several tables; export it as JSON")
        return data

    def check(self, kind: str, graph: Shown | None, csv: str | None) -> Shown:
        graph_of(kind_of(kind), graph, csv)
        return {"problems": []}

    def save(
        self, kind: str, graph: Shown | None, csv: str | None, owner: str, note: str, by: str,
        based_on: int | None = None,
    ) -> Shown:  # fmt: skip
        known = kind_of(kind)
        read = graph_of(known, graph, csv)
        pack = save_draft(known, read, owner, note, by, self.packs, self.clock(), based_on)
        return show_rules.head(pack)

    def attempt(self, kind: str, graph: Shown | None, csv: str | None, since: int, until: int) -> Shown:
        """Back-test a pack that is not saved."""
        known = kind_of(kind)
        return back_test(Pack(known, 0, graph_of(known, graph, csv)), since, until, self.verdicts, self.orders)

    def test(self, kind: str, version: str, since: int, until: int, by: str) -> Shown:
        """Back-test a saved version and keep what was found with it."""
        pack = version_of(kind_of(kind), number_of(version), self.packs)
        found = back_test(pack, since, until, self.verdicts, self.orders)
        if pack.version:
            mark_tested(pack.kind, pack.version, summary(found), by, self.packs, self.clock())
        return found

    def switch(self, kind: str, version: str, replaces: int, by: str, reason: str) -> Shown:
        pack = switch_on(kind_of(kind), number_of(version), replaces, reason, by, self.packs, self.clock())
        return show_rules.head(pack)

    # --- as people edit it: what comes of a change is a new draft, answered as ``show_rules.head`` ------------------

    def overview(self) -> list[dict[str, Any]]:
        return show_rules.overview(self.packs)

    def sheet(self, kind: str, version: str) -> Shown:
        return show_rules.sheet(kind_of(kind), number_of(version), self.packs)

    def gift(self, version: str, row_id: str) -> Sentence:
        return rule_rows.read_gift(self._draft(RuleKind.GIFTS, version), row_id)

    def write_gift(self, version: str, row_id: str, form: Mapping[str, str], by: str, note: str = "") -> Shown:
        """Raises FormRefused with what is wrong by field."""
        draft = self._draft(RuleKind.GIFTS, version)
        return show_rules.head(rule_rows.change_gift(draft, row_id, form, Author(by, note, self.clock())))

    def try_gift(self, version: str, row_id: str, form: Mapping[str, str], since: int, until: int) -> Shown:
        """Back-test the pack with this sentence; nothing is kept. Raises FormRefused, ``bad_period``."""
        graph, _ = rule_rows.gift_graph(self._draft(RuleKind.GIFTS, version), row_id, form)
        return back_test(Pack(RuleKind.GIFTS, 0, graph), since, until, self.verdicts, self.orders)

    def write_row(
        self, kind: str, version: str, row_id: str, cells: Mapping[str, str], by: str, note: str = "",
        place: int | None = None, wish: str = "",
    ) -> Shown:  # fmt: skip
        """Raises FormRefused with what is wrong by column."""
        draft = self._draft(kind_of(kind), version)
        author = Author(by, note, self.clock())
        return show_rules.head(rule_rows.change_row(draft, row_id, cells, author, place, wish))

    def drop_row(self, kind: str, version: str, row_id: str, by: str, note: str = "") -> Shown:
        draft = self._draft(kind_of(kind), version)
        return show_rules.head(rule_rows.remove_row(draft, row_id, Author(by, note, self.clock())))

    def write_thresholds(self, kind: str, version: str, said: Mapping[str, str], by: str, note: str = "") -> Shown:
        """Raises FormRefused by the numbers' names."""
        draft = self._draft(kind_of(kind), version)
        return show_rules.head(rule_rows.change_thresholds(draft, said, Author(by, note, self.clock())))

    def write_window(self, version: str, shop: str, minutes: str, by: str, note: str = "") -> Shown:
        """The window for changes of address of one shop, or of all the others (``""``)."""
        draft = self._draft(RuleKind.ADDRESS_CHANGE, version)
        return show_rules.head(rule_rows.change_window(draft, shop, minutes, Author(by, note, self.clock())))

    def take_file(self, kind: str, version: str, text: str, by: str, note: str = "") -> Shown:
        """Raises PackRefused with every bad row, its line and reason."""
        draft = self._draft(kind_of(kind), version)
        return show_rules.head(rule_rows.take_file(draft, text, Author(by, note, self.clock())))

    def plain_csv(self, kind: str, version: str) -> bytes:
        """A table in the words of people. Raises Rejected (``not_plain``)."""
        known = kind_of(kind)
        data = write_plain(known, version_of(known, number_of(version), self.packs).graph)
        if data is None:
            raise Rejected("not_plain", f"{kind} v{version}")
        return data

    def windows(self, version: str) -> Mapping[str, int | None]:
        """Shop → minutes."""
        return windows(version_of(RuleKind.ADDRESS_CHANGE, number_of(version), self.packs).graph)

    def _draft(self, kind: RuleKind, version: str) -> Draft:
        return Draft(kind, number_of(version), self.packs)


def kind_of(text: str) -> RuleKind:
    """Raises Rejected (``no_such_kind``) with the kinds there are."""
    try:
        return RuleKind(text)
    except ValueError:
        raise Rejected("no_such_kind", f"{text[:40]}; there are: {', '.join(RuleKind)}") from None


def number_of(text: str) -> int:
    """Raises Rejected (``no_such_version``)."""
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Rejected("no_such_version", f"{text[:40]} is no number of a version")
    return int(text)


def graph_of(kind: RuleKind, graph: Shown | None, csv: str | None) -> Shown:
    """A good graph of this kind; a CSV in either form. Raises PackRefused with everything that is wrong."""
    if csv is not None:
        read = read_plain(kind, csv)
        if isinstance(read, tuple):
            raise PackRefused(read)
        return read
    refuse_broken(kind, graph or {})
    return graph or {}
