"""Links for buyers: who has one may ask for another address of one order, once, without signing in (R15)."""

import secrets
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from orderhub.ports.orders import OrderStore
from orderhub.runtime.settings import optional
from orderhub.services.make_buyer_link import LinkWish, make_buyer_link

LASTS_SECONDS = 72 * 3600


@dataclass(frozen=True, slots=True)
class BuyerLink:
    """``name`` is this link's own: a request made with it is known by it, so it counts once."""

    order_id: str
    name: str


class BuyerLinks:
    """Writes and reads links under one key."""

    def __init__(self, key: str) -> None:
        self._box = URLSafeTimedSerializer(key, salt="buyer")

    def made(self, order_id: str) -> str:
        """A new token for this order."""
        return str(self._box.dumps([order_id, secrets.token_urlsafe(9)]))

    def read(self, token: str) -> BuyerLink | None:
        """None for a forged one and one that is over."""
        try:
            order_id, name = self._box.loads(token[:400], max_age=LASTS_SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        return BuyerLink(str(order_id), str(name))


def made_for(order_id: str, by: str, channel: str, orders: OrderStore, key: str, now: int) -> dict[str, Any]:
    """``{order_id, url, expires_at}``: a new link; that this person got one is on the timeline first. Raises Rejected
    where nobody may change the address any more."""
    until = now + LASTS_SECONDS * 1000
    token = make_buyer_link(LinkWish(order_id, by, until, channel), orders, BuyerLinks(key).made, now)
    url = f"{optional('HUB_URL', '').rstrip('/')}/b/{token}"
    return {"order_id": order_id, "url": url, "expires_at": until}
