"""Read again what a stream's event source mapping gave up on (its on-failure message names the range).

Source: Lambda Developer Guide, "Using Lambda with DynamoDB", on-failure destinations (``DDBStreamBatchInfo``).
"""

from collections.abc import Iterator, Mapping
from typing import Any

PAGES = 100  # a range is at most one batch; empty pages between are few


def is_range(body: Mapping[str, Any]) -> bool:
    """Whether a queue message is the note of a batch that was given up on."""
    return "DDBStreamBatchInfo" in body


def records_in(client: Any, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The stream records of the range, oldest first. The client is boto3's for DynamoDB Streams.

    Raises botocore's ClientError when they are older than the stream keeps them (24 hours).
    """
    info = body["DDBStreamBatchInfo"]
    last = int(info["endSequenceNumber"])
    iterator = client.get_shard_iterator(
        StreamArn=info["streamArn"],
        ShardId=info["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=info["startSequenceNumber"],
    )["ShardIterator"]
    for _ in range(PAGES):
        answer = client.get_records(ShardIterator=iterator)
        for record in answer["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            yield record
            if int(record["dynamodb"]["SequenceNumber"]) == last:
                return
        iterator = answer.get("NextShardIterator")
        if not iterator:
            return
