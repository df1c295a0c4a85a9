"""Decisions in DynamoDB: the queue by deadline, cards of no order, and how often what was chosen before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from zlib import crc32

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.decision_codec import decision_from, decision_values
from orderhub.adapters.dynamodb.items import Item, item_of, values_of
from orderhub.adapters.dynamodb.record_codec import fact_values
from orderhub.adapters.dynamodb.table_reader import TableReader, key_of, put_new
from orderhub.adapters.dynamodb.transactions import ConditionFailed, transact
from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.errors import Stale
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Order
from orderhub.ports.decisions import Group, QueuePage
from orderhub.ports.orders import Change, Origin

_PLACE_OF: Mapping[FactType, int] = {
    FactType.DECISION_MADE: 5,
    FactType.DECISION_DEFERRED: 6,
    FactType.DECISION_UNDONE: 7,
    FactType.DECISION_EXPIRED: 8,
}
"""Where a fact of a card of no order stands among those of the same second."""
_OPTION = "option_"


class DynamoDecisions(TableReader):
    """DecisionStore over one table."""

    def decision(self, order_id: str, decision_id: str) -> Decision | None:
        values = self._get(keys.order_pk(order_id), keys.decision_sk(decision_id))
        return decision_from(values) if values else None

    def decisions_of(self, order_id: str) -> tuple[Decision, ...]:
        rows = self._below(keys.order_pk(order_id), "DECISION#")
        return tuple(decision_from(row) for row in rows)

    def open_decisions(self, limit: int = 100) -> tuple[Decision, ...]:
        return tuple(card for _, card in self.open_page(tuple(DecisionClass), "", limit).cards)

    def open_decisions_of(self, decision_class: DecisionClass) -> Iterator[Decision]:
        for values in self._indexed(keys.due_pk(decision_class.value)):
            yield decision_from(values)

    def open_page(self, classes: Sequence[DecisionClass], after: str, limit: int) -> QueuePage:
        rows: list[Item] = []
        for decision_class in classes:
            pages = self._pages(
                IndexName=keys.INDEX,
                KeyConditionExpression="gsi1pk = :p AND gsi1sk > :a",
                ExpressionAttributeValues={":p": {"S": keys.due_pk(decision_class.value)}, ":a": {"S": after or "0"}},
                Limit=limit,
            )
            rows += islice((item for page in pages for item in page), limit)
        rows.sort(key=lambda row: str(row["gsi1sk"]["S"]))
        whole = self._whole(rows[:limit])
        found = [(str(values["gsi1sk"]), decision_from(values)) for values in whole if "gsi1sk" in values]
        return QueuePage(found, len(rows) < limit)

    def past_deadline(self, now: int, limit: int = 100) -> Iterator[Decision]:
        for decision_class in DecisionClass:
            pages = self._pages(
                IndexName=keys.INDEX,
                KeyConditionExpression="gsi1pk = :p AND gsi1sk < :t",
                ExpressionAttributeValues={
                    ":p": {"S": keys.due_pk(decision_class.value)},
                    ":t": {"S": keys.check_sk(now + 1)},
                },
            )
            fresh = (item for page in pages for item in page if not keys.is_expired_sk(item["gsi1sk"]["S"]))
            for values in self._whole(islice(fresh, limit)):
                if "gsi1pk" in values:
                    yield decision_from(values)

    def made_before(self, groups: Iterable[Group]) -> Mapping[Group, Mapping[str, int]]:
        wanted = {keys.decided_pk(*group): group for group in groups}
        found: dict[Group, Mapping[str, int]] = {}
        pks = list(wanted)
        for start in range(0, len(pks), 100):
            for item in self._items([key_of(pk, keys.DECIDED_SK) for pk in pks[start : start + 100]]):
                values = values_of(item)
                chosen = {k.removeprefix(_OPTION): n for k, n in values.items() if k.startswith(_OPTION) and n > 0}
                found[wanted[values["pk"]]] = chosen
        return found

    def request_alone(self, decision: Decision, facts: Sequence[Fact], now: int) -> bool:
        writes = [
            put_new(self._table, decision_values(decision, 1, now)),
            *self._facts_alone(decision, facts, now),
        ]
        try:
            transact(self._client, writes)
        except ConditionFailed as failed:
            if 0 in failed.positions:
                return False
            raise Stale(decision.decision_id) from failed  # the place of its fact is taken: not the card itself
        return True

    def settle_alone(self, decision: Decision, fact: Fact, now: int, was: Decision | None = None) -> None:
        writes = [
            _replace(self._table, decision, 2, now, was),
            *_counts(self._table, (decision,), (was,) if was else (), now),
            *self._facts_alone(decision, (fact,), now),
        ]
        try:
            transact(self._client, writes)
        except ConditionFailed as failed:
            raise Stale(decision.decision_id) from failed

    def _facts_alone(self, decision: Decision, facts: Sequence[Fact], now: int) -> list[dict[str, Any]]:
        """Facts of no order: their revision is the second they became true in, their number tells them apart."""
        nobody = Order(decision.order_id, "hub", "", "", revision=now // 1000)
        first = crc32(decision.decision_id.encode()) % 1_000_000 * 10
        return [
            put_new(self._table, fact_values(nobody, fact, first + _PLACE_OF.get(fact.type, number), Origin(), now))
            for number, fact in enumerate(facts)
        ]


def decision_writes(table: str, change: Change, revision: int) -> list[dict[str, Any]]:
    """What a commit does to decisions: new ones, made ones, ones that stay open but moved, reopened ones."""
    now = change.now
    writes = [put_new(table, decision_values(decision, revision, now)) for decision in change.decisions]
    writes += [_replace(table, decision, revision, now) for decision in (*change.made, *change.moved)]
    writes += [_replace(table, fresh, revision, now, was) for was, fresh in change.reopened]
    return writes + _counts(table, change.made, [was for was, _ in change.reopened], now)


def _replace(table: str, decision: Decision, revision: int, now: int, was: Decision | None = None) -> dict[str, Any]:
    """The write of a card that is still as it was read: open, or (``was``) made exactly then."""
    condition, values = "#s = :was", {":was": {"S": (was.status if was else DecisionStatus.REQUESTED).value}}
    if was and was.made_at:
        condition, values = condition + " AND made_at = :at", {**values, ":at": {"N": str(was.made_at)}}
    return {
        "Put": {
            "TableName": table,
            "Item": item_of(decision_values(decision, revision, now)),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#s": "status"},
            "ExpressionAttributeValues": values,
        }
    }


def _counts(table: str, made: Sequence[Decision], undone: Sequence[Decision], now: int) -> list[dict[str, Any]]:
    """Choices of people, counted per class and cause in the transaction that makes them or takes them back."""
    steps: dict[str, dict[str, int]] = {}
    for step, decisions in ((1, made), (-1, undone)):
        for decision in decisions:
            if decision.is_by_a_person:
                of_group = steps.setdefault(keys.decided_pk(*decision.group), {})
                of_group[decision.option] = of_group.get(decision.option, 0) + step
    return [_count(table, pk, of_group, now) for pk, of_group in steps.items()]


def _count(table: str, pk: str, steps: Mapping[str, int], now: int) -> dict[str, Any]:
    names = {f"#{i}": _OPTION + option for i, option in enumerate(steps)}
    values: dict[str, Any] = {f":{i}": {"N": str(step)} for i, step in enumerate(steps.values())}
    adds = ", ".join(f"#{i} :{i}" for i in range(len(steps)))
    return {
        "Update": {
            "TableName": table,
            "Key": key_of(pk, keys.DECIDED_SK),
            "UpdateExpression": f"SET #e = :e, schema_version = :one, updated_at = :now ADD revision :one, {adds}",
            "ConditionExpression": "attribute_not_exists(pk) OR #e = :e",
            "ExpressionAttributeNames": {"#e": "entity", **names},
            "ExpressionAttributeValues": {
                ":e": {"S": "decided"},
                ":one": {"N": "1"},
                ":now": {"N": str(now)},
                **values,
            },
        }
    }
