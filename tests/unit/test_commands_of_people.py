"""`hub send`, `order`, `decisions`, `decide`: what a person types, and what comes back."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from local.cli import main
from local.cloud.run_file import Run
from local.order_page import page
from local.partners.youzan.signing import body_sign, event_sign
from local.webhooks import damaged, read_sample, signed

SAMPLE = Path("events/webhooks/youzan/trade_TradeBuyerPay.json")
KEYS = {"youzan": {"client_id": "c", "client_secret": "s", "kdt_id": "42"}, "sf": {"webhook_token": "token"}}
CARD = {
    "decision_id": "youzan-E1.stock_mismatch.A", "order_id": "youzan-E1", "class": "stock_mismatch",
    "name": {"zh": "库存不匹配", "en": "Stock mismatch"}, "owner": "purchasing", "evidence": {"sku": "A"},
    "options": ["retry", "cancel"], "due_at": 2_000, "status": "requested",
}  # fmt: skip
BULK: list[dict[str, Any]] = [
    {"decision_id": CARD["decision_id"], "order_id": "youzan-E1", "step": "await_release", "next_step": "reserve",
     "error": None},
    {"decision_id": "x", "order_id": "youzan-E2", "step": "", "next_step": "",
     "error": {"code": "order_cancelled", "message": "youzan-E2 was cancelled meanwhile"}},
]  # fmt: skip
ORDER: dict[str, Any] = {
    "order_id": "youzan-E1", "platform_id": "E1", "shop_id": "42", "step": "await_release", "is_finished": False,
    "outcome": "open", "close_reason": "", "waiting_for": "", "holds": {CARD["decision_id"]: "stock_mismatch"},
    "receiver": {"name": "张*", "phone": "138****0001", "province": "浙江省", "city": "杭州市", "district": "西湖区"},
    "lines": [{"sku": "A", "name": "宠物智能喂食器", "quantity": 1, "payable_fen": 39900, "is_gift": False}],
    "amounts": {"goods_fen": 39900, "freight_fen": 0, "discount_fen": 0, "payable_fen": 39900, "paid_fen": 39900,
                "refunded_fen": 0},
    "gifts": [{"rule_id": "filter-from-299", "pack": "gifts v0", "code": "FP-001", "name": "智能饮水机滤芯",
               "quantity": 1, "waybill_line": "赠品:智能饮水机滤芯×1", "line_id": "L1", "main_sku": "A",
               "sticker": {"position": "面单右上角", "x_mm": 85, "y_mm": 15}}],
    "settlement": None, "waybills": [], "executions": {"current": "youzan-E1-1", "epoch": 1, "waits_in": ""},
    "effects": [], "decisions": [CARD],
    "timeline": [{"at": 1_795_359_546_186, "type": "OrderPaid", "data": {"paid_fen": 39900}}],
}  # fmt: skip


class FakeHub(BaseHTTPRequestHandler):
    """Answers as the hub's API does; remembers what was asked."""

    asked: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_GET(self) -> None:
        answers: dict[str, Any] = {"/api/orders/youzan-E1": ORDER, "/api/decisions": {"decisions": [CARD]}}
        answers["/api/decisions?class=stock_mismatch&cause=A"] = {"decisions": [CARD], "cursor": ""}
        if self.path in answers:
            self._answer(200, answers[self.path])
        else:
            self._answer(404, {"error": {"code": "no_such_order", "message": self.path}})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.asked.append((self.path, self.headers.get("Event-Sign", ""), body))
        if self.path == "/webhooks/youzan":
            right = self.headers["Event-Sign"] == event_sign("c", body, "s")
            self._answer(200 if right else 401, {"msg": "success" if right else "failed"})
        elif self.path.endswith("/undo"):
            self._answer(200, {"decision_id": CARD["decision_id"], "status": "requested", "due_at": 2_000})
        elif "/bulk" in self.path:
            self._answer(200, {"results": BULK})
        elif json.loads(body)["option"] == "cancel":
            made = {"decision_id": CARD["decision_id"], "option": "cancel", "made_by": json.loads(body)["by"]}
            self._answer(200, made)
        else:
            self._answer(409, {"error": {"code": "already_made", "message": "李四 chose cancel"}})

    def _answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Not on the test's output."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str, bytes]]]:
    FakeHub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    Run(url, url, {}, KEYS, "", "", "", {}, {}, {}, {}, "", 1.0, 1.0).write(tmp_path)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    yield FakeHub.asked
    server.shutdown()
    server.server_close()


def test_send_signs_header_and_body_as_the_shop_does(hub: list[tuple[str, str, bytes]]) -> None:
    assert main(["send", str(SAMPLE), "--times", "2"]) == 0
    assert len(hub) == 2
    assert len({body for _, _, body in hub}) == 1
    push = json.loads(hub[0][2])
    assert (push["client_id"], push["kdt_id"]) == ("c", 42)
    assert push["sign"] == body_sign("c", push["msg"], "s")


def test_send_forged_succeeds_when_the_hub_refuses(hub: list[tuple[str, str, bytes]]) -> None:
    assert main(["send", str(SAMPLE), "--forge"]) == 0
    assert hub[0][1] != event_sign("c", hub[0][2], "s")


def test_send_names_what_is_wrong_with_a_file(tmp_path: Path, hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert main(["send", str(broken)]) == 1
    assert "is not JSON" in capsys.readouterr().err


def test_send_says_whose_webhooks_it_knows(tmp_path: Path, hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.json"
    file.write_text("{}")
    assert main(["send", str(file), "--partner", "nobody"]) == 1
    assert "--partner youzan" in capsys.readouterr().err


def test_a_damaged_push_differs_in_one_byte_and_keeps_its_signature() -> None:
    good = signed("youzan", read_sample(SAMPLE), KEYS)
    bad = damaged(good)
    assert sum(a != b for a, b in zip(good.body, bad.body, strict=True)) == 1
    assert good.headers == bad.headers
    assert event_sign("c", bad.body, "s") != bad.headers["Event-Sign"]


def test_a_carriers_push_goes_to_its_secret_path() -> None:
    assert signed("sf", {}, KEYS).path == "/webhooks/sf/token"
    assert signed("sf", {}, KEYS, forge=True).path != "/webhooks/sf/token"


@pytest.mark.parametrize("wanted", ["E1", "youzan-E1"])
def test_order_takes_the_hubs_id_and_the_platforms(wanted: str, hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["order", wanted]) == 0
    printed = capsys.readouterr().out
    assert "宠物智能喂食器" in printed
    assert "¥399.00" in printed
    assert "赠品:智能饮水机滤芯×1" in printed
    assert "面单右上角 85,15 mm" in printed
    assert "11-22 22:59:06.186" in printed


def test_order_in_json_is_the_hubs_answer(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["order", "E1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ORDER


def test_an_order_that_is_not_known_says_what_to_do(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["order", "E2"]) == 1
    assert "webhook was lost" in capsys.readouterr().err


def test_a_held_order_shows_the_decision_that_frees_it() -> None:
    assert f"hub decide '{CARD['decision_id']}'" in page(ORDER)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("not_picked_up", "未揽收"),
        ("in_transit", "运输中"),
        ("delivering", "派送中"),
        ("delivered", "已签收"),
        ("returning", "退回中"),
    ],
)
def test_a_parcel_with_a_label_is_shown_with_where_it_is(zone: str, words: str) -> None:
    parcel = {"number": 1, "warehouse": "WH01", "waybill_number": "SF1", "line_ids": ["L1"], "at": {}, "zone": zone}
    assert words in page(ORDER | {"parcels": [parcel]})
    assert words not in page(ORDER | {"parcels": [parcel | {"waybill_number": ""}]})


def test_decisions_show_the_command_for_every_option(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decisions"]) == 0
    printed = capsys.readouterr().out
    assert "库存不匹配" in printed
    assert all(f"hub decide '{CARD['decision_id']}' {option}" in printed for option in ("retry", "cancel"))


def test_decide_sends_who_and_why(hub: list[tuple[str, str, bytes]]) -> None:
    assert main(["decide", str(CARD["decision_id"]), "cancel", "--by", "cs-07", "--note", "缺货"]) == 0
    assert json.loads(hub[0][2]) == {"option": "cancel", "by": "cs-07", "note": "缺货"}


def test_decide_sends_parameters_and_takes_back(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    card = str(CARD["decision_id"])
    assert main(["decide", card, "cancel", "--set", "sku=B", "--set", "note=a=b"]) == 0
    assert json.loads(hub[0][2])["parameters"] == {"sku": "B", "note": "a=b"}
    assert main(["decide", card, "--undo", "--by", "li"]) == 0
    assert hub[1][0].endswith(f"{card}/undo")
    assert "open again" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["decide", "x"], ["decide", "x", "retry", "--undo"]])
def test_decide_wants_an_option_or_undo_not_both(words: list[str], hub: Any) -> None:
    assert main(words) == 2
    assert hub == []


def test_decide_wants_parameters_with_a_name(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", "x", "cancel", "--set", "nonsense"]) == 1
    assert "NAME=VALUE" in capsys.readouterr().err


@pytest.mark.parametrize(("flag", "path"), [("--bulk-preview", "bulk/preview"), ("--apply", "bulk")])
def test_many_are_looked_at_or_decided_and_each_is_told(
    flag: str, path: str, hub: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decisions", "--class", "stock_mismatch", "--cause", "A", flag, "retry"]) == 1
    told = capsys.readouterr().out
    assert "await_release → reserve" in told
    assert "youzan-E2 was cancelled meanwhile" in told
    assert hub[0][0] == f"/api/decisions/{path}"
    assert ("request_id" in json.loads(hub[0][2])) == (flag == "--apply")


def test_the_document_of_the_api_is_written(tmp_path: Path) -> None:
    assert main(["openapi", str(tmp_path / "api.json")]) == 0
    assert "/api/decisions/{decision_id}/undo" in json.loads((tmp_path / "api.json").read_text())["paths"]


def test_decide_says_that_somebody_was_faster(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decide", str(CARD["decision_id"]), "retry", "--by", "张三"]) == 1
    assert "somebody was faster: 李四 chose cancel" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["decisions"], ["order", "E1"], ["decide", "a", "b"], ["send", str(SAMPLE)]])
def test_without_a_hub_every_command_says_how_to_start_one(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "nowhere"))
    assert main(words) == 1
    assert "start one with `hub up`" in capsys.readouterr().err
