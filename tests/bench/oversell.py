"""Many buyers at once for little stock, against the emulator: none may be sold twice, none left unsold (P5).

    {"oversell": {"stock": pieces, "orders": buyers, "at_once": threads, "sold": pieces made firm, "where": …}}

Each buyer reserves one piece and pays at once, trying again when too many are at it, as the lifecycle does.
"""

from __future__ import annotations

import socket
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local.cloud.aws import client
from local.cloud.emulator import Emulator
from local.cloud.processes import stop_group
from orderhub.adapters.dynamodb.stock import DynamoStockStore
from orderhub.domain.errors import Stale
from orderhub.domain.stock import Balance, Firmed, Reserved
from tests.integration.stock_support import ORDERS, STOCK, create_tables

PIECES, BUYERS, AT_ONCE = 50, 500, 64
SKU, WAREHOUSE = "ZP-2026-01", "WH-SH"
PAY_WITHIN_MS = 900_000


def measure() -> dict[str, Any]:
    """The document above. Raises RuntimeError when what was sold and what the stock says do not agree."""
    with tempfile.TemporaryDirectory() as home:
        emulator = Emulator(port=_free_port(), home=Path(home))
        process = emulator.start()
        try:
            return _sell(client("dynamodb", emulator.endpoint))
        finally:
            stop_group(process.pid)
            process.wait()


def _sell(dynamodb: Any) -> dict[str, Any]:
    create_tables(dynamodb)
    store = DynamoStockStore(dynamodb, orders_table=ORDERS, stock_table=STOCK)
    store.seed(SKU, WAREHOUSE, PIECES, _now())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sold = sum(pool.map(lambda number: _buy(store, f"bench-{number}"), range(BUYERS)))
    level = store.level(SKU, WAREHOUSE)
    if level is None or level.balance != Balance(available=PIECES - sold, firm=sold, stocked=PIECES):
        raise RuntimeError(f"{sold} sold, but the stock says {level}")
    where = "DynamoStockStore on the emulator (ministack), real transactions and conditions"
    return {"oversell": {"stock": PIECES, "orders": BUYERS, "at_once": AT_ONCE, "sold": sold, "where": where}}


def _buy(store: DynamoStockStore, order_id: str) -> bool:
    while True:
        now = _now()
        try:
            held = store.reserve(order_id, "1", SKU, WAREHOUSE, 1, now + PAY_WITHIN_MS, now)
            return isinstance(held, Reserved) and isinstance(store.firm(order_id, "1", now), Firmed)
        except Stale:
            continue


def _now() -> int:
    return int(time.time() * 1000)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
