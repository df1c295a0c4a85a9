"""The sample pushes in events/webhooks/youzan have the shape of youzan.md §5 and hold invented data only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.contract.simulators.youzan_hand import decoded, opened

SAMPLES = sorted((Path(__file__).parents[3] / "events" / "webhooks" / "youzan").glob("*.json"))
TEXTS = {"type", "id", "kdt_name", "msg_id", "status", "client_id", "sign"}
FULL = {"trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay"}
FIELDS = {
    "trade_TradePartlySellerShip": {"tid", "oids", "express_id", "express_no", "update_time"},
    "trade_TradeSellerShip": {"tid", "update_time"},
    "trade_TradeSuccess": {"tid", "update_time"},
    "trade_TradeMemoModified": {"tid", "seller_memo"},
}


def said_by(body: dict[str, Any]) -> dict[str, Any]:
    msg = body["msg"]
    return msg if isinstance(msg, dict) else decoded(msg)


def test_there_are_samples_of_every_kind_of_trade_event() -> None:
    types = {json.loads(path.read_bytes())["type"] for path in SAMPLES}
    assert len(SAMPLES) >= 12
    assert types >= {*FULL, *FIELDS, "trade_TradeClose", "trade_MessagesTheChangeAddresses"}
    assert types >= {"youzan_trade_MessagesTheChangeAddressesByBuyer", "youzan_trade_RefundCreated"}
    assert any(name.startswith("trade_refund_") for name in types)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_a_whole_push_whose_signature_is_left_to_the_sender(path: Path) -> None:
    body = json.loads(path.read_bytes())
    assert path.stem.split(".")[0] == body["type"]
    assert all(isinstance(body[key], str) for key in TEXTS) and body["sign"] == ""
    assert (type(body["kdt_id"]), type(body["version"]), type(body["test"])) == (int, int, bool)
    assert isinstance(body["msg"], dict) == body["type"].startswith("youzan_trade_Refund")
    said = said_by(body)
    if body["type"] in FULL:
        assert set(said) >= {"full_order_info", "order_promotion", "delivery_order", "refund_order"}
        info = said["full_order_info"]
        fen = [round(float(line["payment"]) * 100) for line in info["orders"]]
        assert sum(fen) == round(float(info["pay_info"]["payment"]) * 100)
        assert info["order_info"]["tid"] == body["id"]
    else:
        assert said["tid"] == body["id"] and set(said) >= FIELDS.get(body["type"], set())


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_name_and_phone_in_a_sample_is_invented(path: Path) -> None:
    text = json.dumps(said_by(json.loads(path.read_bytes())), ensure_ascii=False)
    for sealed in re.findall(r"\$[A-Za-z0-9+/=]+\$\d+\$", text):
        text += " " + opened(sealed)
    assert all(phone.startswith(("1380013", "1380000")) for phone in re.findall(r"\b1[3-9]\d{9}\b", text))
    if json.loads(path.read_bytes())["type"] in FULL and "plain" not in path.stem:
        address = said_by(json.loads(path.read_bytes()))["full_order_info"]["address_info"]
        assert re.fullmatch(r"\$.+\$1\$", address["receiver_tel"])
        assert re.fullmatch(r"\$.+\$1\$", address["receiver_name"])
