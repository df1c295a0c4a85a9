"""Where the functions begin that answer the HTTP API."""

from collections.abc import Callable
from typing import Any

from orderhub.contracts.api import try_again
from orderhub.domain.errors import HubError
from orderhub.runtime.entry import run_task


def run_request(function: str, answer: Callable[[], Any], away: Callable[[], Any] = try_again) -> Any:
    """The answer to one request, with its log line; ``away`` answers while a part of the hub, or a partner, does not.

    Raises Unplanned, which API Gateway turns into a 500 that says nothing.
    """
    try:
        return run_task(function, {"request": lambda _: answer()}, {"task": "request"})
    except HubError:
        return away()
