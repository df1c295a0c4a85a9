"""What figures are counted from, found without reading whole tables."""

from collections.abc import Iterable
from typing import Protocol

from orderhub.domain.records import StoredFact


class CountedFacts(Protocol):
    """Periods are from ``since`` (in) to ``until`` (out), epoch ms, by when the hub recorded a fact."""

    def counted(self, since: int, until: int) -> Iterable[StoredFact]:
        """The facts of ``domain.address_measures.COUNTED``, in no promised order."""
        ...

    def orders_placed(self, since: int, until: int) -> int:
        """How many orders became known."""
        ...
