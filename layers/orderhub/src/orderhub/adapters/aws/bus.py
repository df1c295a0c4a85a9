"""The event bus and queues, as the hub speaks to them."""

from collections.abc import Mapping, Sequence
from typing import Any

BATCH = 10  # EventBridge PutEvents takes 10 entries, SQS SendMessageBatch too


class EventBus:
    """ports.world.Bus over EventBridge PutEvents. The client is boto3's."""

    def __init__(self, client: Any, bus_name: str) -> None:
        self._client = client
        self._bus = bus_name

    def publish(self, entries: Sequence[Mapping[str, str]]) -> Sequence[int]:
        failed: list[int] = []
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            answer = self._client.put_events(
                Entries=[
                    {
                        "EventBusName": self._bus,
                        "Source": entry["source"],
                        "DetailType": entry["detail_type"],
                        "Detail": entry["detail"],
                    }
                    for entry in batch
                ]
            )
            if answer.get("FailedEntryCount"):
                failed += [start + i for i, row in enumerate(answer["Entries"]) if row.get("ErrorCode")]
        return failed


class SqsQueue:
    """One queue. The client is boto3's."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: str) -> None:
        """Returns once SQS holds the message."""
        self._client.send_message(QueueUrl=self._url, MessageBody=body)
