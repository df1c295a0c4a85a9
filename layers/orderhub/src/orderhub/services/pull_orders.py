"""Find orders whose webhook was lost: pull what the shop updated, overlapping the last window (R2, P10)."""

from collections.abc import Callable
from typing import Protocol

from orderhub.domain.errors import PartnerUnavailable
from orderhub.ports.partners import ShopPartner

OVERLAP_MS = 120_000  # pushes and searches lag; a minute's overlap is the sheet's least
FIRST_WINDOW_MS = 24 * 3_600_000
LONGEST_WINDOW_MS = 6 * 3_600_000


class Watermarks(Protocol):
    """Until when a partner's account has been read."""

    def read(self, partner: str, account: str) -> int:
        """ms UTC; 0 when it was never read."""
        ...

    def advance(self, partner: str, account: str, seen: int, to: int) -> bool:
        """Move from ``seen`` to ``to``; False when another reader moved it meanwhile."""
        ...


def pull_orders(
    shop_id: str,
    partner: ShopPartner,
    watermarks: Watermarks,
    put_inbound: Callable[[bytes], None],
    now: int,
) -> dict[str, int]:
    """Put every order updated since the last pull into ``inbound``, moving the watermark window by window to now.

    The same order twice is harmless: its details are a message like any other. The watermark moves only when
    all of a window is durable; a crash reads that window again, the next pull goes on from there.
    """
    counts = {"found": 0, "moved": 0}
    while True:
        mark = watermarks.read("youzan", shop_id)
        since = (mark or now - FIRST_WINDOW_MS) - OVERLAP_MS
        until = min(now, since + LONGEST_WINDOW_MS)
        for detail in partner.updated_orders(shop_id, since, until):
            put_inbound(detail)
            counts["found"] += 1
        if not watermarks.advance("youzan", shop_id, mark, until):
            return counts
        counts["moved"] += 1
        if until >= now:
            return counts


def read_again(shop_id: str, platform_id: str, partner: ShopPartner, put_inbound: Callable[[bytes], None]) -> str:
    """Read one order from the shop and put it into ``inbound``.

    Raises PartnerUnavailable for an order the shop does not show: its search lags, so it is asked again.
    """
    detail = partner.read_order(shop_id, platform_id)
    if detail is None:
        raise PartnerUnavailable("youzan", f"{platform_id} is not shown yet")
    put_inbound(detail)
    return "read"
