"""Stock's reads and writes: reads that leave nothing out, transactions that say what was refused."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orderhub.adapters.dynamodb.transactions import ConditionFailed, Contended, transact
from orderhub.domain.errors import HubUnavailable, Stale

ATTEMPTS = 5


def back_off(attempt: int, pause: Callable[[float], None]) -> None:
    """Wait a random part of 20, 40, 80 … ms: two writers who met do not meet again."""
    pause(random.uniform(0, 0.02 * 2**attempt))


class Transactor:
    """Reads and writes on one client. ``pause`` waits a number of seconds (tests pass one that does not)."""

    def __init__(self, client: Any, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause

    def write(self, writes: Sequence[Mapping[str, Any]]) -> frozenset[int]:
        """Do all the writes or none. Empty when done, else the places of the writes whose condition failed.

        Raises Stale when conflicts with other writers do not end, HubUnavailable when throttling does not, or
        ClientError for any other reason. Nothing is reported as done that was not.
        """
        try:
            transact(self._client, writes, pause=self._pause)
        except ConditionFailed as refusal:
            return frozenset(refusal.positions)
        except Contended as error:
            raise Stale("the stock is being changed by too many at once") from error
        return frozenset()

    def read(self, keys: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
        """Items by table and key, each read consistently, in no order; absent ones are left out.

        Raises HubUnavailable when the table leaves keys unprocessed to the end.
        """
        wanted: dict[str, Any] = {table: {"Keys": list(these), "ConsistentRead": True} for table, these in keys.items()}
        found: list[dict[str, Any]] = []
        for attempt in range(ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems=wanted)
            for items in answer["Responses"].values():
                found += items
            wanted = answer.get("UnprocessedKeys") or {}
            if not wanted:
                return found
            back_off(attempt, self._pause)
        raise HubUnavailable(f"DynamoDB left keys unread in {sorted(wanted)}")
