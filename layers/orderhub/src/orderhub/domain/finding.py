"""By what an order is found (one box): its ids, its waybill numbers, and digests of phone, phone tail and nick (R6)."""

from collections.abc import Iterator
from enum import StrEnum

from orderhub.domain.facts import FactType
from orderhub.domain.records import StoredFact


class FoundBy(StrEnum):
    ORDER = "order"  # the hub's id or the platform's number
    WAYBILL = "waybill"
    PHONE = "phone"
    TAIL = "tail"
    NICK = "nick"


_DIGESTS = {"contact_digest": FoundBy.PHONE, "tail_digest": FoundBy.TAIL, "alias_digest": FoundBy.NICK}
_CONTENT = (FactType.ORDER_PLACED, FactType.ORDER_CHANGED)
_NUMBERS = (FactType.WAYBILL_ISSUED, FactType.WAYBILL_NUMBER_FILLED)


def keys_of(fact: StoredFact) -> Iterator[tuple[str, str]]:
    """(kind, value) that this fact lets its order be found by. Earlier values go on finding it: whoever asks may have
    the old number."""
    if fact.type in _CONTENT:
        for name, kind in _DIGESTS.items():
            if value := fact.data.get(name):
                yield kind.value, str(value)
    if fact.type in _NUMBERS and (number := str(fact.data.get("waybill_number", ""))):
        yield FoundBy.WAYBILL.value, number.upper()
