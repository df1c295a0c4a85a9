"""What carrying an order costs beside its usual freight, and who bears it (R31, R34): so that no buyer pays twice.

Amounts are fen. One entry for each cause: writing it again replaces it, so a surcharge that falls away is one of 0.
What the buyer is to bear and was not paid with the order is asked of a person: collected, or borne by the brand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from orderhub.domain.order import Order

BRAND, BUYER = "brand", "buyer"
COLLECTED = "collected"

_ANSWER = "freight."
"""Override code: ``freight.<kind>.<brand or collected>.<fen>``, what a person has decided about a charge."""


class FreightKind(StrEnum):
    SURCHARGE = "surcharge"  # a carrier's for the place: remote areas
    REISSUE = "reissue"  # a waybill voided and bought again
    INTERCEPT = "intercept"  # a parcel turned on its way


@dataclass(frozen=True, slots=True)
class FreightEntry:
    """``bearer``: brand, platform or buyer, as the rule row ``rule`` of its pack says; ``cause`` tells two of one kind
    apart (a waybill's reference, a carrier's number; of the surcharge there is one). ``collected_fen``: what the buyer
    has paid of it."""

    kind: FreightKind
    cause: str
    carrier: str
    amount_fen: int
    bearer: str
    rule: str
    at: int
    collected_fen: int = 0

    @property
    def due_fen(self) -> int:
        """What the buyer has still to pay."""
        return max(0, self.amount_fen - self.collected_fen) if self.bearer == BUYER else 0

    @property
    def to_return_fen(self) -> int:
        """What the buyer has paid and need not bear (any more)."""
        return max(0, self.collected_fen - (self.amount_fen if self.bearer == BUYER else 0))


def with_answer(order: Order, kind: FreightKind, who: str, fen: int) -> Order:
    """The order for which a person has decided: charges of this kind up to ``fen`` are borne by the brand, or were
    collected from the buyer (``who``)."""
    return replace(order, overrides=(*order.overrides, f"{_ANSWER}{kind.value}.{who}.{fen}"))


def as_answered(entry: FreightEntry, order: Order, collected_fen: int = 0) -> FreightEntry:
    """The entry as people have decided about it. ``collected_fen``: what was collected otherwise."""
    collected = max(collected_fen, _answered(order, entry.kind, COLLECTED))
    is_taken_over = entry.bearer == BUYER and 0 < entry.amount_fen <= _answered(order, entry.kind, BRAND)
    return replace(entry, bearer=BRAND if is_taken_over else entry.bearer, collected_fen=collected)


def _answered(order: Order, kind: FreightKind, who: str) -> int:
    begins = f"{_ANSWER}{kind.value}.{who}."
    return max((int(code.removeprefix(begins)) for code in order.overrides if code.startswith(begins)), default=0)


def entry_from(row: Mapping[str, Any]) -> FreightEntry:
    """An entry as it is kept."""
    values = {name: row[name] for name in ("cause", "carrier", "amount_fen", "bearer", "rule", "at")}
    return FreightEntry(FreightKind(row["kind"]), **values, collected_fen=row.get("collected_fen", 0))


def borne(entries: Iterable[FreightEntry]) -> dict[str, int]:
    """Who bears how much of these, in fen, and what of the buyer's was collected, is due, is to be returned."""
    known = list(entries)
    return {
        **{f"{who}_fen": sum(e.amount_fen for e in known if e.bearer == who) for who in (BRAND, "platform", BUYER)},
        "collected_fen": sum(entry.collected_fen for entry in known),
        "due_fen": sum(entry.due_fen for entry in known),
        "to_return_fen": sum(entry.to_return_fen for entry in known),
    }
