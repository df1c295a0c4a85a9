"""Stands between the functions and the emulator and counts: every AWS request, and the units DynamoDB bills.

Each DynamoDB request is asked to say what it consumed (ReturnConsumedCapacity), which the emulator computes
as AWS bills: per started KB, twice within a transaction, index entries by themselves.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})
_READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})


class Counts:
    """What went through; `take()` returns it and starts again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._start()

    def _start(self) -> None:
        self.requests: Counter[str] = Counter()
        self.units: dict[str, float] = defaultdict(float)
        self.events: list[tuple[str, str]] = []
        self.by_write: dict[str, float] = defaultdict(float)

    def add(self, service: str, action: str, asked: dict[str, Any], status: int, answer: dict[str, Any]) -> None:
        with self._lock:
            self.requests[f"{service}.{action}"] += 1
            if service == "dynamodb":
                self._add_units(action, asked, status, answer)
            if action == "PutEvents":
                self.events += [(entry["Source"], entry["DetailType"]) for entry in asked["Entries"]]

    def _add_units(self, action: str, asked: dict[str, Any], status: int, answer: dict[str, Any]) -> None:
        kind = "write" if action in _WRITES else "read" if action in _READS else ""
        if not kind:
            return
        consumed = answer.get("ConsumedCapacity", [])
        for one in consumed if isinstance(consumed, list) else [consumed]:
            index = sum(float(part["CapacityUnits"]) for part in one.get("GlobalSecondaryIndexes", {}).values())
            self.units[f"{kind}_units"] += one["CapacityUnits"]
            self.units[f"{kind}_units_of_index"] += index
            self.by_write[f"{action} {_what(asked)}"] += one["CapacityUnits"]
        if status == 400:  # a condition that fails is billed too, by the size of what it met: at least one unit
            self.units[f"{kind}_units"] += 2 * len(asked.get("TransactItems", ())) or 1
            self.requests["dynamodb.refused"] += 1

    def take(self) -> dict[str, Any]:
        with self._lock:
            taken = {
                "requests": dict(self.requests),
                "units": dict(self.units),
                "events": list(self.events),
                "by_write": dict(self.by_write),
            }
            self._start()
            return taken


def _what(asked: dict[str, Any]) -> str:
    """The kinds of item a request touches, by the words of their keys."""
    keys: list[Any] = []
    for item in asked.get("TransactItems", ()):
        ((kind, body),) = item.items()
        keys.append((kind, body.get("Key") or body.get("Item")))
    if "Key" in asked or "Item" in asked:
        keys.append(("", asked.get("Key") or asked.get("Item")))
    for table in asked.get("RequestItems", {}).values():
        keys += [("", key) for key in table.get("Keys", ())]
    words = [(kind, key["sk"]["S"].partition("#")[0]) for kind, key in keys if key and "S" in key.get("sk", {})]
    found = [f"{kind}{'INSTANT' if word.isdecimal() else word}" for kind, word in words]
    return "+".join(found) or str(asked.get("IndexName", "")) or "query"


class CountingProxy:
    """Listens on 127.0.0.1:`port`, passes everything to `target` (host, port)."""

    def __init__(self, port: int, target: tuple[str, int]) -> None:
        self.counts = Counts()
        counts = self.counts
        local = threading.local()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                action = self.headers.get("x-amz-target", "").rpartition(".")[2]
                scope = self.headers.get("authorization", "").partition("Credential=")[2].split("/")
                service = scope[3] if len(scope) > 3 else "unknown"
                asked: dict[str, Any] = {}
                if action:
                    asked = json.loads(body or b"{}")
                if service == "dynamodb" and action in _WRITES | _READS:
                    body = json.dumps({**asked, "ReturnConsumedCapacity": "INDEXES"}).encode()
                headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
                status, given, content = self._exchange(body, headers)
                answer = json.loads(content) if action and content[:1] == b"{" else {}
                counts.add(service, action or f"{self.command} {self.path.partition('?')[0]}", asked, status, answer)
                self.send_response_only(status)
                for name, value in given:
                    if name.lower() not in _HOP and name.lower() != "x-amz-crc32":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
                for attempt in (1, 2):
                    connection = getattr(local, "connection", None)
                    if connection is None:
                        connection = local.connection = http.client.HTTPConnection(*target, timeout=60)
                    try:
                        connection.request(self.command, self.path, body, headers)
                        answer = connection.getresponse()
                        return answer.status, answer.getheaders(), answer.read()
                    except (OSError, http.client.HTTPException):
                        local.connection = None
                        if attempt == 2:
                            raise
                raise AssertionError("unreachable")

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="counting-proxy")

    def __enter__(self) -> CountingProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
