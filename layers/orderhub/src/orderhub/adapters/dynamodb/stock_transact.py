"""Stock's reads and writes: reads that leave nothing out, transactions that say what was refused."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orderhub.adapters.dynamodb.transactions import ConditionFailed, transact
from orderhub.domain.errors import Stale

ATTEMPTS = 5
_CONFLICTS = {"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"}


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

        Raises Stale when conflicts with other writers do not end, ClientError when throttling does not, or
        for any other reason. Nothing is reported as done that was not.
        """
        try:
            transact(self._client, writes, pause=self._pause)
        except ConditionFailed as refusal:
            return frozenset(refusal.positions)
        except self._client.exceptions.ClientError as error:
            if _is_conflict(error):
                raise Stale("the stock is being changed by too many at once") from error
            raise
        return frozenset()

    def read(self, keys: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
        """Items by table and key, each read consistently, in no order; absent ones are left out.

        Raises TimeoutError when the table leaves keys unprocessed to the end.
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
        raise TimeoutError(f"DynamoDB left keys unread in {sorted(wanted)}")


def _is_conflict(error: Any) -> bool:
    response: Mapping[str, Any] = error.response
    codes = {str(reason.get("Code")) for reason in response.get("CancellationReasons") or ()}
    codes.add(str(response.get("Error", {}).get("Code")))
    return bool(codes & _CONFLICTS)
