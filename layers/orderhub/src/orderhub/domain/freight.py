"""What carrying an order costs beside its usual freight, and who bears it (R31, R34): so that no buyer pays twice.

Amounts are fen. One entry for each cause: writing it again replaces it, so a surcharge that falls away is one of 0.
"""

from dataclasses import dataclass
from enum import StrEnum


class FreightKind(StrEnum):
    SURCHARGE = "surcharge"  # a carrier's for the place: remote areas
    REISSUE = "reissue"  # a waybill voided and bought again
    INTERCEPT = "intercept"  # a parcel turned on its way


@dataclass(frozen=True, slots=True)
class FreightEntry:
    """``bearer``: brand, platform or buyer, as the rule row ``rule`` of its pack says; ``cause`` tells two of one kind
    apart (a waybill's reference, a carrier's number; of the surcharge there is one)."""

    kind: FreightKind
    cause: str
    carrier: str
    amount_fen: int
    bearer: str
    rule: str
    at: int
