"""Table streams that survive the emulator's death.

The emulator saves how far each stream was read, but not the stream: after a restart its readers would wait for
ever at a position that the empty stream never reaches again. Here the newest records are saved with their
positions. Runs in the emulator's own environment, beside `host.py`; the version pinned there is what this fits.
"""

from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import dynamodb

# Readers are at most a batch or two behind; older records were read long ago.
KEPT_RECORDS = 500
_RECORDS, _TRIMMED = "stream_records", "stream_trimmed"


def keep() -> None:
    """From now on the state of DynamoDB that is saved and loaded has the tables' streams in it."""
    get_state, load_state = dynamodb.get_state, dynamodb.load_persisted_state

    def with_streams() -> dict[str, Any]:
        return {**get_state(), **_newest()}

    def load_with_streams(data: dict[str, Any]) -> None:
        load_state(data)
        dynamodb._stream_records.update(data.get(_RECORDS, {}))
        dynamodb._stream_trimmed.update(data.get(_TRIMMED, {}))

    dynamodb.get_state, dynamodb.load_persisted_state = with_streams, load_with_streams


def _newest() -> dict[str, Any]:
    records, trimmed = AccountRegionScopedDict(), AccountRegionScopedDict()
    for scope, kept in dynamodb._stream_records.all_items():
        left_out = max(0, len(kept) - KEPT_RECORDS)
        records.set_scoped(*scope, kept[left_out:])
        trimmed.set_scoped(*scope, dynamodb._stream_trimmed.get_scoped(*scope, 0) + left_out)
    return {_RECORDS: records, _TRIMMED: trimmed}
