"""A packing station's services over one table, and its pages served to a browser in this process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.packing import DynamoPacking
from orderhub.adapters.labels.areas import sticker_place
from orderhub.contracts import api_packing
from orderhub.domain.order import Order
from orderhub.domain.records import WaybillReference
from orderhub.ports.orders import Change
from orderhub.runtime import wiring
from orderhub.services.packing import PackingRoom, wave
from orderhub.services.record_packing import record, results_from
from pages import door, frame
from pages.catalogue import PAGES
from pages.page import Page
from tests.kit.console import KEY, People
from tests.kit.labels import labelled
from tests.kit.orders import ORDER_ID, T0, line, snapshot

NUMBER = "SF7444400000001"
NOW = T0 + 60_000


class Station:
    """The services a station speaks to, over one table."""

    def __init__(self, client: Any, table: str) -> None:
        self.orders = DynamoOrders(client, table)
        self.now = NOW
        self.room = PackingRoom(self.orders, DynamoPacking(client, table), sticker_place, lambda: self.now)

    def put(self, number: int = 0, **changes: Any) -> Order:
        """An order with its label; by ``number`` another one."""
        waybill = f"SF75555{number:08d}" if number else NUMBER
        made = labelled(**{"carrier": "sf", "waybill_number": waybill, **changes})
        if number:
            made = replace(made, platform_id=f"E{number}", order_id=f"youzan-E{number}")
        return self.orders.commit(Change(None, made, T0 + number, records=(WaybillReference("sf", waybill),)))

    def put_lines(self, *lines: tuple[str, str], number: int = 0) -> Order:
        """An order of these products, each with the barcode that its shop says."""
        made = [line(f"L{n}", sku, name=f"商品 {sku}", barcode=code) for n, (sku, code) in enumerate(lines, start=1)]
        return self.put(number, snapshot=snapshot(*made, paid=True))

    def now_known(self) -> Order:
        """The order as it is now."""
        known = self.orders.load(ORDER_ID)
        assert known is not None
        return known

    def change(self, order: Order, **changes: Any) -> Order:
        return self.orders.commit(Change(order, replace(order, **changes), self.now))

    def result(self, result_id: str = "result-0001", **said: Any) -> dict[str, Any]:
        """What a station says that packed the order right."""
        shown = wave(self.room, order_ids=(said.get("order_id", ORDER_ID),))["parcels"]
        usual = {"version": shown[0]["version"], "waybill_number": shown[0]["waybill_number"]} if shown else {}
        return {
            "result_id": result_id, "order_id": ORDER_ID, "parcel": 1, "packed_at": NOW - 500, "outcome": "packed",
            "items": [{"code": "ZP-2026-01", "quantity": 1}], "gifts": 1, **usual, **said,
        }  # fmt: skip

    def say(self, *results: dict[str, Any]) -> list[dict[str, Any]]:
        batch = api_packing.PackingBatch.read(json.dumps({"results": results}))
        said = record(results_from(batch.rows), "pack01", self.orders, self.now)
        api_packing.PackingAnswer.model_validate(said)
        return list(said["results"])

    def facts(self, kind: str, order_id: str = ORDER_ID) -> list[dict[str, Any]]:
        return [dict(fact.data) for fact in self.orders.facts_of(order_id) if fact.type == kind]

    def cards(self) -> list[Any]:
        return list(self.orders.decisions_of(ORDER_ID))


def serve_pages(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """The console's pages work with this station."""
    monkeypatch.setenv("HUB_URL", "http://127.0.0.1:8000")
    monkeypatch.setattr(wiring, "staff", People)
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "now_ms", lambda: NOW)
    monkeypatch.setattr(wiring, "orders", lambda: station.orders)
    monkeypatch.setattr(wiring, "packing_room", lambda: station.room)


@contextmanager
def served() -> Iterator[str]:
    """The pages at an address of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Door(BaseHTTPRequestHandler):
    """A request as the HTTP API's event, to the page of its route."""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        event = {
            "rawPath": asked.path, "queryStringParameters": {k: v[-1] for k, v in parse_qs(asked.query).items()},
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "cookies": [f"{one.key}={one.coded_value}" for one in SimpleCookie(self.headers.get("cookie")).values()],
            "requestContext": {"http": {"method": self.command, "path": asked.path}},
            "body": self.rfile.read(length).decode() if length else None,
        }  # fmt: skip
        found = _page(self.command, asked.path)
        if found is None:
            self.send_error(404)
            return
        answer = door.open_page(found[0], event, found[1])
        body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
        self.send_response(answer.status)
        for name, value in {**frame.HEADERS, "content-type": answer.media_type, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests say what matters."""


def _page(method: str, path: str) -> tuple[Page, dict[str, str]] | None:
    parts = path.split("/")
    for page in PAGES:
        named = page.path.split("/")
        if page.method == method and len(named) == len(parts):
            pairs = list(zip(named, parts, strict=True))
            if all(name == part or name.startswith("{") for name, part in pairs):
                return page, {name[1:-1]: part for name, part in pairs if name.startswith("{")}
    return None
