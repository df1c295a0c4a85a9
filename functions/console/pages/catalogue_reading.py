"""The pages over the read models: their part of the catalogue."""

from orderhub.services.staff import Action
from pages import health
from pages.page import Page

READING: tuple[Page, ...] = (
    Page("GET", "/health", Action.SEE_HEALTH, health.page),
    Page("GET", "/health/board", Action.SEE_HEALTH, health.board),
)
