"""When a difference between the WMS's count and the hub's is real, and when it is an order in flight.

The two systems never change in the same instant: an order is pushed to the WMS a moment before the hub
commits it. Booking that moment as a difference would sell the piece twice or lose it. Source: design §4
"Stock", issue 2 item 6.
"""

from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.stock import StockLevel


@dataclass(frozen=True, slots=True)
class Observation:
    """What the WMS says of one SKU in one warehouse: pieces there, awaiting audit, awaiting sending."""

    sku: str
    warehouse: str
    stock_num: int
    order_num: int
    sending_num: int

    @property
    def sellable(self) -> int:
        """Physical, less what waits for audit, less what waits to be sent."""
        return self.stock_num - self.order_num - self.sending_num


@dataclass(frozen=True, slots=True)
class CorrectionPolicy:
    """How long a difference must stand before it is believed, in milliseconds."""

    settle_ms: int = 30_000  # two looks closer together than this are one look
    in_flight_ms: int = 600_000  # when paid orders not yet committed could explain it


class Verdict(StrEnum):
    AGREES = "agrees"
    SUSPECTED = "suspected"  # new, or not believed yet
    CONFIRMED = "confirmed"


def difference_of(level: StockLevel, observation: Observation) -> int:
    """WMS minus hub: positive when the WMS has more to sell."""
    return observation.sellable - level.unsold


def judge(level: StockLevel, difference: int, now: int, policy: CorrectionPolicy) -> Verdict:
    """Believe a difference only when the previous poll saw the very same one, long enough ago.

    A WMS that has less, by no more than what is firm here, may only be ahead of a commit: it must stand
    longer. Example: firm 3, WMS has 2 less → ``in_flight_ms``; WMS has 4 less, or more → ``settle_ms``.
    """
    if difference == 0:
        return Verdict.AGREES
    if difference != level.suspected_difference:
        return Verdict.SUSPECTED
    may_be_in_flight = -level.firm <= difference < 0
    patience = policy.in_flight_ms if may_be_in_flight else policy.settle_ms
    return Verdict.CONFIRMED if now - level.suspected_at >= patience else Verdict.SUSPECTED
