"""What people see of an order's freight ledger: each charge, who bears it, and why (R31, R34)."""

from collections.abc import Iterable, Mapping
from typing import Any

from orderhub.domain.freight import FreightEntry, FreightKind, borne, entry_from

WORDS: Mapping[FreightKind, tuple[str, str]] = {
    FreightKind.SURCHARGE: ("目的地附加费", "the carrier's surcharge for the place"),
    FreightKind.REISSUE: ("面单作废后重新下单", "a waybill was voided and bought again"),
    FreightKind.INTERCEPT: ("在途截单改派", "the carrier turned the parcel on its way"),
}


def freight(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every charge beside the freight that was paid with the order."""
    return [_shown(entry_from(row)) for row in rows]


def freight_borne(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """What each bears of it in all, and what of the buyer's is collected, due, or to be returned."""
    return borne(entry_from(row) for row in rows)


def _shown(entry: FreightEntry) -> dict[str, Any]:
    zh, en = WORDS[entry.kind]
    return {
        "kind": entry.kind.value,
        "cause": entry.cause,
        "carrier": entry.carrier,
        "amount_fen": entry.amount_fen,
        "bearer": entry.bearer,
        "rule": entry.rule,
        "collected_fen": entry.collected_fen,
        "due_fen": entry.due_fen,
        "why": {"zh": zh, "en": en},
        "at": entry.at,
    }
