"""Until when a partner was read: the mark moves only when all of a window is durable (R2, P10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orderhub.adapters.dynamodb.watermarks import DynamoWatermarks
from orderhub.domain.errors import PartnerUnavailable
from orderhub.services.pull_orders import OVERLAP_MS, pull_orders, read_again
from tests.kit.orders import T0

HOUR = 3_600_000


class Shop:
    """The shop's search: remembers the windows it was asked for."""

    def __init__(self, *orders: bytes, breaks_after: int | None = None) -> None:
        self.orders, self.breaks_after = orders, breaks_after
        self.windows: list[tuple[int, int]] = []

    def updated_orders(self, shop_id: str, since: int, until: int) -> Iterator[bytes]:
        self.windows.append((since, until))
        for number, detail in enumerate(self.orders):
            if number == self.breaks_after:
                raise PartnerUnavailable("youzan", "page 2")
            yield detail

    def read_order(self, shop_id: str, platform_id: str) -> bytes | None:
        return self.orders[0] if self.orders else None


@pytest.fixture
def marks(table: tuple[Any, str]) -> DynamoWatermarks:
    return DynamoWatermarks(*table)


def pull(shop: Shop, marks: DynamoWatermarks, now: int) -> tuple[dict[str, int], list[bytes]]:
    found: list[bytes] = []
    return pull_orders("1", shop, marks, found.append, now), found  # type: ignore[arg-type]


def test_a_mark_is_moved_by_whoever_saw_it_and_by_nobody_else(marks: DynamoWatermarks) -> None:
    assert marks.read("youzan", "1") == 0
    assert marks.advance("youzan", "1", 0, 50)
    assert not marks.advance("youzan", "1", 40, 60)
    assert marks.advance("youzan", "1", 50, 60)
    assert (marks.read("youzan", "1"), marks.read("youzan", "2")) == (60, 0)


def test_p10_windows_overlap_and_leave_no_gap(marks: DynamoWatermarks) -> None:
    shop, now = Shop(b"a", b"b"), T0
    for _ in range(40):
        counts, found = pull(shop, marks, now)
        assert counts["found"] == len(found)
        assert set(found) == {b"a", b"b"}
        now += HOUR
    for (_, until), (since, next_until) in zip(shop.windows, shop.windows[1:], strict=False):
        assert since <= until - OVERLAP_MS
        assert next_until > until
    assert shop.windows[-1][1] == now - HOUR


def test_p10_a_search_that_breaks_is_read_again_from_the_same_mark(marks: DynamoWatermarks) -> None:
    pull(Shop(), marks, T0)
    mark = marks.read("youzan", "1")
    with pytest.raises(PartnerUnavailable):
        pull(Shop(b"a", b"b", breaks_after=1), marks, T0 + HOUR)
    assert marks.read("youzan", "1") == mark


def test_p10_a_queue_that_refuses_leaves_the_mark(marks: DynamoWatermarks) -> None:
    def full(_detail: bytes) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        pull_orders("1", Shop(b"a"), marks, full, T0)  # type: ignore[arg-type]
    assert marks.read("youzan", "1") == 0


def test_an_order_the_shop_does_not_show_yet_is_asked_for_again() -> None:
    with pytest.raises(PartnerUnavailable):
        read_again("1", "E1", Shop(), lambda _: None)  # type: ignore[arg-type]
    found: list[bytes] = []
    assert read_again("1", "E1", Shop(b"a"), found.append) == "read"  # type: ignore[arg-type]
    assert found == [b"a"]
