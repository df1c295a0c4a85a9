"""Verdicts of a period, read by the sparse index ``JUDGED#<day>#<shard>`` and never by Scan (R9, R20)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import Item, value_of
from orderhub.adapters.dynamodb.table_reader import BATCH_GET, TableReader, in_time, read_batch
from orderhub.domain.records import JudgedInput
from orderhub.domain.rulepack import RuleKind


class DynamoVerdicts(TableReader):
    """VerdictReader over the orders table. The client is boto3's low-level DynamoDB client."""

    def judged(self, since: int, until: int) -> Iterator[JudgedInput]:
        for day in keys.days_of(since, until):
            for shard in range(keys.JUDGED_SHARDS):
                yield from self._partition(keys.judged_pk(day, shard), since, until)

    def _partition(self, pk: str, since: int, until: int) -> Iterator[JudgedInput]:
        for page in self._pages(**in_time(pk, since, until)):
            for some in batched(page, BATCH_GET, strict=False):
                for item in self._items([{"pk": row["pk"], "sk": row["sk"]} for row in some]):
                    yield judged_from(item)

    def _items(self, wanted: Sequence[Item]) -> list[Item]:
        """Verdicts never change, so they are read without the price of consistency."""
        return read_batch(
            self._client,
            self._table,
            wanted,
            ProjectionExpression="pk, judged_at, #input, evaluations",
            ExpressionAttributeNames={"#input": "input"},
        )


def judged_from(item: Mapping[str, Any]) -> JudgedInput:
    """A stored verdict as a back-test needs it; only the rows that matched are unfolded."""
    found = {}
    for evaluation in item["evaluations"]["L"]:
        said = evaluation["M"]
        rows = said["matches"]["L"]
        outputs = tuple((row["M"]["row_id"]["S"], value_of(row["M"]["outputs"])) for row in rows)
        found[RuleKind(said["kind"]["S"])] = outputs
    return JudgedInput(keys.order_of(item["pk"]["S"]), int(item["judged_at"]["N"]), item["input"]["S"], found)
