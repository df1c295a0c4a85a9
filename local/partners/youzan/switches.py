"""The points where the sheet contradicts itself or falls silent (§9), as switches: `POST /_sim/config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

CHOICES = {
    "version_unit": ("s", "ms", "mixed"),
    "retry_schedule": ("A", "B"),
    "first_send_count": ("zero", "absent"),
    "refund_events": ("old", "new", "both"),
    "api_empty_times": ("text", "null", "absent"),
    "old_token_after_refresh": ("hour", "at_once"),
    "outer_sender_type": ("any", "object", "string"),
    "close_reason_key": ("close_reason", "close_reson"),
    "throttle_form": ("gateway", "4101", "500100004", "123000042"),
}


@dataclass(frozen=True)
class Switches:
    """Defaults are the sheet's first word; each alternative is proven by a contract test."""

    replica_lag_ms: int = 30_000
    """How far `trade.get` and `sold.get` lag behind, on the shop's clock (§5.3)."""
    version_unit: str = "s"
    """`s`, `ms`, or `mixed`: paid and closed events in milliseconds, the others in seconds (§5.1)."""
    retry_schedule: str = "A"
    """`A` 16 tries or `B` 4 tries (§5.3)."""
    first_send_count: str = "zero"
    """`zero` or `absent` on the first push (§5.1)."""
    event_sign_header: bool = True
    """False: only the older `sign` in the body (§5.2)."""
    signing_app: str = ""
    """Client id that signs pushes, while several are valid; empty: the first."""
    refund_events: str = "old"
    """`old`, `new` or `both` families (§5.4)."""
    key_version: str = ""
    """Version of the shop's key that enciphers now; empty: the highest."""
    encrypt_address: bool = False
    """Is the detailed address ciphertext as well."""
    encrypt_type: int = 1
    """1 keys per shop, 0 per app (§6.1)."""
    line_payment_has_freight: bool = True
    """True: Σ orders[].payment = pay_info.payment, as the sheet says, so freight is in the lines (§6)."""
    memo_moves_update_time: bool = False
    """FAQ 34760 says no, FAQ 33682 yes (§7.1)."""
    api_empty_times: str = "text"
    """How an API shows a time that has not come: empty `text`, `null`, or `absent`; pushes say `""` (§6)."""
    codes_everywhere: bool = True
    """True: pushes and `trade.get` show the lines' codes and barcodes too, documented for 4.0.4 alone (§6)."""
    sold_newest_first: bool = True
    """Direction of the search's order by update time (not stated)."""
    old_token_after_refresh: str = "hour"
    """`hour` or `at_once` (§2)."""
    sf_needs_outer_sender: bool = True
    """SF shipments must name the sender's mobile (§7.3)."""
    outer_sender_type: str = "any"
    """`any`, `object` or `string` (§7.3)."""
    confirm_takes_ms: int = 0
    """Real milliseconds of one shipping confirmation: meanwhile the same call is a concurrent duplicate."""
    close_reason_key: str = "close_reason"
    """`close_reason`, or the old typo `close_reson` (§5.4)."""
    receive_after_ms: int = 3_600_000
    """The buyer confirms receipt this long after the parcel is handed over."""
    pay_within_ms: int = 1_800_000
    """An unpaid order expires after this, unless it was created with its own time."""
    calls_per_second: int = 0
    """API calls a second and shop before the throttle; 0: no limit (no figure is published, §4)."""
    throttle_form: str = "gateway"
    """Which of the throttle bodies: `gateway`, `4101`, `500100004`, `123000042` (§4)."""
    ip_whitelisted: bool = True
    """False: 4007 for every API call (§3)."""
    balance_too_low: bool = False
    """True: the shop has no money for refunds of its own will, 102090108 (§7.6)."""
    denied_apis: tuple[str, ...] = ()
    """APIs whose capability package is not granted: 4204 (§3)."""
    address_api: bool = True
    """The address API, whose parameters are a guess (§7.4); False: 4005."""


def read(config: Mapping[str, Any]) -> Switches:
    """The switches among `config`. Raises ValueError when one has the wrong type or no such alternative."""
    values: dict[str, Any] = {}
    for switch in fields(Switches):
        value = config.get(switch.name, switch.default)
        if isinstance(switch.default, tuple):
            value = tuple(value)
        if type(value) is not type(switch.default):
            raise ValueError(f"{switch.name} is {type(switch.default).__name__}, not {value!r}")
        if switch.name in CHOICES and value not in CHOICES[switch.name]:
            raise ValueError(f"{switch.name} is one of {CHOICES[switch.name]}, not {value!r}")
        values[switch.name] = value
    return Switches(**values)


DEFAULTS: dict[str, Any] = {
    switch.name: list(switch.default) if isinstance(switch.default, tuple) else switch.default
    for switch in fields(Switches)
}
