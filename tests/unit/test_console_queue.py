"""待决策 with nothing in it: why it is empty and what would fill it, said once, and no button that would do nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from orderhub.domain.staff import Action
from orderhub.runtime import wiring
from pages import door, queue
from pages.page import Page
from tests.kit.console import KEY, People, event, signed_in, text_of
from tests.kit.orders import T0


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = SimpleNamespace(open_page=lambda *_: SimpleNamespace(cards=[], is_last=True), made_before=lambda groups: {})
    desk = {
        "staff": People(), "session_key": KEY, "now_ms": T0, "orders": empty,
        "presence": SimpleNamespace(lookers=lambda ids, now: {}),
    }  # fmt: skip
    for name, value in desk.items():
        monkeypatch.setattr(wiring, name, lambda value=value: value)


@pytest.mark.parametrize(("query", "said"), [("", "现在没有需要人决定的订单"), ("class=overdue", "没有符合筛选的决策")])
def test_an_empty_queue_says_once_why_and_offers_no_button(nothing: None, query: str, said: str) -> None:
    page = Page("GET", "/decisions", Action.SEE_DECISIONS, queue.queue)
    html = text_of(door.open_page(page, event("GET", "/decisions", query=query, cookies=(signed_in("owner")[0],)), {}))
    assert html.count(said) == 1
    assert html.count('class="empty"') == 1
    assert "bulk-bar" not in html
