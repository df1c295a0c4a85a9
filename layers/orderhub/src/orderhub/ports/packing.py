"""The packing station's list: every parcel from its label until it has left, kept by the commits of its order."""

from collections.abc import Sequence
from typing import Protocol

from orderhub.domain.packing import PackingPlace


class PackingBoard(Protocol):
    """Read a moment late (it is an index): who must be sure reads the order."""

    def ready(self, limit: int) -> Sequence[PackingPlace]:
        """Parcels that may be packed now, the longest waiting first."""
        ...

    def changed(self, since: int, limit: int) -> Sequence[PackingPlace]:
        """Parcels whose place changed at or after ``since`` (ms UTC), of each kind the earliest ``limit``."""
        ...
