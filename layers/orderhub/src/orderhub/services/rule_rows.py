"""Write one row of a kind's rules and keep the result as a draft; what is wrong is told at its field (R20, R45).

Versions are never changed, so two people who edit at once each make a draft of their own and lose nothing. A draft
remembers the live version that it was written from (``Pack.based_on``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.rulepack import Pack, PackStatus, RuleKind
from orderhub.ports.rules import PackStore
from orderhub.rules import change_window as change_windows
from orderhub.rules import gift_sentence, rows, thresholds
from orderhub.rules.plain import Unclear, cell_of, plain, whole
from orderhub.rules.plain_tables import read_plain
from orderhub.rules.problems import Problem
from orderhub.rules.rows import OUT, Row, field_name, field_of
from orderhub.services.rule_packs import PackRefused, refuse_broken, save_draft, version_of

__all__ = [
    "Author",
    "Draft",
    "FormRefused",
    "change_gift",
    "change_row",
    "change_thresholds",
    "read_gift",
    "remove_row",
]


class FormRefused(Rejected):
    """A form that is unclear or makes a row that is no good; nothing is kept. ``problems``: field → what is wrong."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__("bad_form", f"{len(problems)} fields")
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, why, when (epoch ms)."""

    by: str
    note: str
    now: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being changed: a version of a kind in a store."""

    kind: RuleKind
    version: int
    store: PackStore = field(repr=False)

    @property
    def pack(self) -> Pack:
        """Raises Rejected (``no_such_version``)."""
        return version_of(self.kind, self.version, self.store)


def keep(pack: Pack, graph: Mapping[str, Any], author: Author, store: PackStore) -> Pack:
    """The graph as the next draft, written from ``pack``. Raises PackRefused."""
    is_draft = pack.status in (PackStatus.DRAFT, PackStatus.TESTED)
    base = pack.based_on if is_draft else pack.version
    return save_draft(pack.kind, graph, author.by, author.note, author.by, store, author.now, base)


def read_gift(draft: Draft, row_id: str) -> gift_sentence.Sentence:
    """A gift row as its sentence; of no row (``""``) a fresh one. Raises Rejected (``no_such_row``)."""
    if not row_id:
        return gift_sentence.Sentence(gift_sentence.FRESH, {})
    return gift_sentence.read(rows.row(draft.pack.graph, row_id).cells)


def gift_graph(draft: Draft, row_id: str, form: Mapping[str, str]) -> tuple[Mapping[str, Any], str]:
    """The pack with this sentence in its row (``""``: in a new one), checked, and the row's id; nothing is kept.

    Raises FormRefused, Rejected (``no_such_row``).
    """
    pack = draft.pack
    beyond = read_gift(draft, row_id).beyond
    cells, unclear = gift_sentence.write(form, beyond)
    if unclear:
        raise FormRefused({name: _problem(name, one) for name, one in unclear.items()})
    known = row_id or rows.new_row_id(pack.graph, form.get("code", "").strip())
    graph = rows.with_row(pack.graph, known, cells)
    names = {OUT + name: name for name in gift_sentence.SAYS} | {key: name for name, key in gift_sentence.ASKS.items()}
    names |= dict.fromkeys(gift_sentence.BASES, "least") | {gift_sentence.PLACED: "begins"}
    _refuse_at_fields(pack.kind, graph, known, names)
    return graph, known


def change_gift(draft: Draft, row_id: str, form: Mapping[str, str], author: Author) -> Pack:
    """Write a sentence to its row (``""``: a new one). Raises FormRefused, Rejected (``no_such_row``)."""
    return keep(draft.pack, gift_graph(draft, row_id, form)[0], author, draft.store)


def change_row(
    draft: Draft, row_id: str, said: Mapping[str, str], author: Author, place: int | None = None, wish: str = ""
) -> Pack:
    """Write the cells, in people's words by column key, to a row (``""``: a new one, its id as near ``wish`` as can
    be). Raises FormRefused, Rejected (``no_such_row``)."""
    pack = draft.pack
    before = rows.row(pack.graph, row_id).cells if row_id else {}
    cells, unclear = {}, {}
    for key, text in said.items():
        known = field_of(draft.kind, key)
        if known is None:
            unclear[key] = Unclear("unknown_field", key)
            continue
        try:
            is_output = key.startswith(OUT)
            old = before.get(key, "")
            kept = old and plain(old, field_name(key), known, is_output) == text.strip()
            cells[key] = old if kept else cell_of(text, field_name(key), known, is_output)
        except Unclear as problem:
            unclear[key] = problem
    if unclear:
        raise FormRefused({key: _problem(key, one) for key, one in unclear.items()})
    known_id = row_id or rows.new_row_id(pack.graph, wish)
    graph = rows.with_row(pack.graph, known_id, cells, place)
    _refuse_at_fields(pack.kind, graph, known_id, {key: key for key in cells})
    return keep(pack, graph, author, draft.store)


def remove_row(draft: Draft, row_id: str, author: Author) -> Pack:
    """Raises Rejected (``no_such_row``)."""
    pack = draft.pack
    return keep(pack, rows.without_row(pack.graph, row_id), author, draft.store)


def change_thresholds(draft: Draft, said: Mapping[str, str], author: Author) -> Pack:
    """Other numbers in the rows' conditions, by ``row|column``. Raises FormRefused."""
    pack = draft.pack
    graph, unclear = thresholds.changed(pack.kind, pack.graph, said)
    if unclear:
        raise FormRefused({name: _problem(name, one) for name, one in unclear.items()})
    return keep(pack, graph, author, draft.store)


def change_window(draft: Draft, shop: str, minutes: str, author: Author) -> Pack:
    """Another window for changes of address (``""``: none of the shop's own). Raises FormRefused, Rejected."""
    pack = draft.pack
    if draft.kind is not RuleKind.ADDRESS_CHANGE:
        raise Rejected("no_such_kind", f"{draft.kind.value} has no window")
    try:
        number = whole(minutes, "minutes") if minutes.strip() else None
        graph = change_windows.with_window(pack.graph, shop.strip(), number)
    except Unclear as problem:
        name = "shop" if problem.code == "quotes" else "minutes"
        raise FormRefused({name: _problem(name, problem)}) from None
    return keep(pack, graph, author, draft.store)


def take_file(draft: Draft, text: str, author: Author) -> Pack:
    """A pasted or uploaded table as the next draft. Raises PackRefused with every bad row: nothing is kept in half."""
    read = read_plain(draft.kind, text)
    if isinstance(read, tuple):
        raise PackRefused(read)
    return keep(draft.pack, read, author, draft.store)


def _refuse_at_fields(kind: RuleKind, graph: Mapping[str, Any], row_id: str, names: Mapping[str, str]) -> None:
    """Raises FormRefused where everything wrong is a field of this row, else PackRefused."""
    try:
        refuse_broken(kind, graph)
    except PackRefused as refused:
        mine: dict[str, Problem] = {}
        for problem in refused.problems:
            name = next((names[key] for key in (problem.column, OUT + problem.column) if key in names), "")
            if problem.row_id != row_id or not name:
                raise
            mine.setdefault(name, problem)
        raise FormRefused(mine) from None


def _problem(name: str, unclear: Unclear) -> Problem:
    return Problem(unclear.code, column=name, detail=unclear.detail)


def shown_row(kind: RuleKind, row: Row) -> dict[str, Any]:
    """A row as an editor begins with it: each cell in people's words by its column's key."""
    cells = {}
    for key, cell in row.cells.items():
        known = field_of(kind, key)
        cells[key] = plain(cell, field_name(key), known, key.startswith(OUT)) if known else cell
    return {"row_id": row.row_id, "table": row.table, "place": row.place, "cells": cells}
