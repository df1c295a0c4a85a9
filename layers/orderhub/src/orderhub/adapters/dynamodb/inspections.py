"""Signatures of daily inspections (``INSPECTION#<day>``), append-only."""

from collections.abc import Sequence

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import item_of
from orderhub.adapters.dynamodb.table_reader import TableReader
from orderhub.domain.signature import Signature


class DynamoSignatures(TableReader):
    """ports.read_models.Signatures over the orders table: the truth, not a projection."""

    def add(self, signature: Signature) -> None:
        values = {
            "pk": keys.inspection_pk(signature.day),
            "sk": keys.signature_sk(signature.signed_at, signature.by),
            "entity": "signature",
            "schema_version": 1,
            "day": signature.day,
            "by": signature.by,
            "note": signature.note,
            "signed_at": signature.signed_at,
            "updated_at": signature.signed_at,
        }
        try:
            self._client.put_item(
                TableName=self._table, Item=item_of(values), ConditionExpression="attribute_not_exists(pk)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # the same person in the same millisecond: the same signature

    def of_day(self, day: str) -> Sequence[Signature]:
        rows = self._below(keys.inspection_pk(day), "SIGNED#")
        return [Signature(row["day"], row["by"], row["note"], row["signed_at"]) for row in rows]
