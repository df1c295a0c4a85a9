"""Tables that are no paper of their own are files too: decisions, what was found, a timeline, staff."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from orderhub.adapters.dynamodb.read_models import DynamoReadModels
from orderhub.runtime import reading
from orderhub.services.project_orders import project
from tests.kit.console import text_of
from tests.kit.console_hub import Console
from tests.kit.tables import create_read_table
from tests.kit.world import BUYER, World, order_id


@pytest.fixture
def console(hub: World, monkeypatch: pytest.MonkeyPatch) -> Console:
    return Console(hub, monkeypatch)


@pytest.fixture
def held(hub: World, console: Console, monkeypatch: pytest.MonkeyPatch) -> str:
    """An order whose address cannot be delivered to, and its row."""
    rows = DynamoReadModels(hub.clients.dynamodb, create_read_table(hub.clients.dynamodb))
    monkeypatch.setattr(reading, "rows", lambda: rows)
    tid = hub.place(buyer={**BUYER, "detail": "测试路"})
    hub.receive()
    hub.play()
    batch = [(fact.event_id, lambda fact=fact: fact) for fact in hub.orders.facts_of(order_id(tid))]
    assert project(batch, hub.orders, rows, lambda record, error: None) == []  # type: ignore[arg-type]
    return tid


type Read = Callable[..., list[dict[str, str]]]


@pytest.fixture
def table(console: Console) -> Read:
    def read(path: str, query: str = "", who: str = "owner") -> list[dict[str, str]]:
        answer = console.get(path, query, who)
        assert (answer.status, answer.media_type) == (200, "text/csv; charset=utf-8")
        assert answer.headers["content-disposition"].startswith("attachment")
        return list(csv.DictReader(io.StringIO(text_of(answer).removeprefix("\ufeff"))))

    return read


def test_the_open_decisions_are_a_file_with_what_is_at_stake(held: str, table: Read) -> None:
    (row,) = table("/decisions.csv")
    assert (row["订单"], row["类别"], row["冻结"]) == (order_id(held), "地址无法匹配", "是")
    assert row["原因"].startswith("收货地址无法匹配：")
    assert row["可选"].startswith("更正地址 放行")
    assert float(row["涉及(元)"]) > 0
    assert table("/decisions.csv", "class=overdue") == []


def test_a_timeline_is_a_file_as_the_page_shows_it_without_anything_personal(held: str, table: Read) -> None:
    rows = table(f"/orders/{order_id(held)}/timeline.csv")
    (placed,) = [row for row in rows if row["事件"] == "下单"]
    assert "应付 ¥" in placed["内容"]
    assert {"付款", "待决策"} <= {row["事件"] for row in rows}
    assert not any(BUYER[part] in str(rows) for part in ("name", "phone"))
    decisions = table(f"/orders/{order_id(held)}/timeline.csv", "timeline=decisions")
    assert 0 < len(decisions) < len(rows)


def test_what_was_found_and_who_works_here_are_files(held: str, table: Read) -> None:
    assert [row["平台单号"] for row in table("/find.csv", f"q={held}")] == [held]
    assert table("/find.csv") == []
    people = table("/staff.csv", who="administrator")
    assert {row["企业微信账号"] for row in people} >= {"owner", "packer"}
    assert all(row["可以登录"] == "是" and row["店铺"] == "全部" for row in people)


def test_other_shops_decisions_and_timelines_are_in_no_file(held: str, console: Console, table: Read) -> None:
    owner = console.people.known["owner"]
    console.people.known["owner"] = replace(owner, shops=("elsewhere",))
    assert table("/decisions.csv") == []
    assert table("/find.csv", f"q={held}") == []
    assert console.get(f"/orders/{order_id(held)}/timeline.csv", who="owner").status == 404
