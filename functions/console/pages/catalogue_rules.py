"""The pages of rules and tables: their part of the catalogue."""

from orderhub.services.staff import Action
from pages import gift_row, rules
from pages.page import Page

SEE, EDIT = Action.SEE_RULES, Action.EDIT_RULES
VERSION = "/rules/{kind}/{version}"

RULES: tuple[Page, ...] = (
    Page("GET", "/rules", SEE, rules.listing),
    Page("GET", "/rules/gifts/{version}/new", EDIT, gift_row.ask),
    Page("POST", "/rules/gifts/{version}/new", EDIT, gift_row.save),
    Page("POST", "/rules/gifts/{version}/try", EDIT, gift_row.tried),
    Page("GET", "/rules/gifts/{version}/rows/{row_id}", EDIT, gift_row.ask),
    Page("POST", "/rules/gifts/{version}/rows/{row_id}", EDIT, gift_row.save),
    Page("POST", f"{VERSION}/rows/{{row_id}}/remove", EDIT, gift_row.remove),
    Page("GET", f"{VERSION}/against/{{other}}", SEE, rules.difference),
    Page("POST", f"{VERSION}/backtest", EDIT, rules.tested),
    Page("POST", f"{VERSION}/switch", EDIT, rules.switched),
    Page("POST", f"{VERSION}/thresholds", EDIT, rules.thresholds),
    Page("GET", VERSION, SEE, rules.version),
    Page("GET", "/rules/{kind}", SEE, rules.live),
)
