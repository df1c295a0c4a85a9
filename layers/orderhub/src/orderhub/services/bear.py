"""Who bears what of an order's money, as the brand's rules say (承担方, R50)."""

from dataclasses import replace

from orderhub.domain.order import Order
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, Match, Pack
from orderhub.domain.settlement import EntryKind, SettlementSplit
from orderhub.rules.batch import ENTRIES
from orderhub.rules.engine import evaluate
from orderhub.services.judge import input_of

ASKED = (EntryKind.DISCOUNT, EntryKind.PLATFORM_FEE, EntryKind.FREIGHT)


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
