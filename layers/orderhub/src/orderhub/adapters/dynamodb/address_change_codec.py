"""A change of address as an item below its order, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.order_codec import correction_from
from orderhub.domain.address_change import ChangeOfAddress, ChangeStatus, Source

_LISTS = ("changed", "levels", "reasons", "fulfillments")


def change_values(change: ChangeOfAddress) -> dict[str, object]:
    """Plain values with the sort key; empty fields are left out."""
    values = asdict(change)
    kept = {name: value for name, value in values.items() if value not in ("", 0, (), None) and value != {}}
    return kept | {
        "sk": keys.address_change_sk(change.number),
        "entity": "address_change",
        "source": change.source.value,
        "status": change.status.value,
    }


def change_from(values: Mapping[str, Any]) -> ChangeOfAddress:
    wanted = values.get("wanted")
    lists = {name: tuple(values.get(name, ())) for name in _LISTS}
    plain = {name: values[name] for name in _PLAIN if name in values}
    return ChangeOfAddress(
        **{
            **plain,
            **lists,
            "by": values.get("by", ""),
            "sealed": values.get("sealed", ""),
            "source": Source(values["source"]),
            "status": ChangeStatus(values["status"]),
            "wanted": correction_from(wanted) if wanted else None,
        }
    )


_PLAIN = (
    "order_id", "number", "key", "occurred_at", "requested_at", "outcome", "digest", "takes_over", "scope", "zone",
    "way", "approved_way", "systems", "notes", "content_version", "due_at", "ended_at", "surcharge_fen",
)  # fmt: skip
