"""Every page of the console and the leave it needs: the one list that routes, the tests and the rail go by."""

from orderhub.services.staff import Action
from pages import assets, exports, frame, packing, pulse, queue, shops, sign_in
from pages.catalogue_orders import ORDERS
from pages.catalogue_reading import READING
from pages.catalogue_rules import RULES
from pages.page import Page

PAGES: tuple[Page, ...] = (
    Page("GET", "/static/{digest}/{name}", None, assets.serve),
    Page("GET", "/static/{digest}/vendor/{name}", None, assets.serve_vendor),
    Page("GET", "/", Action.SEE_ORDERS, frame.home),
    Page("GET", "/sign-in", None, sign_in.ask),
    Page("POST", "/sign-in", None, sign_in.enter),
    Page("GET", "/sign-in/wecom", None, sign_in.to_wecom),
    Page("GET", "/sign-in/wecom/back", None, sign_in.from_wecom),
    Page("POST", "/sign-out", Action.SEE_ORDERS, sign_in.leave),
    Page("POST", "/language", None, sign_in.speak),
    Page("POST", "/shop", Action.SEE_ORDERS, shops.choose),
    Page("GET", "/pulse", Action.SEE_ORDERS, pulse.pulse),
    Page("GET", "/packing", Action.PACK, packing.station),
    Page("GET", "/packing/sw.js", None, packing.worker),
    Page("GET", "/packing/wave", Action.PACK, packing.wave),
    Page("GET", "/packing/scan", Action.PACK, packing.scanned),
    Page("GET", "/packing/changes", Action.PACK, packing.changes),
    Page("POST", "/packing/results", Action.PACK, packing.recorded),
    Page("GET", "/decisions", Action.SEE_DECISIONS, queue.queue),
    Page("GET", "/decisions.csv", Action.SEE_DECISIONS, exports.decisions),
    Page("GET", "/decisions/list", Action.SEE_DECISIONS, queue.listing),
    Page("POST", "/decisions/bulk/preview", Action.DECIDE, queue.previewed),
    Page("POST", "/decisions/bulk", Action.DECIDE, queue.carried),
    Page("GET", "/decisions/{decision_id}", Action.SEE_DECISIONS, queue.card),
    Page("POST", "/decisions/{decision_id}", Action.DECIDE, queue.made),
    Page("POST", "/decisions/{decision_id}/undo", Action.DECIDE, queue.undone),
    *ORDERS,
    *RULES,
    *READING,
)
