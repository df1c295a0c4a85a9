"""Where the functions begin that answer the HTTP API."""

from collections.abc import Callable
from typing import Any

from orderhub.contracts.api import try_again
from orderhub.domain.errors import HubError, HubUnavailable, PartnerUnavailable, Stale
from orderhub.runtime.entry import Unplanned, outcome_of, run_task
from orderhub.runtime.log_line import write_log_line

_PASSING = (HubUnavailable, PartnerUnavailable, Stale)


def run_request(function: str, answer: Callable[[], Any], away: Callable[[], Any] = try_again) -> Any:
    """The answer to one request, with its log line; ``away`` answers what may go well when it is asked again.

    Raises Unplanned, also for an error of the hub that no route expected: API Gateway makes a 500 of it that says
    nothing.
    """
    try:
        return run_task(function, {"request": lambda _: answer()}, {"task": "request"})
    except _PASSING:
        return away()
    except HubError as error:
        raise Unplanned(type(error).__name__) from None


def note_trouble(function: str, error: HubError) -> bool:
    """A log line for an error that a page tells its visitor of, so that it goes no further; whether it may pass."""
    outcome, fields = outcome_of(error)
    passes = isinstance(error, _PASSING)
    write_log_line(
        {"task": "page", "outcome": outcome, **fields}, {"Failures": int(not passes)}, {}, {"function": function}
    )
    return passes
