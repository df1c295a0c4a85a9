"""The composition root: what each function works with, made once per instance, when it is first asked for."""

import contextlib
import hmac
import json
import os
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from orderhub.runtime.carriers import carriage, carriers
from orderhub.runtime.clients import aws, now_ms, secret
from orderhub.runtime.packing import label_areas, packing_room
from orderhub.runtime.settings import MissingSettings, optional, required
from orderhub.runtime.stores import (
    bus,
    change_runs,
    counted_facts,
    digest,
    effects,
    executions,
    orders,
    presence,
    queue,
    rule_packs,
    seal,
    staff,
    stock,
    stock_ledger,
    tallies,
    verdicts,
    waiting_room,
    watermarks,
)

__all__ = [
    "address_gate",
    "alerting",
    "books",
    "bus",
    "carriage",
    "carriers",
    "change_runs",
    "correct_stock",
    "counted_facts",
    "desk",
    "digest",
    "drain_with",
    "executions",
    "fact_at",
    "facts_in",
    "follow_transfers",
    "intake",
    "is_allowed",
    "is_dead_letter",
    "is_stream_range",
    "judging",
    "keep_fact_for_retry",
    "label_areas",
    "labels",
    "now_ms",
    "orders",
    "packing_room",
    "prepare",
    "presence",
    "put_inbound",
    "refresh_keys",
    "refuse_again",
    "refuse_range",
    "release_supplied",
    "report_failure",
    "rule_desk",
    "rule_packs",
    "rules",
    "seal",
    "shop_counter",
    "shop_ids",
    "shopfront",
    "sources",
    "staff",
    "stock",
    "stock_ledger",
    "stream_range",
    "tallies",
    "waiting_room",
    "wangdiantong",
    "warehouse",
    "watermarks",
    "youzan",
]


def prepare(*makers: Callable[[], Any]) -> None:
    """Make these now, when the instance starts ahead of any call (provisioned concurrency, and the laptop's workers).

    An instance that starts because of a call makes only what that call uses. Trouble is left to the call that meets it.
    """
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "provisioned-concurrency":
        return
    for make in makers:
        with contextlib.suppress(Exception):
            make()


@cache
def sources() -> Any:
    """What sourcing works with: the usual warehouse first, then the others of the setting."""
    from orderhub.services.source import Sources

    usual = required("WAREHOUSE_NO")["WAREHOUSE_NO"]
    others = (each.strip() for each in optional("OTHER_WAREHOUSE_NOS", "").split(","))
    return Sources(stock(), rules(), tuple(dict.fromkeys([usual, *filter(None, others)])))


def follow_transfers() -> Mapping[str, int]:
    """Take the stock transfers that orders wait for one step on; returns counts."""
    from orderhub.services.follow_transfers import follow_transfers as follow

    return follow(warehouse(), executions())


def release_supplied() -> Mapping[str, int]:
    """Let orders go on whose goods have come; returns counts."""
    from orderhub.services.release_supplied import release_supplied as release

    return release(orders(), sources(), executions(), now_ms())


@cache
def rules() -> Any:
    """The rule book: which pack of each kind judges now."""
    from orderhub.services.rulebook import LiveRules

    return LiveRules(rule_packs(), now_ms)


def rule_desk() -> Any:
    """Where rules are written, tried and switched."""
    from orderhub.services.rules_desk import Desk

    return Desk(rule_packs(), verdicts(), orders(), now_ms)


# --- warehouse, carrier, shop, ledger ------------------------------------------------------------------------


def wangdiantong() -> Any:
    from orderhub.runtime.partners import wangdiantong as client

    return client()


def youzan() -> Any:
    from orderhub.runtime.partners import youzan as client

    return client()


def warehouse() -> Any:
    from orderhub.runtime.partners import limits
    from orderhub.services.dispatch import Warehouse

    return Warehouse(orders(), effects(), stock(), wangdiantong(), waiting_room(), limits(), seal(), now_ms, time.sleep)


def labels() -> Any:
    """What drawing labels works with; who sends is read from the secret each time, so it can be changed there."""
    from orderhub.adapters.labels.renderer import PdfLabels
    from orderhub.services.label import LabelDesk, senders_in

    senders = senders_in(secret("HUB_SECRET_ID").content().get("senders"))
    return LabelDesk(orders(), PdfLabels(), seal(), senders, now_ms)


def judging() -> Any:
    """What judging a change of address works with: where the plain address may be opened."""
    from orderhub.services.judge_address_change import Judging

    return Judging(orders(), rules(), seal(), digest(), executions(), now_ms, carriers())


def shop_counter() -> Any:
    from orderhub.services.tell_shop_address import ShopCounter

    is_on = optional("SHOP_TAKES_ADDRESSES", "0") == "1"
    return ShopCounter(orders(), effects(), youzan(), seal(), now_ms, is_on)


def shopfront() -> Any:
    from orderhub.services.after_shipping import Shopfront

    return Shopfront(orders(), effects(), youzan(), now_ms)


def books() -> Any:
    from orderhub.runtime.partners import kingdee
    from orderhub.services.settle import Books

    return Books(orders(), effects(), kingdee(), now_ms, int(optional("PLATFORM_FEE_PER_MILLE", "6")), rules())


def alerting() -> Any:
    from orderhub.runtime.alerting import alerting as wired

    return wired()


def drain_with(partner: str) -> tuple[Any, ...]:
    """What ``drain`` needs besides the partner's name."""
    from orderhub.runtime.partners import is_down

    return is_down(partner), orders(), waiting_room(), executions(), now_ms


def correct_stock() -> Mapping[str, int]:
    """Compare the hub's stock with the warehouse's and book what differs for good; returns counts."""
    from orderhub.services.poll_stock import poll_stock

    return poll_stock(wangdiantong(), stock(), watermarks(), orders(), now_ms)


# --- intake --------------------------------------------------------------------------------------------------


def address_gate() -> None:
    """The data of the address gate, read ahead of the first order."""
    from orderhub.services.address_gate import load_divisions

    load_divisions()


@cache
def intake() -> Any:
    from orderhub.runtime.readers import readers
    from orderhub.services.take_message import Intake

    return Intake(orders(), executions(), seal(), readers(seal(), digest(), _ask_for_keys), _read_again, now_ms, _press)


def _press(press: Any) -> str:
    from orderhub.runtime.alerting import desk
    from orderhub.services.press_button import press_button

    return press_button(press, desk())


def _ask_for_keys(shop_id: str) -> None:
    queue("READ_AGAIN_QUEUE_URL").send(json.dumps({"task": "refresh_keys", "shop_id": shop_id}))


def _read_again(shop_id: str, platform_id: str) -> None:
    queue("READ_AGAIN_QUEUE_URL").send(json.dumps({"shop_id": shop_id, "platform_id": platform_id}))


def is_dead_letter(record: Mapping[str, Any]) -> bool:
    """Whether a record comes from the inbound queue's dead letters."""
    return str(record.get("eventSourceARN", "")) == os.environ.get("INBOUND_DLQ_ARN", "none")


def put_inbound(detail: bytes) -> None:
    """Put an order read from the shop into the inbound queue."""
    from orderhub.contracts.inbound_envelope import write_inbound

    queue("INBOUND_QUEUE_URL").send(
        write_inbound(
            partner="youzan",
            kind="detail",
            trust="full",
            received_at_ms=now_ms(),
            correlation_id=os.urandom(16).hex(),
            headers={},
            body=detail,
        )
    )


def shop_ids() -> tuple[str, ...]:
    """The shops that orders are pulled from."""
    ids: Any = secret("YOUZAN_SECRET_ID").content()["kdt_ids"]
    return tuple(str(shop_id) for shop_id in ids)


def refresh_keys() -> Mapping[str, int]:
    """Fetch the shops' decryption keys and add new versions to the secret; old versions stay readable."""
    held: dict[str, dict[str, str]] = json.loads(json.dumps(secret("YOUZAN_KEYS_SECRET_ID").content()))
    before = json.dumps(held, sort_keys=True)
    for shop_id in shop_ids():
        held[shop_id] = {**held.get(shop_id, {}), **youzan().decryption_keys(shop_id)}
    changed = json.dumps(held, sort_keys=True) != before
    if changed:
        secret_id = required("YOUZAN_KEYS_SECRET_ID")["YOUZAN_KEYS_SECRET_ID"]
        aws("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=json.dumps(held))
        secret("YOUZAN_KEYS_SECRET_ID").renew()
    return {"shops": len(held), "changed": int(changed)}


# --- people --------------------------------------------------------------------------------------------------


def desk() -> Any:
    """What deciding works with."""
    from orderhub.services.option_effects import Desk

    return Desk(orders(), seal(), digest(), rules())


def is_allowed(headers: Mapping[str, str]) -> bool:
    """Whether a request carries the API token of the secret ``hub`` (compared in constant time)."""
    given = headers.get("authorization", "").removeprefix("Bearer ").strip()
    token = str(secret("HUB_SECRET_ID").content().get("api_token", ""))
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def session_key() -> str:
    """What sessions and links are signed with. Raises MissingSettings when the secret ``hub`` has none."""
    key = str(secret("HUB_SECRET_ID").content().get("session_key", ""))
    if len(key) < 32:
        raise MissingSettings("the secret hub needs a session_key of 32 signs or more")
    return key


# --- facts ---------------------------------------------------------------------------------------------------


def facts_in(event: Mapping[str, Any]) -> list[Any]:
    """The facts that a batch of the table's stream inserted."""
    from orderhub.adapters.dynamodb.fact_stream import facts_in as read

    return read(event)


def fact_at(pk: str, sk: str) -> Any:
    """A stored fact by its key. Raises KeyError when there is none."""
    from orderhub.adapters.dynamodb.fact_stream import fact_at as read

    return read(aws("dynamodb"), required("ORDERS_TABLE")["ORDERS_TABLE"], pk, sk)


def keep_fact_for_retry(fact: Any) -> None:
    """Send the fact's key to the retry queue."""
    from orderhub.adapters.dynamodb.fact_stream import key_of

    queue("FACT_RETRY_QUEUE_URL").send(json.dumps(key_of(fact)))


def refuse_again(fact: Any) -> None:
    """The bus refused a fact for another time: its record must be delivered again."""
    raise RuntimeError(f"the bus refused {fact.event_id}")


def is_stream_range(body: Mapping[str, Any]) -> bool:
    """Whether a queue message names a stream batch that was given up on."""
    from orderhub.adapters.dynamodb.stream_range import is_range

    return is_range(body)


def stream_range(body: Mapping[str, Any]) -> list[Any]:
    """The stream records such a message names."""
    from orderhub.adapters.dynamodb.stream_range import records_in

    return list(records_in(aws("dynamodbstreams"), body))


def refuse_range(failed: list[str]) -> None:
    """Some records failed another time: the message must be delivered again."""
    raise RuntimeError(f"{len(failed)} records failed again")


def report_failure(record_id: str, error: Exception) -> None:
    """Say in the log that one record failed; its data stays out of it."""
    from orderhub.runtime.log_line import write_log_line

    write_log_line(
        fields={"record": record_id, "problem": type(error).__name__},
        counts={"RecordFailures": 1},
        milliseconds={},
        dimensions={"function": "project"},
    )
