"""Plain Python values to DynamoDB attribute values and back.

Only what the hub stores: str, int, bool, lists, tuples and string-keyed mappings; no floats (money is fen).
Numbers come back as int. Kept apart from boto3's own serializer because that one costs an import of boto3
and returns Decimal.
"""

from collections.abc import Mapping
from typing import Any

type Attribute = dict[str, Any]
type Item = dict[str, Attribute]


def attribute_of(value: object) -> Attribute:
    """Encode one value. Raises TypeError for anything the hub does not store (floats above all)."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [attribute_of(part) for part in value]}
        case Mapping():
            return {"M": {str(key): attribute_of(part) for key, part in value.items()}}
        case None:
            return {"NULL": True}
    raise TypeError(f"not a stored type: {type(value).__name__}")


def value_of(attribute: Mapping[str, Any]) -> Any:
    """Decode one attribute value."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "L":
            return [value_of(part) for part in value]
        case "M":
            return {key: value_of(part) for key, part in value.items()}
        case "NULL":
            return None
    raise TypeError(f"not a stored attribute type: {kind}")


def item_of(values: Mapping[str, object]) -> Item:
    """Encode a whole item; None means the attribute is absent."""
    return {key: attribute_of(value) for key, value in values.items() if value is not None}


def values_of(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Decode a whole item."""
    return {key: value_of(attribute) for key, attribute in item.items()}
