"""The pages of rules, tables and staff: their part of the catalogue."""

from orderhub.services.staff import Action
from pages import exports, gift_row, people, rules, tables
from pages.page import Page

SEE, EDIT = Action.SEE_RULES, Action.EDIT_RULES
VERSION, GRID = "/rules/{kind}/{version}", "/tables/{kind}/{version}"

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
    Page("GET", "/tables", SEE, tables.listing),
    Page("POST", "/tables/address_change/{version}/window", EDIT, tables.window),
    Page("GET", f"{GRID}/csv", SEE, tables.csv),
    Page("GET", f"{GRID}/import", EDIT, tables.ask_file),
    Page("POST", f"{GRID}/import", EDIT, tables.take_file),
    Page("GET", f"{GRID}/new", EDIT, tables.ask_row),
    Page("POST", f"{GRID}/new", EDIT, tables.save_row),
    Page("GET", f"{GRID}/rows/{{row_id}}", EDIT, tables.ask_row),
    Page("POST", f"{GRID}/rows/{{row_id}}", EDIT, tables.save_row),
    Page("GET", GRID, SEE, tables.version),
    Page("GET", "/tables/{kind}", SEE, tables.live),
    Page("GET", "/staff", Action.MANAGE_STAFF, people.listing),
    Page("GET", "/staff.csv", Action.MANAGE_STAFF, exports.people),
    Page("POST", "/staff", Action.MANAGE_STAFF, people.save),
)
