"""Who bears a discount, a fee, the freight is a rule of the brand, and the verdict says by which version (R50, R9)."""

from __future__ import annotations

from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.domain.settlement import EntryKind
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack
from orderhub.services.bear import name_bearers
from orderhub.services.settle import split_of
from tests.kit.orders import T0, line, order, snapshot
from tests.kit.packs import graph

KIND = RuleKind.SETTLEMENT_BEARER
ORDER = order(snapshot=snapshot(line(payable_fen=25_000), paid=True, freight_fen=1_000))


def borne(pack: Pack) -> dict[str, str]:
    split, _ = name_bearers(ORDER, split_of(ORDER, 6), pack, T0)
    return {entry.kind.value: entry.bearer for entry in split.entries}


def test_the_shipped_rules_name_a_bearer_for_every_entry_and_move_no_fen() -> None:
    before = split_of(ORDER, 6)
    after, verdict = name_bearers(ORDER, before, default_pack(KIND), T0)
    assert [(e.kind, e.amount_fen) for e in after.entries] == [(e.kind, e.amount_fen) for e in before.entries]
    assert borne(default_pack(KIND)) == {
        EntryKind.GOODS: "brand",
        EntryKind.DISCOUNT: "brand",
        EntryKind.FREIGHT: "buyer",
        EntryKind.PLATFORM_FEE: "brand",
    }
    assert [match.row_id for match in verdict.evaluations[0].matches] == ["discount", "platform_fee", "freight"]
    assert verdict.input["entries"] == [
        {"kind": "discount", "amount_fen": 4_900},
        {"kind": "platform_fee", "amount_fen": 156},
        {"kind": "freight", "amount_fen": 1_000},
    ]


def test_the_first_row_that_matches_answers_and_what_no_row_speaks_of_stays_with_the_brand() -> None:
    rows = [
        {"_id": "large", "entry.kind": '"discount"', "entry.amount_fen": "> 4000", "bearer": '"platform"'},
        {"_id": "any", "entry.kind": '"discount"', "bearer": '"buyer"'},
    ]
    pack = Pack(KIND, 3, graph(rows, outputs=["bearer"]))
    assert check(KIND, pack.graph) == ()
    assert borne(pack)["discount"] == "platform"
    assert borne(pack)["freight"] == "brand"
