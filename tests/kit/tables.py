"""The hub's tables in moto, made from template.yaml itself, so that keys and index are the real ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore import UNSIGNED
from botocore.config import Config
from moto import mock_aws

from tests.kit.quick_tables import quick_tables

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_serial = count(1)


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short functions as their plain argument."""


def _argument(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node)
        case yaml.MappingNode():
            return loader.construct_mapping(node)


_Loader.add_multi_constructor("!", _argument)


@cache
def template() -> dict[str, Any]:
    return dict(yaml.load(TEMPLATE.read_text(encoding="utf-8"), _Loader))


@contextmanager
def aws() -> Iterator[Any]:
    """A DynamoDB client of an account in memory, without its own retries."""
    with mock_aws(), quick_tables():
        yield client_of("dynamodb")


def client_of(service: str) -> Any:
    """A client of the account in memory, made within ``aws`` or another of moto's mocks."""
    return _session().client(
        service,
        region_name="us-east-1",
        aws_access_key_id="1",
        aws_secret_access_key="1",
        config=Config(retries={"max_attempts": 0}, signature_version=UNSIGNED, user_agent="tests"),
    )


@cache
def _session() -> Any:
    """One for all clients: to read a service's model takes far longer than to make its client."""
    return boto3.Session()


def create_tables(client: Any) -> tuple[str, str]:
    """(orders table, stock table), empty and new."""
    number = next(_serial)
    names = f"Orders{number}", f"Stock{number}"
    for resource, name in zip(("OrdersTable", "StockTable"), names, strict=True):
        wanted = template()["Resources"][resource]["Properties"]
        keys = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        client.create_table(TableName=name, **{key: wanted[key] for key in keys if key in wanted})
    return names


def create_read_table(client: Any) -> str:
    """The read models' table, empty and new."""
    name = f"Read{next(_serial)}"
    wanted = template()["Resources"]["ReadModelsTable"]["Properties"]
    keys = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    client.create_table(TableName=name, **{key: wanted[key] for key in keys})
    return name


def drop_tables(client: Any, names: tuple[str, ...]) -> None:
    for name in names:
        client.delete_table(TableName=name)


def items_below(client: Any, table: str, pk: str = "") -> list[dict[str, Any]]:
    """Every item of the table, or of one partition, as DynamoDB shows it."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"] if not pk or item["pk"]["S"] == pk]
