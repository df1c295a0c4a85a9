"""Every key string of OrdersTable, built here and nowhere else (design §4). StockTable: ``stock_keys``."""

from datetime import UTC, datetime
from zlib import crc32

DAY_MS = 86_400_000
OPEN_SHARDS = 8
INDEX = "gsi1"


def order_pk(order_id: str) -> str:
    return f"ORDER#{order_id}"


def order_of(pk: str) -> str:
    """The order id of an item below an order."""
    return pk.removeprefix("ORDER#")


ORDER_SK = "ORDER"


def fact_sk(revision: int, number: int) -> str:
    return f"FACT#{revision:010d}#{number}"


def verdict_sk(revision: int, number: int) -> str:
    return f"VERDICT#{revision:010d}#{number}"


JUDGED_SHARDS = 8


def judged_pk(day: str, shard: int) -> str:
    return f"JUDGED#{day}#{shard}"


def judged_index(judged_at: int, order_id: str) -> tuple[str, str]:
    """Verdicts by the UTC day they were made on, spread over 8 partitions, in order of time."""
    shard = crc32(order_id.encode()) % JUDGED_SHARDS
    return judged_pk(day_of(judged_at), shard), f"{judged_at:013d}#{order_id}"


PLACED_SHARDS = 8


def counted_pk(day: str) -> str:
    """Facts that figures are counted from, by the UTC day they were recorded on."""
    return f"COUNTED#{day}"


def placed_pk(day: str, shard: int) -> str:
    """That an order was placed, by the UTC day it was recorded on, spread over 8 partitions."""
    return f"PLACED#{day}#{shard}"


def placed_shard_of(order_id: str) -> int:
    return crc32(order_id.encode()) % PLACED_SHARDS


def recorded_sk(recorded_at: int, order_id: str) -> str:
    return f"{recorded_at:013d}#{order_id}"


def days_of(since: int, until: int) -> tuple[str, ...]:
    """The UTC days from ``since`` (in) to ``until`` (out), epoch ms."""
    return tuple(day_of(day * DAY_MS) for day in range(since // DAY_MS, (until - 1) // DAY_MS + 1))


def day_of(at: int) -> str:
    """``20261125``: the UTC day of an instant in epoch ms."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y%m%d")


def fulfillment_sk(number: int) -> str:
    return f"FULFILLMENT#{number}"


def transfer_sk(number: int) -> str:
    return f"TRANSFER#{number}"


TRANSFERS_PK = "TRANSFER"
"""Index partition of the stock transfers under way, oldest first."""


def transfer_index_sk(requested_at: int, reference: str) -> str:
    return f"{requested_at:013d}#{reference}"


def search_sk(fulfillment: int) -> str:
    return f"SEARCH#{fulfillment}"


def search_index(turn: str, stands_at: int, order_id: str, fulfillment: int) -> tuple[str, str]:
    """Open searches for a parcel's number, by who is asked next, the longest waiting first."""
    return searches_pk(turn), f"{stands_at:013d}#{order_id}#{fulfillment}"


def searches_pk(turn: str) -> str:
    return f"NUMBER#{turn}"


def freight_sk(kind: str, cause: str) -> str:
    return f"FREIGHT#{kind}#{cause}"


def waybill_sk(fulfillment: int, version: int) -> str:
    """A version that was pushed to the carrier."""
    return f"WAYBILL#{fulfillment}#{version}"


def cached_waybill_sk(fulfillment: int, place: int) -> str:
    """One of the latest versions the hub wanted; the places are used in turn."""
    return f"WAYBILL#{fulfillment}#CACHED#{place}"


def effect_sk(verb: str, reference: str) -> str:
    return f"EFFECT#{verb}#{reference}"


def decision_sk(decision_id: str) -> str:
    return f"DECISION#{decision_id}"


def address_change_sk(number: int) -> str:
    return f"ADDRESS_CHANGE#{number}"


def settlement_sk() -> str:
    return "SETTLEMENT"


def decision_index(decision_class: str, due_at: int, decision_id: str, is_expired: bool = False) -> tuple[str, str]:
    """Open decisions by class, nearest deadline first; those past their deadline are told apart by the key alone."""
    return due_pk(decision_class), f"{due_at:013d}{'!' if is_expired else '#'}{decision_id}"


def due_pk(decision_class: str) -> str:
    return f"DUE#{decision_class}"


def is_expired_sk(sk: str) -> bool:
    return sk[13:14] == "!"


def decided_pk(decision_class: str, group: str) -> str:
    """How often each option was chosen for this class and cause."""
    return f"DECIDED#{decision_class}#{group}"


DECIDED_SK = "DECIDED"


def open_pk(shard: int) -> str:
    return f"OPEN#{shard}"


def open_shard_of(order_id: str) -> int:
    return crc32(order_id.encode()) % OPEN_SHARDS


def check_sk(check_at: int) -> str:
    return f"{check_at:013d}"


def ref_pk(channel: str, platform_id: str) -> str:
    return f"REF#{channel}#{platform_id}"


def waybill_ref_pk(carrier: str, number: str) -> str:
    return f"REF#{carrier}#{number}"


REF_SK = "REF"


def message_pk(partner: str, key: str) -> str:
    return f"MSG#{partner}#{key}"


MESSAGE_SK = "MSG"


def phone_pk(digest: str) -> str:
    return f"PHONE#{digest}"


def phone_sk(placed_at: int, order_id: str) -> str:
    return f"{placed_at:013d}#{order_id}"


def phone_range(since: int, until: int) -> tuple[str, str]:
    """The first and the last key of what was placed from ``since`` to ``until``, both inclusive."""
    return f"{since:013d}#", f"{until:013d}$"


def gift_quota_pk(rule_id: str, code: str) -> str:
    return f"GIFT#{rule_id}#{code}"


GIFT_QUOTA_SK = "QUOTA"


def partner_pk(partner: str) -> str:
    return f"PARTNER#{partner}"


def partner_sk(placed_at: int, order_id: str) -> str:
    return f"{placed_at:013d}#{order_id}"


def alert_pk(decision_id: str) -> str:
    return f"ALERT#{decision_id}"


def alert_sk(recipient: str, level: int) -> str:
    return f"TO#{recipient}#{level}"


def alert_index(due_at: int, decision_id: str, recipient: str, level: int) -> tuple[str, str]:
    """Alerts that something is to be done about, the longest due first."""
    return ALERTS, f"{due_at:013d}#{decision_id}#{recipient}#{level}"


ALERTS = "ALERTS"


def watermark_pk(partner: str, account: str) -> str:
    return f"WATERMARK#{partner}#{account}"


WATERMARK_SK = "WATERMARK"


def inspection_pk(day: str) -> str:
    return f"INSPECTION#{day}"


def signature_sk(signed_at: int, by: str) -> str:
    return f"SIGNED#{signed_at:013d}#{by}"


def rules_pk(kind: str) -> str:
    return f"RULES#{kind}"


def pack_sk(version: int) -> str:
    return f"V#{version:06d}"


SHELF_SK = "SHELF"
LIVE_SK = "LIVE"


def rules_subject(kind: str) -> str:
    """Facts about a kind of rules hang below this id, which fits where an order id stands."""
    return f"rules-{kind.replace('_', '-')}"


def packing_sk(parcel: int) -> str:
    return f"PACKING#{parcel}"


PACKING_READY, PACKING_ELSE = "PACKING#ready", "PACKING#else"
"""Index partitions of the parcels from their label on: those to be packed now, and all others, by their last change."""


def packing_index_sk(changed_at: int, parcel: int, state: str, version: str, order_id: str, shop_id: str) -> str:
    """All that a station asks for every other second: the index holds keys only."""
    return f"{changed_at:013d}#{parcel}#{state}#{version}#{order_id}#{shop_id}"


def packing_from(index_sk: str) -> tuple[int, int, str, str, str, str]:
    """What ``packing_index_sk`` was made of."""
    changed_at, parcel, state, version, order_id, shop_id = index_sk.split("#", 5)
    return int(changed_at), int(parcel), state, version, order_id, shop_id


STAFF = "STAFF"
"""Partition of the people who work with the hub, by staff id."""

LOOKS = "LOOKS"
"""Partition of the cards that somebody has open right now."""


def tally_pk(what: str, who: str) -> str:
    """How often somebody did something, by the hour."""
    return f"TALLY#{what}#{who}"


def tally_sk(hour: int) -> str:
    return f"{hour:08d}"


UNREADABLE_ORDER = "unreadable"
"""Decisions about messages that belong to no order hang below this id."""
