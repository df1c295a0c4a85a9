"""A row of the read models to its item's values and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from orderhub.adapters.dynamodb.read_keys import ROW_SK, index_keys, row_pk
from orderhub.domain.order_row import SHAPE, Agreement, DayEntry, Defect, GiftItem, Item, OpenCard, OrderRow, State


def row_values(row: OrderRow) -> dict[str, object]:
    """The whole item, keys and index places included; what is empty is left out."""
    values = {name: value for name, value in asdict(row).items() if value or name == "facts"}
    values["state"] = row.state.value
    values["defects"] = [defect.value for defect in row.defects] or None
    values["agreement"] = {name: each.value for name, each in row.agreement.items()} or None
    values["agrees"] = row.agrees.value if row.agrees else None
    head = {"pk": row_pk(row.order_id), "sk": ROW_SK, "entity": "row", "shape": SHAPE}
    return {**values, **head, **index_keys(row)}


_OWN = frozenset(OrderRow.__dataclass_fields__)


def row_from(values: Mapping[str, Any]) -> OrderRow:
    own = {name: value for name, value in values.items() if name in _OWN and value is not None}
    for name in ("warehouses", "carriers", "waybills", "exceptions"):
        own[name] = tuple(own.get(name, ()))
    own |= {
        "state": State(own["state"]),
        "items": tuple(Item(**item) for item in own.get("items", ())),
        "gifts": tuple(GiftItem(**gift) for gift in own.get("gifts", ())),
        "open_cards": tuple(OpenCard(**card) for card in own.get("open_cards", ())),
        "agreement": {name: Agreement(said) for name, said in own.get("agreement", {}).items()},
        "defects": tuple(Defect(defect) for defect in own.get("defects", ())),
    }
    return OrderRow(**own)


def entry_from(values: Mapping[str, Any]) -> DayEntry:
    """From what the indexes by day hold of a row (``NonKeyAttributes`` in the template)."""
    agrees = values.get("agrees")
    return DayEntry(
        order_id=str(values["order_id"]),
        state=State(values["state"]),
        placed_at=int(values.get("placed_at", 0)),
        paid_at=int(values.get("paid_at", 0)),
        shipped_at=int(values.get("shipped_at", 0)),
        shop_id=str(values.get("shop_id", "")),
        exceptions=tuple(values.get("exceptions", ())),
        agrees=Agreement(agrees) if agrees else None,
        defects=tuple(Defect(defect) for defect in values.get("defects", ())),
    )
