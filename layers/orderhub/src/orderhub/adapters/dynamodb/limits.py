"""One token bucket per partner, account and method, shared by all instances (design §7).

The bucket is one number, the instant when it will be full again (GCRA): a call may be made while that instant
is at most a burst ahead, and moves it on by one interval. One conditional update takes a token; there is
nothing to refill and nothing to lose in a crash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.adapters.dynamodb import partner_keys
from orderhub.adapters.dynamodb.items import Item, attribute_of, values_of

_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Rate:
    """Never more than ``calls`` in any ``per_ms``, of which ``burst`` may come at once.

    The burst is part of the calls: ``Rate(60, 60_000, 10)`` lets 10 go at once, then one every 1.2 s, so that
    a partner who counts a sliding minute never sees a 61st.
    """

    calls: int
    per_ms: int
    burst: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.burst <= self.calls or self.per_ms <= 0 or (self.burst == self.calls and self.calls > 1):
            raise ValueError("a burst must be smaller than the calls it is part of")

    @property
    def interval_us(self) -> int:
        """Microseconds between two calls once the burst is used, rounded up."""
        steady = self.calls - self.burst or 1
        return -(-self.per_ms * 1000 // steady)

    @property
    def tolerance_us(self) -> int:
        return (self.burst - 1) * self.interval_us


DEFAULT_RATE = Rate(calls=20, per_ms=1000, burst=5)


class DynamoLimits:
    """ports.world.Limits over the orders table: item ``LIMIT#<partner>#<account>#<method>`` / ``LIMIT``.

    ``rates`` is asked for (partner, method), then (partner, "*"), then ``DEFAULT_RATE``. ``accounts`` names
    the account that a partner counts by (client id, sid, …; not a secret).
    """

    def __init__(
        self,
        client: Any,
        table: str,
        rates: Mapping[tuple[str, str], Rate],
        accounts: Mapping[str, str],
    ) -> None:
        self._client = client
        self._table = table
        self._rates = rates
        self._accounts = accounts
        self._known: dict[tuple[str, str], tuple[int, int]] = {}  # full again (µs), paused until (ms)

    def take(self, partner: str, method: str, now: int) -> int:
        """Take one token: 0 when the call may be made now, else milliseconds until one may be free."""
        bucket, rate = (partner, method), self._rate(partner, method)
        for _ in range(_ATTEMPTS):
            full_us, paused_until = self._known.get(bucket, (0, 0))
            # Both only ever grow, so what was seen once is enough to say no without asking the table.
            wait_ms = max(paused_until - now, -(-(full_us - rate.tolerance_us - now * 1000) // 1000))
            if wait_ms > 0:
                return wait_ms
            if self._advance(bucket, rate, full_us, now):
                return 0
        return max(1, rate.interval_us // 1000)

    def pause(self, partner: str, method: str, until: int) -> None:
        """Nobody takes a token before ``until`` (ms UTC); an earlier instant than known changes nothing."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key(partner, method),
                UpdateExpression=("SET paused_until = :until, entity = :e, schema_version = :v ADD revision :v"),
                ConditionExpression="attribute_not_exists(paused_until) OR paused_until < :until",
                ExpressionAttributeValues={
                    ":until": attribute_of(until),
                    ":e": attribute_of("limit"),
                    ":v": attribute_of(1),
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as newer:
            self._learn((partner, method), newer.response.get("Item", {}))
        else:
            self._learn((partner, method), answer["Attributes"])

    def _advance(self, bucket: tuple[str, str], rate: Rate, full_us: int, now: int) -> bool:
        """One try with what is believed of the bucket; on failure the belief is corrected."""
        now_us = now * 1000
        values = {":now": now, ":now_us": now_us}
        if full_us <= now_us:
            change, holds = ":next", "(attribute_not_exists(full_us) OR full_us <= :now_us)"
            values[":next"] = now_us + rate.interval_us
        else:
            change, holds = "full_us + :step", "full_us > :now_us AND full_us <= :latest"
            values |= {":step": rate.interval_us, ":latest": now_us + rate.tolerance_us}
        free = "(attribute_not_exists(paused_until) OR paused_until <= :now)"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key(*bucket),
                UpdateExpression=(
                    f"SET full_us = {change}, entity = :e, schema_version = :v, updated_at = :now ADD revision :v"
                ),
                ConditionExpression=f"{free} AND {holds}",
                ExpressionAttributeValues={
                    **{name: attribute_of(value) for name, value in values.items()},
                    ":e": attribute_of("limit"),
                    ":v": attribute_of(1),
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as failed:
            self._learn(bucket, failed.response.get("Item", {}))
            return False
        self._learn(bucket, answer["Attributes"])
        return True

    def _learn(self, bucket: tuple[str, str], item: Item) -> None:
        values = values_of(item)
        self._known[bucket] = (values.get("full_us", 0), values.get("paused_until", 0))

    def _rate(self, partner: str, method: str) -> Rate:
        return self._rates.get((partner, method)) or self._rates.get((partner, "*")) or DEFAULT_RATE

    def _key(self, partner: str, method: str) -> Item:
        account = self._accounts.get(partner, "-")
        return {
            "pk": {"S": partner_keys.limit_pk(partner, account, method)},
            "sk": {"S": partner_keys.LIMIT_SK},
        }
