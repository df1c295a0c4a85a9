"""A function is stopped at its time limit while it works: an unclear outcome, not a bug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orderhub.domain.errors import HubError
from orderhub.domain.order import Milestone
from tests.integration.test_lifecycle import paid, waits_in
from tests.kit.world import World

Timedout = type("Sandbox.Timedout", (HubError,), {})  # errors of this family keep their name in the state machine


@pytest.mark.parametrize("is_done", [False, True], ids=["before the work", "after the work"])
def test_an_order_whose_dispatch_ran_out_of_time_becomes_no_card(hub: World, is_done: bool) -> None:
    real = hub.functions["warehouse"]

    def stopped_once(event: Mapping[str, Any]) -> Any:
        hub.functions["warehouse"] = real
        if is_done:
            real(event)
        raise Timedout("Task timed out after 30.00 seconds")

    hub.functions["warehouse"] = stopped_once
    tid = paid(hub)
    assert not hub.open_cards(tid)
    if is_done:
        assert hub.known(tid).has(Milestone.DISPATCHED)
    else:
        assert hub.known(tid).waiting_for == "wangdiantong"
        assert waits_in(hub, tid) == "AwaitRelease"
