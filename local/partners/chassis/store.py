"""One sqlite file per simulator: documents by collection and key, in transactions that survive `kill -9`."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

_SCHEMA = """
create table if not exists docs (
  coll text not null, key text not null, sort integer not null default 0, doc text not null,
  primary key (coll, key)) without rowid;
create index if not exists docs_by_sort on docs (coll, sort, key);
create table if not exists counters (name text primary key, value integer not null) without rowid;
"""


class Store:
    """Documents are JSON objects; `sort` is an integer to list and range by (usually a time).

    Every method is atomic alone; group several with `with store.tx():`, which is re-entrant, exclusive over
    all threads of the simulator and rolls everything back when the block raises. Never call out over the
    network inside one.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def tx(self) -> Iterator[None]:
        with self._lock:
            if self._depth:
                yield
                return
            self._db.execute("begin immediate")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            else:
                self._db.execute("commit")
            finally:
                self._depth = 0

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Inside `tx`: undoes only this block when it raises (a refused request must leave nothing)."""
        with self._lock:
            self._db.execute("savepoint part")
            try:
                yield
            except BaseException:
                self._db.execute("rollback to part")
                raise
            finally:
                self._db.execute("release part")

    def get(self, coll: str, key: str) -> Doc | None:
        rows = self.query("select doc from docs where coll = ? and key = ?", (coll, key))
        return json.loads(rows[0][0]) if rows else None

    def put(self, coll: str, key: str, doc: Doc, *, sort: int = 0) -> None:
        self.query(
            "insert into docs (coll, key, sort, doc) values (?, ?, ?, ?)"
            " on conflict (coll, key) do update set sort = excluded.sort, doc = excluded.doc",
            (coll, key, sort, json.dumps(doc, ensure_ascii=False)),
        )

    def delete(self, coll: str, key: str) -> None:
        self.query("delete from docs where coll = ? and key = ?", (coll, key))

    def all(self, coll: str) -> list[Doc]:
        """Every document of a collection, by (sort, key)."""
        rows = self.query("select doc from docs where coll = ? order by sort, key", (coll,))
        return [json.loads(row[0]) for row in rows]

    def items(self, coll: str) -> list[tuple[str, Doc]]:
        rows = self.query("select key, doc from docs where coll = ? order by sort, key", (coll,))
        return [(row[0], json.loads(row[1])) for row in rows]

    def range(self, coll: str, low: int, high: int) -> list[Doc]:
        """Documents with low <= sort <= high, by (sort, key)."""
        rows = self.query(
            "select doc from docs where coll = ? and sort between ? and ? order by sort, key",
            (coll, low, high),
        )
        return [json.loads(row[0]) for row in rows]

    def count(self, coll: str) -> int:
        return int(self.query("select count(*) from docs where coll = ?", (coll,))[0][0])

    def clear(self, coll: str) -> None:
        self.query("delete from docs where coll = ?", (coll,))

    def next_number(self, name: str) -> int:
        """1, 2, 3 … per name, never given twice (a rolled back transaction returns its number)."""
        rows = self.query(
            "insert into counters (name, value) values (?, 1)"
            " on conflict (name) do update set value = value + 1 returning value",
            (name,),
        )
        return int(rows[0][0])

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, parameters).fetchall()

    def script(self, sql: str) -> None:
        with self._lock:
            self._db.executescript(sql)

    def close(self) -> None:
        with self._lock:
            self._db.close()
