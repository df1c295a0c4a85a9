"""Verdicts of a period, read by the sparse index ``JUDGED#<day>#<shard>`` and never by Scan (R9, R20)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import Item, value_of
from orderhub.adapters.dynamodb.table_reader import BATCH_GET, read_batch
from orderhub.domain.records import JudgedInput
from orderhub.domain.rulepack import RuleKind

DAY_MS = 86_400_000


class DynamoVerdicts:
    """VerdictReader over the orders table. The client is boto3's low-level DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def judged(self, since: int, until: int) -> Iterator[JudgedInput]:
        for day in range(since // DAY_MS, (until - 1) // DAY_MS + 1):
            for shard in range(keys.JUDGED_SHARDS):
                yield from self._partition(keys.judged_pk(keys.day_of(day * DAY_MS), shard), since, until)

    def _partition(self, pk: str, since: int, until: int) -> Iterator[JudgedInput]:
        start: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                IndexName=keys.INDEX,
                KeyConditionExpression="gsi1pk = :p AND gsi1sk BETWEEN :a AND :b",
                ExpressionAttributeValues={
                    ":p": {"S": pk},
                    ":a": {"S": keys.check_sk(since)},
                    ":b": {"S": keys.check_sk(until)},  # "<until>" sorts before "<until>#…": until itself is out
                },
                **start,
            )
            for some in batched(answer["Items"], BATCH_GET, strict=False):
                for item in self._items([{"pk": row["pk"], "sk": row["sk"]} for row in some]):
                    yield judged_from(item)
            if not answer.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

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
