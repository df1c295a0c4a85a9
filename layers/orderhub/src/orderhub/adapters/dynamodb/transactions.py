"""One way to run a DynamoDB transaction: what failed is told by position, passing trouble is retried.

Source: DynamoDB API Reference, TransactWriteItems (CancellationReasons, TransactionConflict, throttling).
"""

import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orderhub.domain.errors import HubUnavailable

_CONFLICTS = frozenset({"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"})
_PASSING = _CONFLICTS | {"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"}
_PASSING_ERRORS = frozenset(
    {
        *_CONFLICTS,
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
    }
)
ATTEMPTS = 5


class Contended(HubUnavailable):
    """Other writers were in the way to the end; nothing was written."""


class ConditionFailed(Exception):
    """At least one condition of the transaction did not hold. ``positions`` says which items."""

    def __init__(self, positions: Sequence[int], items: Mapping[int, Mapping[str, Any]]) -> None:
        super().__init__(f"conditions failed at {list(positions)}")
        self.positions = tuple(positions)
        self.items = items
        """Position → the item as it was, where the write asked for it."""


def transact(client: Any, writes: Sequence[Mapping[str, Any]], *, pause: Callable[[float], None] = time.sleep) -> None:
    """Run the writes as one transaction, at most 5 times with jitter while others are in the way.

    All attempts carry one token, so writes whose answer was lost are done once and then reported as done.
    Raises ConditionFailed, Contended, HubUnavailable when other trouble does not pass, or botocore's ClientError
    when it is ours.
    """
    token = uuid.uuid4().hex
    for attempt in range(1, ATTEMPTS + 1):
        try:
            client.transact_write_items(TransactItems=list(writes), ClientRequestToken=token)
            return
        except client.exceptions.TransactionCanceledException as error:
            reasons = error.response.get("CancellationReasons", [])
            failed = [i for i, reason in enumerate(reasons) if reason.get("Code") == "ConditionalCheckFailed"]
            if failed:
                items = {i: reasons[i]["Item"] for i in failed if reasons[i].get("Item")}
                raise ConditionFailed(failed, items) from error
            codes = [str(reason.get("Code")) for reason in reasons if reason.get("Code") in _PASSING]
            if not codes:
                raise
            _go_on(attempt, codes[0], error)
        except client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _PASSING_ERRORS:
                raise
            _go_on(attempt, code, error)
        pause(random.uniform(0, 0.02 * 2**attempt))


def _go_on(attempt: int, code: str, error: Exception) -> None:
    """Raises Contended or HubUnavailable after the last attempt."""
    if attempt == ATTEMPTS:
        raise (Contended if code in _CONFLICTS else HubUnavailable)(f"DynamoDB: {code}") from error
