"""Effects in DynamoDB: intended with a lease, in one transaction with a check that the order still wants it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import item_of, values_of
from orderhub.adapters.dynamodb.transactions import ConditionFailed, transact
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.errors import Interrupted, PartnerUnavailable, Superseded
from orderhub.ports.orders import EffectSpec, Intent


class DynamoEffects:
    """EffectStore over the orders table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def load(self, order_id: str, verb: str, reference: str) -> Effect | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(order_id, verb, reference), ConsistentRead=True)
        return effect_from(values_of(answer["Item"])) if answer.get("Item") else None

    def intend(self, spec: EffectSpec, now: int) -> Intent:
        order = spec.order
        effect = Effect(
            order_id=order.order_id,
            verb=spec.verb,
            reference=spec.reference,
            status=EffectStatus.INTENDED,
            epoch=spec.epoch,
            content_version=order.content_version,
            request_hash=spec.request_hash,
            attempts=1,
            lease_until=now + spec.lease_ms,
            outcome={},
            updated_at=now,
            first_at=now,
            about=spec.about,
        )
        try:
            transact(self._client, [self._create(effect), self._order_check(spec)])
            return Intent(effect, look_first=False)
        except ConditionFailed as failed:
            if 1 in failed.positions:
                raise self._why_not(spec) from failed
            known = effect_from(values_of(failed.items[0])) if 0 in failed.items else None
        known = known or self.load(order.order_id, spec.verb, spec.reference)
        if known is None:
            raise PartnerUnavailable(spec.verb, "the intent vanished while it was read", retry_after_seconds=0.1)
        return self._take_over(spec, known, effect, now)

    def _take_over(self, spec: EffectSpec, known: Effect, wanted: Effect, now: int) -> Intent:
        is_same = known.request_hash == wanted.request_hash
        if known.status is EffectStatus.DONE and is_same:
            return Intent(known, look_first=False)
        if known.lease_until > now:
            seconds = (known.lease_until - now) / 1000
            raise PartnerUnavailable(spec.verb, "another caller holds the lease", retry_after_seconds=seconds)
        is_still_open = is_same and known.status is EffectStatus.INTENDED
        first_at = (known.first_at or known.updated_at) if is_still_open else now
        # What another request left at the partner is not what is wanted now: it must not be found and taken for it.
        may_have_reached = is_still_open and known.attempts > 0
        is_unclear = may_have_reached or (is_same and known.is_unclear)
        again = replace(wanted, attempts=known.attempts + 1, first_at=first_at, is_unclear=is_unclear)
        update = {
            "Put": {
                "TableName": self._table,
                "Item": item_of(_values(again)),
                "ConditionExpression": "attempts = :a AND lease_until = :l AND #s = :s",
                "ExpressionAttributeNames": {"#s": "status"},
                "ExpressionAttributeValues": {
                    ":a": {"N": str(known.attempts)},
                    ":l": {"N": str(known.lease_until)},
                    ":s": {"S": known.status.value},
                },
            }
        }
        try:
            transact(self._client, [update, self._order_check(spec)])
        except ConditionFailed as failed:
            if 1 in failed.positions:
                raise self._why_not(spec) from failed
            raise PartnerUnavailable(spec.verb, "another caller was faster", retry_after_seconds=0.2) from failed
        return Intent(again, look_first=may_have_reached, tried_at=known.updated_at)

    def finish(self, effect: Effect, outcome: Mapping[str, str], now: int, duration_ms: int) -> Effect:
        done = replace(
            effect,
            status=EffectStatus.DONE,
            outcome=dict(outcome),
            lease_until=0,
            updated_at=now,
            duration_ms=duration_ms,
        )
        self._client.put_item(TableName=self._table, Item=item_of(_values(done)))
        return done

    def refuse(self, effect: Effect, code: str, message: str, now: int) -> Effect:
        refused = replace(
            effect,
            status=EffectStatus.REFUSED,
            outcome={"code": code, "message": message[:300]},
            lease_until=0,
            updated_at=now,
        )
        self._put_unless_done(refused)
        return refused

    def step_back(self, effect: Effect, *, unclear: bool, now: int) -> None:
        attempts = effect.attempts if unclear else effect.attempts - 1
        stepped = replace(effect, attempts=attempts, lease_until=0, updated_at=now)
        self._put_unless_done(replace(stepped, is_unclear=effect.is_unclear or unclear))

    def _put_unless_done(self, effect: Effect) -> None:
        """Somebody else's batch may have done it meanwhile; that stands."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item_of(_values(effect)),
                ConditionExpression="attribute_not_exists(pk) OR #s <> :done",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":done": {"S": EffectStatus.DONE.value}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _create(self, effect: Effect) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item_of(_values(effect)),
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _order_check(self, spec: EffectSpec) -> dict[str, Any]:
        conditions = ["content_version = :cv"]
        values: dict[str, Any] = {":cv": {"N": str(spec.order.content_version)}}
        names: dict[str, str] = {}
        if spec.epoch:
            conditions.append("driver.epoch = :epoch")
            values[":epoch"] = {"N": str(spec.epoch)}
        if not spec.undoes:
            conditions += ["size(holds) = :none", "attribute_not_exists(#at.cancelled)"]
            values[":none"] = {"N": "0"}
            names["#at"] = "at"
        check: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"pk": {"S": keys.order_pk(spec.order.order_id)}, "sk": {"S": keys.ORDER_SK}},
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeValues": values,
        }
        if names:
            check["ExpressionAttributeNames"] = names
        return {"ConditionCheck": check}

    def _why_not(self, spec: EffectSpec) -> Exception:
        """The order does not want the effect any more: because of a newer run, or because of the order itself."""
        answer = self._client.get_item(
            TableName=self._table,
            Key={"pk": {"S": keys.order_pk(spec.order.order_id)}, "sk": {"S": keys.ORDER_SK}},
            ConsistentRead=True,
            ProjectionExpression="driver",
        )
        driver = values_of(answer.get("Item", {})).get("driver") or {}
        if spec.epoch and driver.get("epoch") != spec.epoch:
            return Superseded(spec.order.order_id)
        return Interrupted(spec.order.order_id)


def effect_from(values: Mapping[str, Any]) -> Effect:
    """Rebuild an effect from its item's plain values."""
    return Effect(
        order_id=values["order_id"],
        verb=values["verb"],
        reference=values["reference"],
        status=EffectStatus(values["status"]),
        epoch=values["epoch"],
        content_version=values["content_version"],
        request_hash=values["request_hash"],
        attempts=values["attempts"],
        lease_until=values["lease_until"],
        outcome=values["outcome"],
        updated_at=values["updated_at"],
        duration_ms=values.get("duration_ms", 0),
        first_at=values.get("first_at", 0),
        is_unclear=values.get("is_unclear", False),
        about=values.get("about", {}),
    )


def _values(effect: Effect) -> dict[str, object]:
    return {
        "pk": keys.order_pk(effect.order_id),
        "sk": keys.effect_sk(effect.verb, effect.reference),
        "entity": "effect",
        "schema_version": 1,
        "revision": effect.attempts,
        "updated_at": effect.updated_at,
        "order_id": effect.order_id,
        "verb": effect.verb,
        "reference": effect.reference,
        "status": effect.status.value,
        "epoch": effect.epoch,
        "content_version": effect.content_version,
        "request_hash": effect.request_hash,
        "attempts": effect.attempts,
        "lease_until": effect.lease_until,
        "outcome": effect.outcome,
        "duration_ms": effect.duration_ms,
        "first_at": effect.first_at,
        "is_unclear": effect.is_unclear or None,
        "about": dict(effect.about) or None,
    }


def _key(order_id: str, verb: str, reference: str) -> dict[str, Any]:
    return {"pk": {"S": keys.order_pk(order_id)}, "sk": {"S": keys.effect_sk(verb, reference)}}
