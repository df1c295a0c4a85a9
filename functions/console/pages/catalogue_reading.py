"""The pages over the read models: their part of the catalogue."""

from orderhub.services.staff import Action
from pages import health, inspection, shipping
from pages.page import Page

READING: tuple[Page, ...] = (
    Page("GET", "/health", Action.SEE_HEALTH, health.page),
    Page("GET", "/health/board", Action.SEE_HEALTH, health.board),
    Page("GET", "/health.csv", Action.SEE_HEALTH, health.exported),
    Page("GET", "/inspection", Action.SEE_INSPECTION, inspection.page),
    Page("GET", "/inspection.csv", Action.SEE_INSPECTION, inspection.exported),
    Page("POST", "/inspection/sign", Action.SIGN_INSPECTION, inspection.sign),
    Page("POST", "/inspection/findings", Action.SIGN_INSPECTION, inspection.ask),
    Page("GET", "/shipping-list", Action.SEE_ORDERS, shipping.page),
    Page("GET", "/shipping-list.csv", Action.SEE_ORDERS, shipping.exported),
)
