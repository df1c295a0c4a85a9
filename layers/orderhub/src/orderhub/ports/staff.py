"""Where staff and who looks at which card are kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from orderhub.domain.staff import Staff


class StaffStore(Protocol):
    def read(self, staff_id: str) -> Staff | None:
        """One person, whether active or not."""
        ...

    def listed(self) -> tuple[Staff, ...]:
        """Everybody, by id."""
        ...

    def save(self, staff: Staff, by: str, now: int) -> None:
        """Add or replace a person; ``by`` and ``now`` (ms UTC) are kept with it."""
        ...


class Presence(Protocol):
    """Who is on which card right now: a courtesy, never a lock."""

    def look(self, decision_id: str, staff_id: str, now: int) -> None:
        """Somebody opened a card; it is forgotten after a minute."""
        ...

    def lookers(self, decision_ids: Iterable[str], now: int) -> Mapping[str, Sequence[str]]:
        """Card → the staff ids of everybody who opened it within the last minute, in order of ids."""
        ...


class Tallies(Protocol):
    """How often somebody does something within an hour."""

    def take(self, what: str, who: str, most: int, now: int) -> bool:
        """Count once more; False, and nothing is counted, when it was done ``most`` times within this hour."""
        ...
