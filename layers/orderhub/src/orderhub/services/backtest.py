"""Try rules on past orders before they judge (R20): what would change, for how much, against what people decided.

Every order of the period is judged again by the input that was stored with its latest verdict of the kind, and
compared with what matched then. Nothing is written and no order is read.

Conflicts, per pair of rules, are orders in which one rule contradicts another:
- two rows of the tried pack, in a kind where the first matching row answers, that answer differently;
- two rows of the tried gift matrix that give the same gift;
- a row of another kind than interception that matches an order which interception held then (nothing of it happens
  before a person releases the order), and a row of interception that newly holds an order to which gifts were given.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orderhub.domain.decision import DecisionStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.interval import exact_interval
from orderhub.domain.records import JudgedInput
from orderhub.domain.rulepack import Match, Pack, RuleKind
from orderhub.ports.orders import OrderStore
from orderhub.ports.rules import VerdictReader
from orderhub.rules.batch import evaluate_many
from orderhub.services.edge_cases import Edges

MAX_DAYS = 62
MAX_ORDERS = 100_000
MAX_HELD_READ = 500
EXAMPLES = 20
RELEASED = "continue"
DAY_MS = 86_400_000
ONE_ANSWER = frozenset({RuleKind.CARRIER, RuleKind.ADDRESS_CHANGE})
GROUPS = ("newly_matched", "no_longer_matched", "other_outcome")

type Said = tuple[tuple[str, Mapping[str, Any]], ...]  # (row id, what the row says) of every row that matched


def back_test(
    pack: Pack, since: int, until: int, verdicts: VerdictReader, orders: OrderStore | None = None
) -> dict[str, Any]:
    """What the pack would have done to the orders judged from ``since`` (in) to ``until`` (out), epoch ms.

    ``{orders, unreadable, matched: {orders, paid_fen}, changed: {group: {orders, paid_fen}}, rows: [{row, orders,
    paid_fen}], conflicts: […], false_holds: {class: {decided, released, share_bp, low_bp, high_bp}}, examples: […]}``;
    shares are parts of ten thousand with their exact 95 % interval. In interception ``newly_matched`` are orders newly
    held. Of a gift matrix also ``edge_orders`` and ``edges`` (``services.edge_cases``).
    ``orders`` None: decisions are not asked. Raises Rejected (``bad_period``, ``too_many_orders``).
    """
    if not 0 < since < until or until - since > MAX_DAYS * DAY_MS:
        raise Rejected("bad_period", f"from … to …, at most {MAX_DAYS} days")
    found, edges = _Findings(pack.kind), Edges(pack)
    latest = _latest(pack.kind, verdicts.judged(since, until))
    for judged, rows in zip(latest, evaluate_many(pack, (one.input for one in latest)), strict=True):
        found.take(judged, rows)
        edges.take(judged.order_id, judged.input)
    shown = found.shown(since, until) | edges.shown()
    if pack.kind is RuleKind.INTERCEPTION and orders is not None:
        shown["false_holds"], shown["held_orders_read"] = _false_holds(found.held, orders)
    return shown


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """The counts that stay with a tested version."""
    return {name: found[name] for name in ("since", "until", "orders", "matched", "changed", "conflicting_orders")}


def _latest(kind: RuleKind, judged: Iterable[JudgedInput]) -> list[JudgedInput]:
    """The newest verdict of each order in which this kind was asked, the oldest order first."""
    latest: dict[str, JudgedInput] = {}
    for one in judged:
        if kind not in one.said:
            continue
        known = latest.get(one.order_id)
        if known is None or known.judged_at <= one.judged_at:
            latest[one.order_id] = one
        if len(latest) > MAX_ORDERS:
            raise Rejected("too_many_orders", f"more than {MAX_ORDERS} orders; take a shorter period")
    return sorted(latest.values(), key=lambda one: (one.judged_at, one.order_id))


@dataclass(slots=True)
class _Tally:
    orders: int = 0
    paid_fen: int = 0

    def add(self, paid_fen: int) -> None:
        self.orders += 1
        self.paid_fen += paid_fen

    def shown(self) -> dict[str, int]:
        return {"orders": self.orders, "paid_fen": self.paid_fen}


@dataclass(slots=True)
class _Findings:
    """What is counted while orders go by."""

    kind: RuleKind
    orders: int = 0
    unreadable: int = 0
    matched: _Tally = field(default_factory=_Tally)
    changed: dict[str, _Tally] = field(default_factory=lambda: {name: _Tally() for name in GROUPS})
    rows: dict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    conflicts: dict[tuple[str, str], _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    conflict_example: dict[tuple[str, str], str] = field(default_factory=dict)
    conflicting: int = 0
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in GROUPS})
    held: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def take(self, judged: JudgedInput, rows: tuple[Match, ...] | None) -> None:
        """One order and the rows that match it now; None: it cannot be judged."""
        self.orders += 1
        if rows is None:
            self.unreadable += 1
            return
        before = judged.said[self.kind]
        after: Said = tuple((row.row_id, row.outputs) for row in rows)
        group = self._group(before, after)
        if not group and not after:
            return
        paid = paid_fen(judged.input)
        if after:
            self.matched.add(paid)
        for row_id, _ in after:
            self.rows[row_id].add(paid)
        if group:
            self.changed[group].add(paid)
            if len(self.examples[group]) < EXAMPLES:
                told = {"order_id": judged.order_id, "change": group, "paid_fen": paid}
                self.examples[group].append(told | {"before": _told(before), "after": _told(after)})
        pairs = set(_conflicts(self.kind, judged, after, group))
        self.conflicting += bool(pairs)
        for pair in pairs:
            self.conflicts[pair].add(paid)
            self.conflict_example.setdefault(pair, judged.order_id)
        if self.kind is RuleKind.INTERCEPTION and after:
            self.held.append((judged.order_id, frozenset(str(said.get("class")) for _, said in after)))

    def _group(self, before: Said, after: Said) -> str:
        if bool(before) != bool(after):
            return "newly_matched" if after else "no_longer_matched"
        return "" if _answer(self.kind, before) == _answer(self.kind, after) else "other_outcome"

    def shown(self, since: int, until: int) -> dict[str, Any]:
        conflicts = sorted(self.conflicts.items(), key=lambda item: -item[1].orders)
        return {
            "kind": self.kind.value,
            "since": since,
            "until": until,
            "orders": self.orders,
            "unreadable": self.unreadable,
            "matched": self.matched.shown(),
            "changed": {name: tally.shown() for name, tally in self.changed.items()},
            "rows": [{"row": row_id, **tally.shown()} for row_id, tally in sorted(self.rows.items())],
            "conflicting_orders": self.conflicting,
            "conflicts": [
                {"row": pair[0], "with": pair[1], **tally.shown(), "example": self.conflict_example[pair]}
                for pair, tally in conflicts[:EXAMPLES]
            ],
            "examples": _mixed(self.examples),
        }


def paid_fen(text: str) -> int:
    """What was paid for the order of a stored input, fen; 0 when it does not say."""
    try:
        said = json.loads(text)["amounts"]["paid_fen"]
    except (ValueError, KeyError, TypeError):
        return 0
    return said if isinstance(said, int) else 0


def _answer(kind: RuleKind, said: Said) -> object:
    """What counts of what rows say: the first row's answer, or all answers in any order; of sourcing the warehouses
    as they are tried, and the actions as they are asked."""
    if kind is RuleKind.SOURCING:
        named = sorted((row for _, row in said if row.get("warehouse")), key=lambda row: int(row.get("priority") or 0))
        return [row["warehouse"] for row in named], [row["action"] for _, row in said if row.get("action")]
    if kind in ONE_ANSWER:
        return _key(said[0][1]) if said else ""
    return Counter(_key(outputs) for _, outputs in said)


def _key(outputs: Mapping[str, Any]) -> str:
    return json.dumps(outputs, sort_keys=True, ensure_ascii=False)


def _told(said: Said) -> list[dict[str, Any]]:
    return [{"row": row_id, **outputs} for row_id, outputs in said]


def _conflicts(kind: RuleKind, judged: JudgedInput, after: Said, group: str) -> Iterator[tuple[str, str]]:
    for place, (row_id, said) in enumerate(after):
        yield from ((other_id, row_id) for other_id, other in after[:place] if _disagree(kind, other, said))
    if kind is RuleKind.INTERCEPTION:
        given = judged.said.get(RuleKind.GIFTS, ()) if group == "newly_matched" else ()
        yield from ((row_id, f"gifts: {gift_row}") for row_id, _ in after for gift_row, _ in given)
    else:
        held = judged.said.get(RuleKind.INTERCEPTION, ())
        yield from ((row_id, f"interception: {held_row}") for row_id, _ in after for held_row, _ in held)


def _disagree(kind: RuleKind, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether of two rows that match the second does not get what it says, or a gift is given twice."""
    match kind:
        case RuleKind.GIFTS:
            return first.get("code") == second.get("code")
        case RuleKind.SOURCING:
            return bool(first.get("action") and second.get("action")) and first["action"] != second["action"]
    return kind in ONE_ANSWER and _key(first) != _key(second)


def _mixed(examples: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """At most 20, of every group some."""
    deepest = max((len(some) for some in examples.values()), default=0)
    turns = (some[place] for place in range(deepest) for some in examples.values() if place < len(some))
    return [one for _, one in zip(range(EXAMPLES), turns, strict=False)]


def _false_holds(held: list[tuple[str, frozenset[str]]], orders: OrderStore) -> tuple[dict[str, Any], int]:
    """By class: of the cards of that class that people decided on orders the pack holds, how many were released.

    Of many held orders the newest 500 are looked at.
    """
    decided: Counter[str] = Counter()
    released: Counter[str] = Counter()
    looked_at = held[-MAX_HELD_READ:]
    for order_id, classes in looked_at:
        for decision in orders.decisions_of(order_id):
            name = decision.decision_class.value
            is_persons = decision.status is DecisionStatus.MADE and decision.option in decision.kind.options
            if name in classes and is_persons:
                decided[name] += 1
                released[name] += decision.option == RELEASED
    rates = {}
    for name in sorted(decided):
        low, high = exact_interval(released[name], decided[name])
        share = (released[name] * 10_000 + decided[name] // 2) // decided[name]
        rates[name] = {
            "decided": decided[name], "released": released[name],
            "share_bp": share, "low_bp": low, "high_bp": high,
        }  # fmt: skip
    return rates, len(looked_at)
