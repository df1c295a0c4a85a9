"""The HTTP API of what a daily inspection found: a line becomes a decision that somebody owns."""

from typing import Annotated

from pydantic import StringConstraints

from orderhub.contracts.api import StaffId
from orderhub.contracts.api_reading import Day
from orderhub.contracts.route import Answered, Asked, Route


class FindingAsked(Asked):
    """A line of the day's inspection that somebody is to put right: ``payment_to_outbound``, ``cause-<class>``,
    ``overdue``, ``overdue-<decision id>``, ``waiting-<partner>`` …; ``assignee``: who."""

    by: StaffId
    line: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.,~-]{1,240}$")]
    assignee: StaffId
    day: Day = ""
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class Finding(Answered):
    """The card in the queue; ``is_new`` false: there was one for this line of this day, and it stands as it was."""

    decision_id: str
    is_new: bool


ROUTES = (
    Route(
        "POST", "/api/inspection/findings", "ask_for_finding", "Make a line of the inspection a decision", Finding,
        takes=FindingAsked, refuses=("bad_filter", "bad_request"),
    ),
)  # fmt: skip
