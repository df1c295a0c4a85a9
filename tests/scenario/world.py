"""The hub and its partners as a test meets them: over HTTP; AWS objects only where a promise is about them."""

import hashlib
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpx

from local.cloud.aws import client
from local.cloud.run_file import Run
from orderhub.adapters.dynamodb.items import values_of
from tests.scenario.partner import Partner
from tests.scenario.waiting import COMPLETED_SECONDS, DEADLINE_SECONDS, until

TOKEN = "demo-api-token"
LINE = {"sku": "ZP-2026-01", "title": "宠物智能喂食器", "price_fen": 29_900, "num": 1}
OWN_SKUS = [f"SCN-{number}" for number in range(1, 13)]
# A message that was not taken comes again this soon, and not only after the three minutes of the template.
REDELIVERY_SECONDS = {"InboundQueue": 6, "NumberQueue": 5, "ShippedQueue": 8, "ReadAgainQueue": 4, "WakeQueue": 10}
_NUMBERS = "甲乙丙丁戊己庚辛壬癸"


class World:
    """One running hub with its partners."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.shop = Partner(run.partners["youzan"])
        self.wms = Partner(run.partners["wangdiantong"])
        self.sf = Partner(run.partners["sf"])
        self.ems = Partner(run.partners["ems"])
        self.kingdee = Partner(run.partners["kingdee"])
        self.wecom = Partner(run.partners["wecom"])
        self._http = httpx.Client(base_url=run.origin, timeout=60, trust_env=False)
        self._buyers = itertools.count(int(time.time()) % 5_000 + 1)  # other people than in the run before

    # --- the shop's buyers ------------------------------------------------------------------------------------

    def buyer(self) -> dict[str, str]:
        """Somebody who does not exist and never bought before."""
        number = next(self._buyers)  # more than 5 orders of one phone within a day would be held
        return {
            "name": f"张三{_NUMBERS[number // 10 % 10]}{_NUMBERS[number % 10]}",
            "phone": f"1380013{number % 10_000:04d}",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "detail": f"测试{_NUMBERS[number % 10]}路{number}号 5幢 301室",
        }

    def place(self, *lines: dict[str, Any], **wishes: Any) -> str:
        """A buyer orders (paid unless `pay=False`); the shop's order number."""
        order = {"lines": list(lines or (LINE,)), "buyer": self.buyer(), **wishes}
        tid: str = self.shop.ask("orders", order)["tid"]
        return tid

    def buys(self, tid: str, what: str, **how: Any) -> Any:
        """The buyer or the seller does something at the shop: pay, cancel, refund, address, memo."""
        return self.shop.ask(f"orders/{tid}/{what}", how)

    # --- the hub ------------------------------------------------------------------------------------------------

    def get(self, path: str) -> Any:
        """A page of the hub's API."""
        answer = self._http.get(f"/api/{path}", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def label(self, tid: str, file: str, query: str, token: str = TOKEN) -> httpx.Response:
        """A parcel's label as a file (`1.pdf`, `1.png`), or a refusal."""
        path = f"/api/orders/youzan-{tid}/labels/{file}?{query}"
        return self._http.get(path, headers={"authorization": f"Bearer {token}"})

    def order(self, tid: str) -> dict[str, Any]:
        """What the hub shows of an order."""
        shown: dict[str, Any] = self.get(f"orders/youzan-{tid}")
        return shown

    def try_decide(self, decision_id: str, body: Any, token: str = TOKEN) -> httpx.Response:
        """A person's decision, whatever comes of it."""
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        content = body if isinstance(body, str) else json.dumps(body)
        return self._http.post(f"/api/decisions/{decision_id}", content=content, headers=headers)

    def rules(self, path: str, body: Any) -> httpx.Response:
        """What somebody does at the rule desk, whatever comes of it."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        return self._http.post(f"/api/rules/{path}", json=body, headers=headers)

    def decide(self, card: dict[str, Any], option: str, **parameters: Any) -> None:
        """Somebody decides an open card."""
        body = {"option": option, "by": "demo-clerk", "note": "scenario", "parameters": parameters}
        answer = self.try_decide(card["decision_id"], body)
        assert answer.status_code == 200, answer.text

    def row(self, tid: str) -> dict[str, Any]:
        """The order's item as it is stored, for waiting cheaply; empty while there is none."""
        key = {"pk": {"S": f"ORDER#youzan-{tid}"}, "sk": {"S": "ORDER"}}
        found = self.aws("dynamodb").get_item(TableName=self.run.tables["OrdersTable"], Key=key, ConsistentRead=True)
        return values_of(found.get("Item", {}))

    def change_address(self, tid: str, **asked: str) -> httpx.Response:
        """Customer service asks for another address, whatever comes of it."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        body = {"by": "demo-clerk", **asked}
        return self._http.post(f"/api/orders/youzan-{tid}/address-changes", json=body, headers=headers)

    def changes(self, tid: str) -> list[dict[str, Any]]:
        """The order's changes of address as the hub shows them."""
        found: list[dict[str, Any]] = self.get(f"orders/youzan-{tid}/address-changes")["changes"]
        return found

    def changed(self, tid: str, *statuses: str, number: int = 1) -> dict[str, Any]:
        """Wait until this change of the order has one of these statuses; the change."""

        def change() -> dict[str, Any]:
            known = self.changes(tid) if self.row(tid) else []
            return next((c for c in known if (c["change"], c["status"] in statuses) == (number, True)), {})

        def where() -> str:
            return f"{self._where(tid, statuses)}: {self.changes(tid) if self.row(tid) else 'unknown'}"

        return until(change, where)

    def labels(self, tid: str) -> list[dict[str, Any]]:
        """Every waybill that SF ever gave for the order, as it stands there, the first one first."""
        known = self.sf.truth()["orders"]
        return [known[reference] for reference in sorted(known) if reference.startswith(f"youzan-{tid}-")]

    def stock(self, sku: str) -> dict[str, Any]:
        """The hub's stock of a SKU as it is stored; empty while the hub does not know it."""
        key = {"pk": {"S": f"STOCK#{sku}#WH01"}, "sk": {"S": "STOCK"}}
        found = self.aws("dynamodb").get_item(TableName=self.run.tables["StockTable"], Key=key, ConsistentRead=True)
        return values_of(found.get("Item", {}))

    # --- waiting --------------------------------------------------------------------------------------------------

    def reached(self, tid: str, *milestones: str, seconds: float = DEADLINE_SECONDS) -> dict[str, Any]:
        """Wait until the order has passed these milestones; its stored item."""
        return until(lambda: self._if_reached(tid, milestones), lambda: self._where(tid, milestones), seconds)

    def waits_in(self, tid: str, step: str) -> dict[str, Any]:
        """Wait until the order's run sleeps in this step; its stored item."""

        def sleeping() -> dict[str, Any]:
            row = self.row(tid)
            return row if row.get("wait", {}).get("step") == step else {}

        return until(sleeping, lambda: self._where(tid, (f"wait in {step}",)))

    def held(self, tid: str, decision_class: str) -> dict[str, Any]:
        """Wait until the order has an open card of this class; the card."""

        def card() -> dict[str, Any]:
            open_cards = [c for c in self.order(tid)["decisions"] if c["status"] == "requested"]
            return next((c for c in open_cards if c["class"] == decision_class), {})

        until(lambda: self.row(tid), f"{tid} is known")
        return until(card, lambda: self._where(tid, (f"a card {decision_class}",)))

    @contextmanager
    def warehouse_in_a_hurry(self) -> Iterator[None]:
        """Its people work sixty times as fast; on the wire its clock stays the wall's, so what it tells stays true."""
        self.wms.ask("clock", {"speed": self.run.speed * 60})
        try:
            yield
        finally:
            self.wms.ask("clock", {"speed": self.run.speed})

    def completed(self, *tids: str, seconds: float = COMPLETED_SECONDS) -> None:
        """Wait until every one of these orders is settled."""
        for tid in tids:
            self.reached(tid, "settled", seconds=seconds)

    def _if_reached(self, tid: str, milestones: Iterable[str]) -> dict[str, Any]:
        row = self.row(tid)
        return row if row and set(milestones) <= set(row["at"]) else {}

    def _where(self, tid: str, wanted: Iterable[str]) -> str:
        row = self.row(tid)
        if not row:
            return f"{tid} should have {', '.join(wanted)}, but is unknown"
        kept = ("at", "holds", "wait", "waiting_for", "driver", "close_reason", "revision")
        cards = [(card["class"], card["evidence"]) for card in self.order(tid)["decisions"]]
        return f"{tid} should have {', '.join(wanted)}, but is { ({k: row.get(k) for k in kept}) }, cards {cards}"

    # --- webhooks by hand -------------------------------------------------------------------------------------------

    def push(self, body: bytes, **headers: str) -> httpx.Response:
        """Send bytes to the front door with these headers."""
        sent = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self._http.post("/webhooks/youzan", content=body, headers=sent)

    def push_signed(self, message: dict[str, Any] | bytes, app: dict[str, str] | None = None) -> httpx.Response:
        """Send a message as Youzan would: header Event-Sign over the raw bytes (youzan.md §5.2)."""
        signer = app or self.run.credentials["youzan"]
        body = message if isinstance(message, bytes) else wire(message)
        signed = signer["client_id"].encode() + body + signer["client_secret"].encode()
        return self.push(body, event_sign=hashlib.md5(signed).hexdigest(), client_id=signer["client_id"])

    def push_route(self, number: str, op_code: str = "50", at: str = "2026-11-20 12:30:00") -> httpx.Response:
        """One step of a parcel, as SF pushes it (sf-express.md §5.1); `at` is its time in China."""
        step = {
            "mailno": number,
            "acceptAddress": "深圳市",
            "reasonName": "",
            "orderid": "",
            "acceptTime": at,
            "remark": "快递员张三 13800130001 已收件",
            "opCode": op_code,
            "id": "157000000001",
            "reasonCode": "",
        }
        return self.push_sf({"Body": {"WaybillRoute": [step]}})

    def push_sf(self, body: dict[str, Any], topic: str = "") -> httpx.Response:
        """Send a message to SF's secret path, or to the one of `topic` behind it."""
        path = f"/webhooks/sf/{self.run.credentials['sf']['webhook_token']}"
        return self._http.post(f"{path}/{topic}" if topic else path, json=body)

    # --- AWS --------------------------------------------------------------------------------------------------------

    @cache  # noqa: B019 - one world a session
    def aws(self, service: str) -> Any:
        """A client of the local cloud."""
        return client(service, self.run.endpoint)

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Call one deployed function and return its answer; fails the test when it raised."""
        answer = self.aws("lambda").invoke(FunctionName=self.run.functions[function], Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every raw item of a table."""
        pages = self.aws("dynamodb").get_paginator("scan").paginate(TableName=self.run.tables[table])
        return [item for page in pages for item in page["Items"]]

    def change_secret(self, logical_id: str, **changes: Any) -> dict[str, Any]:
        """Change fields of a secret as an operator would; the secret as it was."""
        vault, name = self.aws("secretsmanager"), self.run.stack[logical_id]
        before: dict[str, Any] = json.loads(vault.get_secret_value(SecretId=name)["SecretString"])
        vault.put_secret_value(SecretId=name, SecretString=json.dumps({**before, **changes}))
        return before


def wire(message: dict[str, Any]) -> bytes:
    """The compact JSON that travels."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _world_at(origin: str) -> list[World]:
    return []


def shared_world(run: Run) -> World:
    """The same world for every folder of tests: buyers are numbered through the session."""
    made = _world_at(run.origin)
    if not made:
        made.append(world_of(run))
    return made[0]


def world_of(run: Run) -> World:
    """The world of a running hub: partners without quotas, goods of the scenarios' own, quick re-deliveries."""
    world = World(run)
    world.wms.ask("config", {"per_minute": 60_000})
    world.sf.ask("config", {"per_second": 1_000, "per_day": 1_000_000})
    known = world.kingdee.config()["materials"]
    world.kingdee.ask("config", {"materials": [*known, *OWN_SKUS]})
    for queue, seconds in REDELIVERY_SECONDS.items():
        world.aws("sqs").set_queue_attributes(QueueUrl=run.stack[queue], Attributes={"VisibilityTimeout": str(seconds)})
    return world
