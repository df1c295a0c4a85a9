"""The pages of orders, of what people do with a receiver, and the buyer's own."""

from orderhub.services.staff import Action
from pages import buyer, exports, order_page, order_people, orders
from pages.page import Page

ORDERS: tuple[Page, ...] = (
    Page("GET", "/orders", Action.SEE_ORDERS, orders.listing),
    Page("GET", "/orders.csv", Action.SEE_ORDERS, orders.exported),
    Page("GET", "/find", Action.SEE_ORDERS, orders.find),
    Page("GET", "/find.csv", Action.SEE_ORDERS, exports.found),
    Page("GET", "/orders/{order_id}", Action.SEE_ORDERS, order_page.page),
    Page("GET", "/orders/{order_id}/head", Action.SEE_ORDERS, order_page.head),
    Page("GET", "/orders/{order_id}/body", Action.SEE_ORDERS, order_page.body),
    Page("GET", "/orders/{order_id}/timeline.csv", Action.SEE_ORDERS, exports.timeline),
    Page("GET", "/orders/{order_id}/execution", Action.SEE_ORDERS, orders.execution),
    Page("GET", "/orders/{order_id}/label", Action.SEE_ORDERS, order_people.label),
    Page("GET", "/orders/{order_id}/address", Action.CHANGE_ADDRESS, order_people.address_form),
    Page("POST", "/orders/{order_id}/address", Action.CHANGE_ADDRESS, order_people.address_tried),
    Page("POST", "/orders/{order_id}/buyer-link", Action.CHANGE_ADDRESS, order_people.buyer_link),
    Page("GET", "/orders/{order_id}/reveal", Action.REVEAL, order_people.reveal_form),
    Page("POST", "/orders/{order_id}/reveal", Action.REVEAL, order_people.revealed),
    Page("GET", "/b/{token}", None, buyer.ask),
    Page("POST", "/b/{token}", None, buyer.tried),
)
