"""The tables in memory, several times faster: the places where moto does far more than its answer needs.

- It copies every table of a transaction whole, to be able to go back. Here only the items that the transaction names
  are copied; nothing else can change in it.
- It looks every attribute value up under a dozen possible names. A DynamoDB value has one form and is passed on in it.
- It asks a class for its methods at every request, and a walk through an update expression for what it looks at, at
  every node. Both are always the same, and kept.

What moto answers stays the same, which ``tests/integration/test_quick_tables.py`` holds it to.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import local
from typing import Any, cast

from moto.core import responses
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node

from tests.kit.quick_calls import quick_calls

_SERIALIZE: Callable[..., None] = BaseJSONSerializer._serialize_type_structure
_TRANSACT: Callable[..., None] = DynamoDBBackend.transact_write_items
_METHODS: Callable[[object], list[str]] = responses.method_names_from_class
_WALK: Callable[..., Any] = DepthFirstTraverser.traverse_node_recursively
_named = local()  # .keys: (table, partition key) → sort keys that the transaction of this thread names


class _Unusual(Exception):
    """A value that is left to moto: binary, or none at all."""


@contextmanager
def quick_tables() -> Iterator[None]:
    """While this is open, moto takes the short ways, and calls the shortest (``quick_calls``). May be opened within
    itself."""
    if Table.__dict__.get("__deepcopy__") is _snapshot:
        yield
        return
    BaseJSONSerializer._serialize_type_structure = _serialize  # type: ignore[method-assign]
    DynamoDBBackend.transact_write_items = _transact  # type: ignore[method-assign]
    Table.__deepcopy__ = _snapshot  # type: ignore[attr-defined]
    responses.method_names_from_class = cache(_METHODS)
    DepthFirstTraverser.traverse_node_recursively = _walk  # type: ignore[method-assign]
    try:
        with quick_calls():
            yield
    finally:
        BaseJSONSerializer._serialize_type_structure = _SERIALIZE  # type: ignore[method-assign]
        DynamoDBBackend.transact_write_items = _TRANSACT  # type: ignore[method-assign]
        del Table.__deepcopy__  # type: ignore[attr-defined]
        responses.method_names_from_class = _METHODS
        DepthFirstTraverser.traverse_node_recursively = _WALK  # type: ignore[method-assign]


def _serialize(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue" and key:
        try:
            self._default_serialize(serialized, _plain(value), shape, key)
        except _Unusual:
            _SERIALIZE(self, serialized, value, shape, key)
    else:
        _SERIALIZE(self, serialized, value, shape, key)


def _plain(value: Any) -> dict[str, Any]:
    kind, inner = _kind_and_value(value)
    match kind:
        case "S" | "N":
            return {kind: str(inner)}
        case "BOOL" | "NULL":
            return {kind: inner}
        case "SS" | "NS":
            return {kind: list(inner)}
        case "L":
            return {kind: [_plain(each) for each in inner]}
        case "M":
            return {kind: {name: _plain(each) for name, each in inner.items()}}
    raise _Unusual


def _kind_and_value(value: Any) -> tuple[str, Any]:
    if isinstance(value, DynamoType):
        return value.type, value.value
    if isinstance(value, dict) and len(value) == 1:
        return next(iter(value.items()))
    raise _Unusual


def _walk(self: DepthFirstTraverser, node: Any, child_id: int = -1) -> Any:
    """Depth first, as moto walks: children, then the node itself, which what comes of it replaces."""
    wanted = tuple(self.nodes_to_be_processed())

    def walk(node: Node, place: int) -> Node:
        parent = node.parent
        for number, child in enumerate(node.children or ()):
            self.pre_processing_of_child(node, number)
            if isinstance(child, Node):
                walk(child, number)
        if not _is_any(type(node), wanted):
            return node
        made: Node = self.process(node)
        made.parent = parent
        if parent:
            parent.children[place] = made
        return made

    return walk(node, child_id) if isinstance(node, Node) else node


@cache
def _is_any(kind: type, wanted: tuple[type, ...]) -> bool:
    return issubclass(kind, wanted)


def _transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    _named.keys = _keys_of(self, transact_items)
    try:
        _TRANSACT(self, transact_items)
    finally:
        _named.keys = None


def _keys_of(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> dict[tuple[str, Any], list[Any]]:
    named: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    for item in transact_items:
        for operation in item.values():
            table = backend.tables.get(operation.get("TableName"))
            key = operation.get("Key") or operation.get("Item") or {}
            if table is None or table.hash_key_attr not in key or table.range_key_attr not in key:
                continue
            named[table.name, DynamoType(key[table.hash_key_attr])].append(DynamoType(key[table.range_key_attr]))
    return named


def _snapshot(self: Table, memo: dict[int, Any]) -> Table:
    """The table as it is; of the items only those that the transaction names are copies."""
    made = cast(Table, type(self).__new__(type(self)))
    memo[id(self)] = made
    named = getattr(_named, "keys", None)
    if named is None or not self.has_range_key:
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made
    made.__dict__.update(self.__dict__)
    made.items = copy.copy(self.items)
    for (table, partition), sorts in named.items():
        if table == self.name and partition in self.items:
            bucket = dict(self.items[partition])
            for sort in sorts:
                if sort in bucket:
                    bucket[sort] = copy.deepcopy(bucket[sort])
            made.items[partition] = bucket
    return made
