"""店铺: whoever may see several shops may look at one of them; the choice narrows every page and widens none (R47)."""

import json
from collections.abc import Mapping

from orderhub.runtime.settings import optional
from orderhub.services.staff import Staff
from pages.page import Answer, redirect
from pages.visit import Visit

COOKIE = "shop"
FORGOTTEN = f"{COOKIE}=; Path=/; SameSite=Lax; HttpOnly; Max-Age=0"
_YEAR = 31_536_000


def choices(staff: Staff) -> tuple[tuple[str, str], ...]:
    """(id, name) of the shops this person may see; nothing where there is nothing to choose."""
    names = _names(optional("SHOPS", "{}"))
    theirs = staff.shops or tuple(names)
    return tuple((shop, names.get(shop, shop)) for shop in theirs) if len(theirs) > 1 else ()


def _names(said: str) -> Mapping[str, str]:
    """Shop id → name. A setting that is not such an object names nobody and keeps no page from being shown."""
    try:
        names = json.loads(said)
    except ValueError:
        return {}
    return {shop: str(name) for shop, name in names.items()} if isinstance(names, dict) else {}


def chosen(cookies: Mapping[str, str], staff: Staff) -> str:
    """The shop a browser asks for, if it is one of theirs; else none, and they see what they may see."""
    wanted = cookies.get(COOKIE, "")
    return wanted if wanted in dict(choices(staff)) else ""


def choose(visit: Visit) -> Answer:
    """POST /shop: one of theirs, or all of them; then the list of the place they were at."""
    wanted = chosen({COOKIE: visit.form.get("shop", "")}, visit.staff or visit.person)
    after = "/" + visit.form.get("after", "").strip("/\\").partition("/")[0]
    kept = f"{COOKIE}={wanted}; Path=/; SameSite=Lax; HttpOnly; Max-Age={_YEAR}" if wanted else FORGOTTEN
    return redirect(after if after.isascii() and after.isprintable() else "/", kept)
