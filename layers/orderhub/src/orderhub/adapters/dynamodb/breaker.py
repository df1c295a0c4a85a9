"""A partner's circuit breaker, shared by all instances (design §7): ``PARTNER#<name>`` / ``BREAKER``.

    closed ──N failures within the window──► open ──probe due, one caller──► half_open ──answer──► closed
                                              ▲                                │
                                              └───────────no answer────────────┘

A healthy partner costs nothing: an instance that has seen no failure neither reads nor writes. It learns of
an open breaker from its own first failure, because that write returns what the others know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orderhub.adapters.dynamodb import partner_keys
from orderhub.adapters.dynamodb.items import Item, attribute_of, values_of
from orderhub.domain.errors import PartnerUnavailable

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"

# Each lost race is somebody else's count or recovery, so giving up loses nothing that matters.
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When it opens and how often the partner is tried while it is open. Times in ms."""

    failures: int = 5
    window_ms: int = 30_000
    probe_every_ms: int = 5_000
    probe_lease_ms: int = 20_000  # longer than the longest call
    cache_ms: int = 1_000


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What is known of a partner. ``probe_at``: the next instant at which one caller may try (ms UTC)."""

    state: str = CLOSED
    failures: int = 0
    window_at: int = 0
    opened_at: int = 0
    probe_at: int = 0
    version: int = 0


def after_failure(known: BreakerState, policy: BreakerPolicy, now: int) -> BreakerState:
    """The state after one more failure: a probe that failed reopens, one too many in the window opens."""
    probe_at = now + policy.probe_every_ms
    if known.state == HALF_OPEN:
        return BreakerState(OPEN, known.failures, known.window_at, known.opened_at, probe_at)
    is_fresh = now - known.window_at < policy.window_ms
    failures = known.failures + 1 if is_fresh else 1
    window_at = known.window_at if is_fresh else now
    if failures >= policy.failures:
        return BreakerState(OPEN, failures, window_at, now, probe_at)
    return BreakerState(CLOSED, failures, window_at)


class DynamoBreaker:
    """Raises PartnerUnavailable (clear) from ``check`` while the partner is known to be down.

    ``on_change`` is told (state, now) by the one caller that opened or closed it: the place to say
    PartnerDegraded.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        partner: str,
        clock: Callable[[], int],
        policy: BreakerPolicy | None = None,
        on_change: Callable[[str, int], None] | None = None,
    ) -> None:
        self._client = client
        self._table = table
        self._partner = partner
        self._clock = clock
        self._policy = policy or BreakerPolicy()
        self._on_change = on_change
        self._known = BreakerState()
        self._known_at = 0

    def check(self) -> None:
        """Let the caller through, or raise. While open, one caller at a time is let through to probe."""
        if self._known.state == CLOSED:
            return
        now = self._clock()
        if now - self._known_at >= self._policy.cache_ms or now >= self._known.probe_at:
            self.read()
        known = self._known
        if known.state == CLOSED or (now >= known.probe_at and self._take_probe(known, now)):
            return
        seconds = max(0.1, (self._known.probe_at - now) / 1000)
        raise PartnerUnavailable(self._partner, "known to be down", retry_after_seconds=seconds)

    def succeeded(self) -> None:
        """The partner answered. Writes only when this instance has seen it fail."""
        if self._known.state == CLOSED and not self._known.failures:
            return
        now = self._clock()
        for _ in range(_ATTEMPTS):
            known = self._known
            if known.state == CLOSED and not known.failures:
                return
            if self._write(BreakerState(version=known.version), known, now):
                self._tell(known.state, CLOSED, now)
                return

    def failed(self) -> None:
        """The partner did not answer. Counts it for everybody, and opens when it was one too many."""
        now = self._clock()
        for _ in range(_ATTEMPTS):
            known = self._known
            if known.state == OPEN:
                return
            wanted = after_failure(known, self._policy, now)
            if self._write(wanted, known, now):
                self._tell(known.state, wanted.state, now)
                return

    def read(self) -> BreakerState:
        """What all instances know now; for the console and the sweep as well."""
        answer = self._client.get_item(TableName=self._table, Key=self._key(), ConsistentRead=True)
        self._learn(answer.get("Item", {}))
        return self._known

    def _take_probe(self, known: BreakerState, now: int) -> bool:
        wanted = BreakerState(
            HALF_OPEN, known.failures, known.window_at, known.opened_at, now + self._policy.probe_lease_ms
        )
        return self._write(wanted, known, now)

    def _write(self, wanted: BreakerState, seen: BreakerState, now: int) -> bool:
        """Replace what was seen. False: somebody was faster, and their state is known now."""
        item = {
            "state": wanted.state,
            "failures": wanted.failures,
            "window_at": wanted.window_at,
            "opened_at": wanted.opened_at,
            "probe_at": wanted.probe_at,
            "revision": seen.version + 1,
            "entity": "breaker",
            "schema_version": 1,
            "updated_at": now,
        }
        names = {f"#{name}": name for name in item}
        values = {f":{name}": attribute_of(value) for name, value in item.items()}
        holds = "#revision = :seen" if seen.version else "attribute_not_exists(pk)"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key(),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in item),
                ConditionExpression=holds,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values | ({":seen": attribute_of(seen.version)} if seen.version else {}),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as failed:
            self._learn(failed.response.get("Item", {}))
            return False
        self._learn(answer["Attributes"])
        return True

    def _learn(self, item: Item) -> None:
        values = values_of(item)
        self._known_at = self._clock()
        self._known = BreakerState(
            state=values.get("state", CLOSED),
            failures=values.get("failures", 0),
            window_at=values.get("window_at", 0),
            opened_at=values.get("opened_at", 0),
            probe_at=values.get("probe_at", 0),
            version=values.get("revision", 0),
        )

    def _tell(self, before: str, after: str, now: int) -> None:
        if self._on_change and (before == CLOSED) != (after == CLOSED):
            self._on_change(after, now)

    def _key(self) -> Item:
        return {
            "pk": {"S": partner_keys.breaker_pk(self._partner)},
            "sk": {"S": partner_keys.BREAKER_SK},
        }
