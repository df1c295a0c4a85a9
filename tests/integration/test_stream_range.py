"""What a stream's event source mapping gave up on can be read again."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from orderhub.adapters.dynamodb.stream_range import is_range, records_in


@pytest.fixture
def stream() -> Any:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        dynamodb.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        for number in range(6):
            dynamodb.put_item(TableName="orders", Item={"pk": {"S": f"order-{number}"}})
        yield boto3.client("dynamodbstreams", region_name="us-east-1")


def given_up(client: Any, first: int, last: int) -> dict[str, Any]:
    """The message Lambda sends about the records first…last."""
    arn = client.list_streams(TableName="orders")["Streams"][0]["StreamArn"]
    shard = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = client.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = client.get_records(ShardIterator=start["ShardIterator"])["Records"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    return {
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "streamArn": arn,
            "startSequenceNumber": numbers[first],
            "endSequenceNumber": numbers[last],
            "batchSize": last - first + 1,
        }
    }


@pytest.mark.parametrize(("first", "last"), [(0, 5), (2, 3), (4, 4)])
def test_exactly_the_records_of_the_range_come_back_in_order(stream: Any, first: int, last: int) -> None:
    records = list(records_in(stream, given_up(stream, first, last)))

    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
    assert keys == [f"order-{number}" for number in range(first, last + 1)]


def test_a_range_is_told_from_the_key_of_a_fact(stream: Any) -> None:
    assert is_range(given_up(stream, 0, 1))
    assert not is_range({"pk": "ORDER#youzan-1", "sk": "FACT#0000000001#0"})
