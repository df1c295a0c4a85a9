"""Put on the order what its effects say of its waybills: label, versions, facts. Nothing is asked of a carrier here."""

from collections.abc import Sequence
from dataclasses import replace

from orderhub.domain.facts import Fact, FactType
from orderhub.domain.freight import FreightEntry, FreightKind
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcel_of, reach_in, without_label
from orderhub.domain.records import WaybillReference, WaybillStatus, WaybillVersion
from orderhub.domain.waybill_content import HELD, cached_version, digest_of, parts_of
from orderhub.domain.waybill_track import Held
from orderhub.ports.orders import Change, OrderStore, Record
from orderhub.ports.world import Clock
from orderhub.services.tasks import ReadOnce, TaskCommand, retried_when_stale


def put_on_order(
    command: TaskCommand,
    orders: OrderStore,
    clock: Clock,
    known: Order,
    number: int,
    held: Sequence[Held],
    ended: bool = False,
) -> Order:
    """The order with what is known of a parcel's waybills, and what of it was not said before as facts; one commit, or
    none when all of it stands there. ``ended``: the parcel is not to go any more, so it is marked as voided.

    Raises Superseded, Stale.
    """
    read = ReadOnce(orders, command, known)

    def once() -> Order:
        order = read()
        told = _told(order, number, held, orders)
        writing = _Writing(order, known, number, clock(), ended)
        for one in sorted(held, key=lambda version: version.version):
            writing.take(one, told.get(one.version))
        return orders.commit(writing.change()) if writing.has_changed else order

    return retried_when_stale(once)


def _told(order: Order, number: int, held: Sequence[Held], orders: OrderStore) -> dict[int, WaybillVersion]:
    """The pushed versions on record. The first label of a parcel is none yet, and needs no reading."""
    is_first = [one.version for one in held] == [1] and held[0].status is WaybillStatus.LIVE
    if not held or (is_first and not parcel_of(order, number).has(Milestone.LABELLED)):
        return {}
    rows = orders.waybills_of(order.order_id)
    return {row.version: row for row in rows if row.fulfillment == number and row.track == "pushed"}


class _Writing:
    """One commit in the making."""

    def __init__(self, order: Order, known: Order, number: int, now: int, ended: bool) -> None:
        self._before, self._known, self._number, self._now, self._ended = order, known, number, now, ended
        self._after = order
        self._facts: list[Fact] = []
        self._records: list[Record] = []
        if ended:
            self._after = reach_in(order, number, Milestone.VOIDED, now)

    @property
    def has_changed(self) -> bool:
        return self._after != self._before or bool(self._records)

    def change(self) -> Change:
        return Change(self._before, self._after, self._now, facts=self._facts, records=self._records)

    @property
    def _parcel(self) -> Parcel:
        return parcel_of(self._after, self._number)

    def take(self, held: Held, told: WaybillVersion | None) -> None:
        """One version as the carrier has it, and as it stands on record."""
        if held.status is WaybillStatus.LIVE:
            self._live(held, told)
        if held.status is WaybillStatus.VOIDED:
            self._void(held, told)

    def _live(self, held: Held, told: WaybillVersion | None) -> None:
        is_new = told is None
        if told is not None and held.digest in ("", told.content_digest) and told.number == held.number:
            version = told
        else:
            version = self._version(held, told)
            self._records.append(version)
            kind = FactType.WAYBILL_ISSUED if is_new else FactType.WAYBILL_OVERWRITTEN
            self._facts.append(Fact(kind, _data(version) | {"content_version": version.content_version}, self._now))
        if self._parcel.has(Milestone.SHIPPED) or self._ended:
            return  # it left with the number that it left with
        if self._parcel.waybill_number != held.number or not self._parcel.has(Milestone.LABELLED):
            self._after = reach_in(
                self._after,
                self._number,
                Milestone.LABELLED,
                self._now,
                carrier=held.carrier,
                waybill_number=held.number,
            )
        if version is not told:
            self._records.append(cached_version(self._after, self._parcel, self._now))
        if is_new:
            self._records.append(WaybillReference(held.carrier, held.number))

    def _void(self, held: Held, told: WaybillVersion | None) -> None:
        if told is not None and told.status is WaybillStatus.VOIDED:
            return
        version = replace(told or self._version(held, None), status=WaybillStatus.VOIDED)
        self._records.append(version)
        if told is not None:  # what was never said to be issued is not said to be void
            reason = (self._before.close_reason or "expired") if self._ended else "reissued"
            self._facts.append(Fact(FactType.WAYBILL_VOIDED, _data(version) | {"reason": reason}, self._now))
        if told is not None and not self._ended:
            self._records.append(_reissue(version, self._now))
        is_on_parcel = held.number and self._parcel.waybill_number == held.number
        if is_on_parcel and not self._ended and not self._parcel.has(Milestone.SHIPPED):
            self._after = without_label(self._after, self._number)

    def _version(self, held: Held, told: WaybillVersion | None) -> WaybillVersion:
        """Its parts are known when it holds what was wanted of the order that it was made from."""
        parts = {name: text for name, text in self._parts.items() if name in HELD}
        is_as_wanted = held.digest == digest_of(parts, HELD)
        return WaybillVersion(
            fulfillment=self._number,
            version=held.version,
            carrier=held.carrier,
            reference=held.reference,
            number=held.number,
            track="pushed",
            status=held.status,
            content_version=self._known.content_version,
            routing=held.routing,
            issued_at=told.issued_at if told else self._now,
            content_digest=held.digest,
            parts=parts if is_as_wanted else {},
        )

    @property
    def _parts(self) -> dict[str, str]:
        return dict(parts_of(self._known, parcel_of(self._known, self._number)))


def _reissue(old: WaybillVersion, now: int) -> FreightEntry:
    """A waybill was bought in vain. No carrier bills one that never travelled, as far as their sheets say; whatever it
    costs, the buyer does not pay it."""
    return FreightEntry(FreightKind.REISSUE, old.reference, old.carrier, 0, "brand", "", now)


def _data(version: WaybillVersion) -> dict[str, str | int | bool]:
    data: dict[str, str | int | bool] = {
        "fulfillment": version.fulfillment,
        "waybill_version": version.version,
        "carrier": version.carrier,
        "reference": version.reference,
    }
    return data | ({"waybill_number": version.number} if version.number else {})
