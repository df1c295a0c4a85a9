"""Who sits behind a request of a browser, for functions beside the console that answer one too."""

from collections.abc import Mapping
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.runtime import wiring
from orderhub.runtime.session import Sessions
from orderhub.runtime.settings import optional
from orderhub.services.staff import Action, Staff, signs_in


def cookies_of(event: Mapping[str, Any]) -> dict[str, str]:
    """The cookies of an event of the HTTP API: AWS makes a list of them."""
    given = event.get("cookies") or event.get("headers", {}).get("cookie", "").split(";")
    return dict(pair.strip().split("=", 1) for pair in given if "=" in pair)


def signed_in(event: Mapping[str, Any]) -> Staff | None:
    """The person whose session the request carries, as they are now; None for nobody and who left."""
    sessions = Sessions(wiring.session_key(), optional("HUB_URL", "https://").startswith("https://"))
    session = sessions.read(cookies_of(event))
    if session is None:
        return None
    try:
        return signs_in(session.staff_id, wiring.staff())
    except Rejected:
        return None


def sees_label(event: Mapping[str, Any]) -> bool:
    """Whether who asks may look at a parcel's label: who sees orders of its shop; never from a page of another site."""
    staff = signed_in(event)
    if staff is None or event.get("headers", {}).get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    order_id = str(event["rawPath"]).split("/")[2]
    order = wiring.orders().load(order_id)
    return staff.may(Action.SEE_ORDERS) and (order is None or staff.sees_shop(order.shop_id))


def previewing(event: Any) -> tuple[str, str, bool]:
    """(who, why, whether the receiver is hidden) of somebody who looks at a label in the console. Who packs prints it
    as it is; whoever only looks asks for the receiver with a reason, which is counted (R6).

    Raises Rejected (``not_staff``).
    """
    staff = signed_in(event.raw_event)
    if staff is None:
        raise Rejected("not_staff", "nobody is signed in")
    if str(event.raw_event["rawPath"]).endswith(".pdf") and staff.may(Action.PACK):
        return staff.staff_id, "print", False
    return staff.staff_id, "preview", True
