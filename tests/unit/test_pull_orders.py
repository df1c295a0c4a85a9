"""The pull of lost orders: window by window up to now, and never past what is not durable yet (R2)."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from orderhub.services.pull_orders import FIRST_WINDOW_MS, LONGEST_WINDOW_MS, OVERLAP_MS, pull_orders

NOW = 1_795_359_546_000


class Shop:
    """Orders by the instant of their last update."""

    def __init__(self, *updated_at: int) -> None:
        self.updated_at = updated_at
        self.windows: list[tuple[int, int]] = []

    def updated_orders(self, shop_id: str, since: int, until: int) -> Iterator[bytes]:
        self.windows.append((since, until))
        for instant in self.updated_at:
            if since <= instant <= until:
                yield str(instant).encode()


class Mark:
    def __init__(self, until: int = 0, *, moved_by_another: bool = False) -> None:
        self.until = until
        self.moved_by_another = moved_by_another

    def read(self, partner: str, account: str) -> int:
        return self.until

    def advance(self, partner: str, account: str, seen: int, to: int) -> bool:
        if self.moved_by_another or seen != self.until:
            return False
        self.until = to
        return True


def test_a_fresh_hub_has_read_up_to_now_after_its_first_pull() -> None:
    shop, mark, inbound = Shop(NOW - FIRST_WINDOW_MS, NOW - 7 * 3_600_000, NOW - 1), Mark(), list[bytes]()
    pull_orders("1", shop, mark, inbound.append, NOW)  # type: ignore[arg-type]
    assert mark.until == NOW
    assert set(inbound) == {str(instant).encode() for instant in shop.updated_at}
    assert all(until - since <= LONGEST_WINDOW_MS for since, until in shop.windows)


def test_every_window_overlaps_the_one_before() -> None:
    shop, mark = Shop(), Mark(NOW - FIRST_WINDOW_MS)
    pull_orders("1", shop, mark, lambda body: None, NOW)  # type: ignore[arg-type]
    assert all(later[0] == earlier[1] - OVERLAP_MS for earlier, later in pairwise(shop.windows))


def test_the_watermark_stays_before_a_window_that_is_not_durable() -> None:
    shop, mark = Shop(NOW - 10, NOW - 5), Mark(NOW - 60_000)

    def full(body: bytes) -> None:
        raise OSError("the queue does not take it")

    with pytest.raises(OSError, match="queue"):
        pull_orders("1", shop, mark, full, NOW)  # type: ignore[arg-type]
    assert mark.until == NOW - 60_000


def test_a_reader_that_was_overtaken_stops() -> None:
    shop, mark = Shop(), Mark(NOW - FIRST_WINDOW_MS, moved_by_another=True)
    assert pull_orders("1", shop, mark, lambda body: None, NOW) == {"found": 0, "moved": 0}  # type: ignore[arg-type]
    assert len(shop.windows) == 1
