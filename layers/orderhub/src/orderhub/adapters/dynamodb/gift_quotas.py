"""Counters of gift quotas: an item for each row and gift, moved in the transaction of the order's own commit."""

from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.domain.gifts import QuotaMove


def quota_write(table: str, move: QuotaMove, now: int) -> dict[str, Any]:
    """Take pieces only while ``taken`` stays within the quota; give back only what was taken."""
    values: dict[str, Any] = {
        ":n": {"N": str(move.pieces)},
        ":zero": {"N": "0"},
        ":one": {"N": "1"},
        ":now": {"N": str(now)},
        ":entity": {"S": "gift_quota"},
    }
    if move.pieces > 0:
        values[":room"] = {"N": str(move.quota - move.pieces)}
        condition = "taken <= :room OR (attribute_not_exists(taken) AND :room >= :zero)"
    else:
        values[":back"] = {"N": str(-move.pieces)}
        condition = "taken >= :back"
    return {
        "Update": {
            "TableName": table,
            "Key": {"pk": {"S": keys.gift_quota_pk(move.rule_id, move.code)}, "sk": {"S": keys.GIFT_QUOTA_SK}},
            "UpdateExpression": "SET taken = if_not_exists(taken, :zero) + :n, updated_at = :now, "
            "entity = :entity, schema_version = :one ADD revision :one",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
    }
