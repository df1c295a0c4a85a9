"""A carrier that turns a parcel although the change of address was given up meanwhile: a person hears of it (R36)."""

from orderhub.domain.address_change import ChangeOfAddress, ChangeStatus, Way
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcel_of
from orderhub.ports.orders import OrderStore
from orderhub.services.park import decision_for


def turned_after_refusal(before: Order, after: Order, number: int, orders: OrderStore, now: int) -> Decision | None:
    """The card about it, once for each parcel; None for a parcel that goes where it is to go.

    A carrier answers a request by its scans, perhaps long after somebody has decided not to wait for it.
    """
    was, parcel = parcel_of(before, number), parcel_of(after, number)
    is_news = parcel.has(Milestone.TURNED, Milestone.REDIRECT_ASKED) and not was.has(Milestone.TURNED)
    if not is_news or after.change_open:
        return None
    asked = [one for one in orders.address_changes_of(after.order_id) if one.way == Way.INTERCEPT.value]
    if not asked or not _is_given_up(asked[-1]):
        return None
    evidence = {"change": str(asked[-1].number), "zone": "in_transit", "reasons": "turned_after_refusal"}
    cause = f"change-{asked[-1].number}-parcel-{number}-turned"
    return decision_for(after.order_id, DecisionClass.ADDRESS_TOO_LATE, cause, evidence, now)


def _is_given_up(change: ChangeOfAddress) -> bool:
    return change.status is ChangeStatus.REFUSED or change.outcome == "refused"
