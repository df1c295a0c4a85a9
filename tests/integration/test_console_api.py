"""The HTTP API of decisions as its function answers it: shapes as the contracts say, bad requests named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.console.handler import handler
from orderhub.contracts.api_decisions import ROUTES
from orderhub.domain.decision import DecisionClass
from orderhub.domain.order import Milestone
from orderhub.runtime import wiring
from tests.kit.orders import ORDER_ID, T0
from tests.kit.queue import Queue

M, C = Milestone, DecisionClass
PAID = (M.PLACED, M.RESERVED, M.PAID)
ANSWERS = {route.operation: route.answers for route in ROUTES}


class Api:
    """The function behind API Gateway."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue

    def ask(self, method: str, path: str, body: Any = None, query: str = "") -> tuple[int, Any]:
        event = {
            "version": "2.0", "routeKey": "ANY /api/{proxy+}", "rawPath": path, "rawQueryString": query, "headers": {},
            "queryStringParameters": dict(pair.split("=") for pair in query.split("&")) if query else None,
            "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
            "body": body if isinstance(body, str) or body is None else json.dumps(body), "isBase64Encoded": False,
        }  # fmt: skip
        answer = handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    def get(self, path: str, query: str = "") -> Any:
        status, said = self.ask("GET", path, query=query)
        assert status == 200, said
        return said


@pytest.fixture
def api(table: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    queue = Queue(*table)
    monkeypatch.setattr(wiring, "orders", lambda: queue.orders)
    monkeypatch.setattr(wiring, "executions", lambda: queue.executions)
    monkeypatch.setattr(wiring, "desk", lambda: queue.desk)
    monkeypatch.setattr(wiring, "now_ms", lambda: T0 + 9)
    monkeypatch.setattr(wiring, "is_allowed", lambda headers: True)
    yield Api(queue)


def fits(operation: str, said: Any) -> None:
    """The answer has exactly the fields the document promises."""
    model = ANSWERS[operation]
    assert model is not None
    model.model_validate(said)


def test_the_queue_and_its_cards_have_the_promised_shape(api: Api) -> None:
    api.queue.put(*PAID)
    card = api.queue.ask(C.STOCK_MISMATCH, "A", sku="A")
    listed = api.get("/api/decisions", "class=stock_mismatch&owner=purchasing&limit=5")
    fits("list_decisions", listed)
    assert [c["decision_id"] for c in listed["decisions"]] == [card.decision_id]
    fits("read_decision", api.get(f"/api/decisions/{card.decision_id}"))


def test_a_decision_with_parameters_is_made_read_and_taken_back(api: Api) -> None:
    api.queue.put(*PAID)
    path = f"/api/decisions/{api.queue.ask(C.STOCK_MISMATCH, 'A', sku='ZP-2026-01').decision_id}"
    wanted = {"option": "change_sku", "by": "li", "parameters": {"sku": "ZP-2026-02"}}
    status, made = api.ask("POST", path, wanted)
    assert status == 200
    fits("make_decision", made)
    shown = api.get(path)
    fits("read_decision", shown)
    assert (shown["option"], shown["parameters"]) == ("change_sku", {"sku": "ZP-2026-02"})
    status, undone = api.ask("POST", f"{path}/undo", {"by": "li"})
    assert (status, undone["status"]) == (200, "requested")
    fits("undo_decision", undone)


def test_the_second_of_two_is_told_who_decided_what_and_when(api: Api) -> None:
    api.queue.put(*PAID)
    path = f"/api/decisions/{api.queue.ask(C.STOCK_MISMATCH).decision_id}"
    assert api.ask("POST", path, {"option": "retry", "by": "li"})[0] == 200
    status, said = api.ask("POST", path, {"option": "cancel", "by": "wang"})
    assert status == 409
    told = said["error"]["evidence"]
    assert (told["made_by"], told["option"], told["made_at"]) == ("li", "retry", T0 + 9)


def test_many_are_previewed_and_decided(api: Api) -> None:
    ids = [api.queue.ask_about(api.queue.another(number, *PAID), C.STOCK_MISMATCH).decision_id for number in range(2)]
    wanted = {"decision_ids": [*ids, f"{ORDER_ID}.stock_mismatch.none"], "option": "retry", "by": "li"}
    status, told = api.ask("POST", "/api/decisions/bulk/preview", wanted)
    assert (status, told["would"], told["refused"]) == (200, 2, 1)
    fits("preview_decisions", told)
    status, done = api.ask("POST", "/api/decisions/bulk", {**wanted, "request_id": "r-1"})
    assert (status, done["done"], done["refused"]) == (200, 2, 1)
    fits("make_decisions", done)


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("x", "{", "body"),
        ("x", "", "body"),
        ("x", "[]", "body"),
        ("x", {"by": "li"}, "option"),
        ("x", {"option": "retry", "by": " "}, "by"),
        ("x", {"option": "retry", "by": "l" * 61}, "by"),
        ("x", {"option": "retry", "by": "<script>alert(1)</script>"}, "by"),
        ("x", {"option": "retry", "by": "wecom:li"}, "by"),
        ("x", {"option": "retry", "by": "hub"}, "by"),
        ("x", {"option": "retry", "by": "13800139901"}, "by"),
        ("x/undo", {"by": "李 四"}, "by"),
        ("x", {"option": "retry", "by": "li", "extra": 1}, "extra"),
        ("x", {"option": "retry", "by": "li", "note": "n" * 501}, "note"),
        ("x", {"option": "retry", "by": "li", "parameters": {"a": [1]}}, "parameters.a"),
        ("x", {"option": "retry", "by": "li", "parameters": {"a": 1.5}}, "parameters.a"),
        ("x", {"option": "retry", "by": "li", "parameters": {str(n): 1 for n in range(21)}}, "parameters"),
        ("x", {"option": "retry", "by": "li", "request_id": "a b"}, "request_id"),
        ("x", " " * 300_000, "longer"),
        ("x/undo", {}, "by"),
        ("bulk", {"decision_ids": [], "option": "retry", "by": "li", "request_id": "r"}, "decision_ids"),
        ("bulk", {"decision_ids": ["a"], "option": "retry", "by": "wecom:li", "request_id": "r"}, "by"),
        ("bulk", {"decision_ids": ["a"], "option": "retry", "by": "li"}, "request_id"),
        ("bulk", {"decision_ids": ["a"] * 51, "option": "retry", "by": "li", "request_id": "r"}, "decision_ids"),
    ],
)
def test_a_bad_request_is_refused_by_its_field_and_its_values_stay_out(
    api: Api, path: str, body: Any, named: str
) -> None:
    status, said = api.ask("POST", f"/api/decisions/{path}", body)
    assert (status, said["error"]["code"]) == (422, "bad_request")
    assert named in said["error"]["message"]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "class=nonsense", "colour=red", "cursor=zzz"])
def test_a_bad_filter_is_refused(api: Api, query: str) -> None:
    status, said = api.ask("GET", "/api/decisions", query=query)
    assert status == 422
    assert query.partition("=")[0] in said["error"]["message"]


def test_the_document_describes_itself(api: Api) -> None:
    assert "/api/openapi.json" in api.get("/api/openapi.json")["paths"]
