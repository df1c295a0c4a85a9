"""Who bears what of an order's money, as the brand's rules say (承担方, R50)."""

from dataclasses import replace

from orderhub.domain.order import Order
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, Match, Pack
from orderhub.domain.settlement import EntryKind, SettlementSplit
from orderhub.rules.batch import ENTRIES
from orderhub.rules.engine import evaluate
from orderhub.rules.schema import BEARERS
from orderhub.services.judge import input_of

ASKED = (EntryKind.DISCOUNT, EntryKind.PLATFORM_FEE, EntryKind.FREIGHT)


def bearer_of(order: Order, kind: str, amount_fen: int, pack: Pack) -> tuple[str, str]:
    """Who bears one entry, and the row that says so; the brand what no row speaks of. Raises Interrupted."""
    entry = {"kind": kind, "amount_fen": amount_fen}
    found = evaluate(pack, {**input_of(order), ENTRIES: [entry], "entry": entry}).matches
    return (str(found[0].outputs["bearer"]), found[0].row_id) if found else (BEARERS[0], "")


def name_bearers(order: Order, split: SettlementSplit, pack: Pack, now: int) -> tuple[SettlementSplit, Verdict]:
    """The split with the bearer of each discount, fee and freight, and the verdict that keeps who judged by what.

    The rules are asked once for each kind of entry, with its sum in fen (never negative); the first row that matches
    answers, and what no row speaks of stays with the brand. Amounts stay as they are. Raises Interrupted for an order
    that is not known yet.
    """
    entries = [{"kind": kind.value, "amount_fen": abs(split.total(kind))} for kind in ASKED if split.total(kind)]
    given = {**input_of(order), ENTRIES: entries}
    matches: list[Match] = []
    bearers: dict[str, str] = {}
    for entry in entries:
        found = evaluate(pack, {**given, "entry": entry}).matches
        if found:
            bearers[str(entry["kind"])] = str(found[0].outputs["bearer"])
        matches += [match for match in found if match.row_id not in {known.row_id for known in matches}]
    named = tuple(replace(entry, bearer=bearers.get(entry.kind.value, entry.bearer)) for entry in split.entries)
    evaluation = Evaluation(pack.kind, pack.version, tuple(matches))
    return replace(split, entries=named), Verdict(given, (evaluation,), "pass", (), now)
