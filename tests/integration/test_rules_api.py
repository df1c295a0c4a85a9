"""The rule desk as people and tools reach it: the real handler on the real stores, and `hub rules` on top of it."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from local.cli import main
from local.cloud.paths import ROOT
from local.cloud.run_file import Run
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.rule_packs import DynamoRulePacks
from orderhub.adapters.dynamodb.verdicts import DynamoVerdicts
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, RuleKind
from orderhub.ports.orders import Change
from orderhub.runtime import wiring
from orderhub.services.rules_desk import Desk
from tests.kit.orders import T0, order
from tests.kit.packs import graph, hold

GOOD = graph([hold("dear", amounts__paid_fen="> 100000")])
BAD = graph([hold("dear", amounts__paid_fen='> "100000"'), hold("many", lines__pieces="> >")])
DRAFT = {"graph": GOOD, "owner": "ops", "by": "li", "note": "sale"}

type Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def handler(table: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    desk = Desk(DynamoRulePacks(*table), DynamoVerdicts(*table), DynamoOrders(*table), lambda: T0)
    monkeypatch.setattr(wiring, "rule_desk", lambda: desk)
    monkeypatch.setattr(wiring, "is_allowed", lambda headers: headers.get("authorization", "") == "Bearer token")
    spec = importlib.util.spec_from_file_location("rules_handler", ROOT / "functions/rules/handler.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(handler: Any, method: str, path: str, body: str, token: str = "token") -> dict[str, Any]:
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {"authorization": f"Bearer {token}"},
        "body": body,
        "requestContext": {"stage": "$default", "http": {"method": method, "path": path}},
        "isBase64Encoded": False,
    }
    answer: dict[str, Any] = handler.handler(event, None)
    return answer


@pytest.fixture
def ask(handler: Any) -> Ask:
    """GET a path, or POST a body to it: (status, answer)."""

    def asked(path: str, body: Any = None) -> tuple[int, Any]:
        text = body if isinstance(body, str) else json.dumps(body)
        answer = call(handler, "GET" if body is None else "POST", f"/api/rules{path}", text)
        is_json = "json" in json.dumps({**answer.get("headers", {}), **answer.get("multiValueHeaders", {})})
        return answer["statusCode"], json.loads(answer["body"]) if is_json else answer["body"]

    return asked


def test_nobody_comes_to_the_desk_without_the_token(handler: Any) -> None:
    assert call(handler, "GET", "/api/rules", "", token="wrong")["statusCode"] == 401


def test_every_kind_is_listed_with_the_shipped_default(ask: Ask) -> None:
    status, found = ask("")
    assert (status, {one["kind"]: one["live"] for one in found["kinds"]}) == (200, dict.fromkeys(RuleKind, 0))
    assert ask("/interception/0")[1]["owner"] == "orderhub"
    field = ask("/interception/fields")[1]["inputs"]["lines.pieces"]
    assert field == {"type": "integer", "zh": "件数", "en": "pieces in physical lines"}


def test_a_broken_pack_is_refused_with_row_column_and_reason_and_nothing_is_saved(ask: Ask) -> None:
    status, said = ask("/interception", {**DRAFT, "graph": BAD})
    assert status == 422
    told = [(p["row"], p["row_id"], p["column"], p["code"]) for p in said["error"]["problems"]]
    assert told == [(1, "dear", "amounts.paid_fen", "text_for_number"), (2, "many", "lines.pieces", "broken")]
    assert ask("/interception/check", {"graph": BAD})[1]["error"]["problems"] == said["error"]["problems"]
    assert ask("/interception")[1]["versions"] == []


def test_a_pack_is_saved_read_compared_exported_switched_and_rolled_back(ask: Ask) -> None:
    assert ask("/interception", DRAFT)[1]["version"] == 1
    csv = ask("/interception/1/csv")[1]
    assert csv.startswith("\ufeff_id,amounts.paid_fen,out:class")
    status, second = ask("/interception", {"csv": csv.replace("> 100000", "> 5000"), "owner": "ops", "by": "li"})
    assert (status, second["version"], second["status"]) == (200, 2, "draft")
    plain = "编号,实付 [amounts.paid_fen],[out:class],[out:reason]\ndear,> 50,assessment_held,dear\n"
    assert ask("/interception/check", {"csv": plain}) == (200, {"problems": []})
    assert ask("/interception/2/against/1")[1]["changed"] == {"dear": {"amounts.paid_fen": ["> 100000", "> 5000"]}}
    assert ask("/interception/1/switch", {"replaces": 0, "by": "li"})[1]["error"]["code"] == "untested"
    assert ask("/interception/1/switch", {"replaces": 0, "by": "li", "reason": "checked"})[1]["status"] == "live"
    status, said = ask("/interception/2/switch", {"replaces": 0, "by": "wang", "reason": "checked"})
    assert (status, said["error"]["code"]) == (409, "switched_meanwhile")
    assert "li" in said["error"]["message"]
    assert ask("/interception/0/switch", {"replaces": 1, "by": "li", "reason": "over"})[0] == 200
    found = ask("/interception")[1]
    assert (found["live"], [one["status"] for one in found["versions"]]) == (0, ["draft", "retired"])


def test_a_draft_written_from_another_version_than_the_live_one_needs_a_reason(ask: Ask) -> None:
    for version in (1, 2):
        assert ask("/interception", {**DRAFT, "based_on": 0})[1]["based_on"] == 0
        ask(f"/interception/{version}/backtest", {"since": T0 - 5, "until": T0 + 5, "by": "li"})
    assert ask("/interception/1/switch", {"replaces": 0, "by": "li"})[0] == 200
    status, said = ask("/interception/2/switch", {"replaces": 1, "by": "wang"})
    assert (status, said["error"]["code"], said["error"]["evidence"]) == (409, "outdated", {"based_on": 0, "live": 1})
    assert ask("/interception/2/switch", {"replaces": 1, "by": "wang", "reason": "the same rows"})[0] == 200
    assert ask("/interception/1/switch", {"replaces": 2, "by": "li"})[0] == 200  # back to what was live: no draft


def test_a_back_test_stays_with_the_version_it_tried(ask: Ask, table: tuple[Any, str]) -> None:
    verdict = Verdict({"amounts": {"paid_fen": 200_000}}, (Evaluation(RuleKind.INTERCEPTION, 0, ()),), "pass", (), T0)
    DynamoOrders(*table).commit(Change(None, order(), T0, records=(verdict,)))
    period = {"since": T0 - 5, "until": T0 + 5}
    status, found = ask("/interception/backtest", {"graph": GOOD, **period})
    assert (status, found["changed"]["newly_matched"]) == (200, {"orders": 1, "paid_fen": 200_000})
    ask("/interception", DRAFT)
    assert ask("/interception/1/backtest", {**period, "by": "li"})[1]["orders"] == 1
    kept = ask("/interception/1")[1]
    assert (kept["status"], kept["tested"]["changed"]["newly_matched"]["orders"]) == ("tested", 1)
    assert ask("/interception/1/switch", {"replaces": 0, "by": "li"})[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/astrology", None, 404, "no_such_kind"),
        ("/interception/9", None, 404, "no_such_version"),
        ("/interception/x1", None, 404, "no_such_version"),
        ("/interception/٣", None, 404, "no_such_version"),
        ("/interception/1234567", None, 404, "no_such_version"),
        ("/interception/9/csv", None, 404, "no_such_version"),
        ("/interception/9/switch", {"replaces": 0, "by": "li", "reason": "x"}, 404, "no_such_version"),
        ("/interception", "", 422, "bad_request"),
        ("/interception", "[]", 422, "bad_request"),
        ("/interception", {"owner": "o", "by": "li"}, 422, "bad_request"),
        ("/interception", {**DRAFT, "csv": "_id"}, 422, "bad_request"),
        ("/interception", {**DRAFT, "by": " "}, 422, "bad_request"),
        ("/interception", {**DRAFT, "extra": 1}, 422, "bad_request"),
        ("/interception", {**DRAFT, "graph": {}}, 422, "bad_pack"),
        ("/interception", "x" * 1_500_001, 422, "too_large"),
        ("/interception/check", {"csv": "\ud800"}, 422, "bad_request"),
        ("/interception/0/switch", {"replaces": "0", "by": "li"}, 422, "bad_request"),
        ("/interception/0/switch", {"replaces": 0, "by": "li"}, 409, "already_live"),
        ("/interception/backtest", {"graph": GOOD, "since": 5, "until": 5}, 422, "bad_period"),
        ("/interception/backtest", {"graph": GOOD, "since": -1, "until": 5}, 422, "bad_request"),
    ],
)
def test_what_makes_no_sense_is_refused(ask: Ask, path: str, body: Any, status: int, code: str) -> None:
    found, said = ask(path, body)
    assert (found, said["error"]["code"]) == (status, code)


# --- hub rules ---------------------------------------------------------------------------------------------------


@pytest.fixture
def cli(
    handler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str]]]:
    """`hub rules …` against the handler: (exit code, what was printed)."""
    monkeypatch.setattr(wiring, "is_allowed", lambda headers: True)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET", "")

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers["content-length"])).decode())

        def _answer(self, method: str, body: str) -> None:
            answer = call(handler, method, self.path, body)
            data = answer["body"].encode()
            self.send_response(answer["statusCode"])
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Not on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    Run(url, url, {}, {}, "", "", "", {}, {}, {}, {}, "", 1.0, 1.0).write(tmp_path)

    def hub(*words: str) -> tuple[int, str]:
        code = main(["rules", *words])
        out, err = capsys.readouterr()
        return code, "\n".join(line for line in (out + err).splitlines() if not line.startswith("{"))

    yield hub
    server.shutdown()
    server.server_close()


def test_hub_rules_walks_from_a_file_to_the_live_version_and_back(
    cli: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    file = tmp_path / "interception-sale.csv"
    file.write_bytes('_id,amounts.paid_fen,out:class,out:reason\n大,> 1,"x",5\n'.encode())
    code, said = cli("check", str(file))
    assert code == 1
    assert "line 2 row 1" in said
    assert "number_for_text" in said
    file.write_text("_id,amounts.paid_fen,out:class,out:reason\ndear,> 100000,'assessment_held','dear'\n")
    assert cli("check", str(file))[0] == 0
    assert cli("save", str(file), "--by", "li")[1].startswith("interception v1: draft")
    assert "> 100000" in cli("show", "interception", "1")[1]
    code, said = cli("switch", "interception", "1", "--by", "li")
    assert (code, "untested" in said) == (1, True)
    code, said = cli("backtest", "interception:1", "--since", "2026-11-01", "--until", "2026-11-02T08:00", "--by", "li")
    assert (code, said.splitlines()[0]) == (0, "interception: 0 单 orders, 0 无法读取 unreadable")
    assert cli("switch", "interception", "1", "--by", "li")[0] == 0
    assert "v1 live" in cli("list", "interception")[1]
    exported = tmp_path / "interception.csv"
    exported.write_text(cli("export", "interception", "1", "--csv")[1], encoding="utf-8")
    assert cli("check", str(exported))[0] == 0
    assert cli("diff", "interception", "1", "1")[1] == "没有差别 · nothing differs"
    assert "- dear" in cli("diff", "interception", "1", "0")[1]
    assert cli("switch", "interception", "0", "--by", "li", "--reason", "over")[0] == 0
    assert cli("list")[0] == 0
    assert "lines.pieces" in cli("fields", "interception")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "nowhere.csv"), "nowhere.csv"),
        (("backtest", "interception:1", "--since", "yesterday"), "no day like"),
        (("list", "astrology"), "no_such_kind"),
        (("export", "interception", "9", "--csv"), "no_such_version"),
    ],
)
def test_hub_rules_says_what_it_cannot_do(
    cli: Callable[..., tuple[int, str]], words: tuple[str, ...], said: str
) -> None:
    code, printed = cli(*words)
    assert code == 1
    assert said in printed
