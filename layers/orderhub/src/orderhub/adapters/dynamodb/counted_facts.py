"""Facts that figures are counted from, read by the sparse index and never by Scan (R41, design §4).

A fact is indexed by the transaction that writes it, under its day, so what is counted is what was recorded: nothing is
kept twice, and nothing can be counted twice. Of the orders only the keys are counted.
"""

from collections.abc import Iterator
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import values_of
from orderhub.adapters.dynamodb.record_codec import fact_from
from orderhub.adapters.dynamodb.table_reader import BATCH_GET, TableReader, in_time, read_batch
from orderhub.domain.records import StoredFact


class DynamoCountedFacts(TableReader):
    """CountedFacts over the orders table. The client is boto3's low-level DynamoDB client."""

    def counted(self, since: int, until: int) -> Iterator[StoredFact]:
        """Facts never change, so they are read without the price of consistency."""
        for day in keys.days_of(since, until):
            for page in self._pages(**in_time(keys.counted_pk(day), since, until), Limit=BATCH_GET):
                wanted = [{"pk": row["pk"], "sk": row["sk"]} for row in page]
                for item in read_batch(self._client, self._table, wanted) if wanted else ():
                    yield fact_from(values_of(item))

    def orders_placed(self, since: int, until: int) -> int:
        return sum(
            self._count(**in_time(keys.placed_pk(day, shard), since, until))
            for day in keys.days_of(since, until)
            for shard in range(keys.PLACED_SHARDS)
        )

    def _count(self, **query: Any) -> int:
        counted = 0
        start: dict[str, Any] = {}
        while True:
            answer = self._client.query(TableName=self._table, Select="COUNT", **query, **start)
            counted += answer["Count"]
            last = answer.get("LastEvaluatedKey")
            if not last:
                return int(counted)
            start = {"ExclusiveStartKey": last}
