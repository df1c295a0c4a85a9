"""What everybody's books say when a story has ended: the hub's, and the truth ledgers of its partners."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from local.api import HubError
from local.cloud.aws import client
from local.cloud.run_file import Run

if TYPE_CHECKING:
    from local.stories.world import World

AT_ONCE = 4
A_DAY_MS = 86_400_000
_ENDED_BADLY = ("FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True)
class Label:
    """One label that a carrier made, as it stands there: `state`, and for whom."""

    carrier: str
    state: str
    name: str
    phone: str


@dataclass(frozen=True)
class Evidence:
    """`orders`: the API's answer by order id; `items`: every item of the hub's two tables, by table.

    `carrier` is SF's ledger, `post` that of EMS.
    The tables are read as an auditor would, past the hub's own code; nothing but checks may do so.
    """

    orders: dict[str, dict[str, Any]]
    open_decisions: list[dict[str, Any]]
    shop: dict[str, Any]
    warehouse: dict[str, Any]
    carrier: dict[str, Any]
    post: dict[str, Any]
    ledger: dict[str, Any]
    pushes: list[dict[str, Any]]
    items: dict[str, list[dict[str, Any]]]
    dead_letters: dict[str, int]
    ended_badly: list[str]
    address_measures: dict[str, Any]

    @classmethod
    def gather(cls, world: World) -> Evidence:
        """Ask everybody."""
        tables = {name: list(_items(world.run, physical)) for name, physical in world.run.tables.items()}
        return cls(
            orders=_orders(world),
            open_decisions=world.hub.decisions(),
            shop=world.shop.state()["orders"],
            warehouse=world.warehouse.state(),
            carrier=world.carrier.state(),
            post=world.post.state(),
            ledger=world.ledger.state()["bills"],
            pushes=world.shop.calls("push"),
            items=tables,
            dead_letters=_dead_letters(world.run),
            ended_badly=_ended_badly(world.run),
            address_measures=_address_measures(world),
        )

    def labels(self, parcel: str) -> list[Label]:
        """Every label that any carrier ever made for a parcel (`<order_id>-<fulfilment>`)."""
        sf = [row for name, row in self.carrier["orders"].items() if name.startswith(f"{parcel}-")]
        ems = [row for name, row in self.post["orders"].items() if name.startswith(f"{parcel}-")]
        return [
            *(Label("sf", row["state"], row["consignee"]["contact"], row["consignee"]["mobile"]) for row in sf),
            *(Label("ems", row["state"], row["receiver"]["name"], row["receiver"]["mobile"]) for row in ems),
        ]

    def parcel(self, parcel: str) -> dict[str, int]:
        """`labels`, `live` and `max_live` of a parcel, over all carriers: two that each know of one are two."""
        known = [book["parcels"].get(parcel, {}) for book in (self.carrier, self.post)]
        return {name: sum(row.get(name, 0) for row in known) for name in ("labels", "live", "max_live")}

    @property
    def parcels(self) -> set[str]:
        """Every parcel that any carrier knows."""
        return {*self.carrier["parcels"], *self.post["parcels"]}


def breaker_state(run: Run, partner: str) -> str:
    """`closed`, `open` or `half_open`: the hub's circuit breaker of a partner, now."""
    key = {"pk": {"S": f"PARTNER#{partner}"}, "sk": {"S": "BREAKER"}}
    table = run.tables["OrdersTable"]
    item = client("dynamodb", run.endpoint).get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    return str(item.get("state", {"S": "closed"})["S"])


def stock_level(run: Run, sku: str, warehouse: str) -> dict[str, Any] | None:
    """The hub's stock item, or None while the hub does not know the SKU there."""
    key = {"pk": {"S": f"STOCK#{sku}#{warehouse}"}, "sk": {"S": "STOCK"}}
    table = run.tables["StockTable"]
    item = client("dynamodb", run.endpoint).get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return _plain(item) if item else None


def _address_measures(world: World) -> dict[str, Any]:
    now = int(time.time() * 1000)
    return world.hub.address_measures(now - A_DAY_MS, now)


def _orders(world: World) -> dict[str, dict[str, Any]]:
    def ask(order_id: str) -> tuple[str, dict[str, Any] | None]:
        try:
            return order_id, world.hub.order(order_id)
        except HubError as error:
            if error.code != "no_such_order":
                raise
            return order_id, None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, [placed.order_id for placed in world.placed]))
    return {order_id: order for order_id, order in answers if order is not None}


def _items(run: Run, table: str) -> Iterator[dict[str, Any]]:
    for page in client("dynamodb", run.endpoint).get_paginator("scan").paginate(TableName=table):
        yield from map(_plain, page["Items"])


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}


def _dead_letters(run: Run) -> dict[str, int]:
    """Messages in every queue where letters end that nobody could deliver."""
    queues = client("sqs", run.endpoint)
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return {
        name: sum(
            int(count)
            for count in queues.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"].values()
        )
        for name, url in run.queues.items()
        if name.endswith("Dlq") or name == "StreamFailures"
    }


def _ended_badly(run: Run) -> list[str]:
    machines = client("stepfunctions", run.endpoint)
    return [
        f"{row['name']} {status}"
        for status in _ENDED_BADLY
        for page in machines.get_paginator("list_executions").paginate(
            stateMachineArn=run.state_machine, statusFilter=status
        )
        for row in page["executions"]
    ]
