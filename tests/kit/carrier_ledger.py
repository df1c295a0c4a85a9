"""A carrier that can give every kind of answer, and the truth about what it did: which labels lived, and for whom.

It keeps the promises of ``ports.partners.CarrierPartner`` as the sheets of SF and EMS give them and shares nothing with
the hub. A request that times out may be carried out at once, never, or at any later time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.ports.partners import IssuedWaybill, ParcelInstruction


class Answer(StrEnum):
    YES = "yes"
    TWICE = "twice"  # carried out twice, answered once
    NO = "no"  # refused for a reason of its own, and nothing remembered
    NO_FOR_GOOD = "no_for_good"  # refused, and the reference is spent on it
    DOWN = "down"  # clearly not done
    LOST = "lost"  # time-out, never carried out
    DONE_SILENTLY = "done_silently"  # time-out, carried out
    LATE = "late"  # time-out, carried out when ``land`` is called
    NOT_FOUND_YET = "not_found_yet"  # a search that is behind


@dataclass
class Label:
    reference: str
    number: str
    content: tuple[str, str]
    state: str  # created | picked | cancelled | refused

    @property
    def is_live(self) -> bool:
        return self.state in ("created", "picked")


@dataclass(frozen=True)
class Flying:
    """A request nobody waits for any more, which may still be carried out; ``content`` is what it would write."""

    verb: str
    reference: str
    work: Callable[[], object]
    content: tuple[str, str]


@dataclass
class CarrierLedger:
    """``content`` of a label: receiver's detail, city. ``meanwhile`` is called once, inside the next request."""

    name: str = "sf"
    unknown_reference: frozenset[str] = frozenset({"8018"})
    takes_changes: bool = True
    reach: Callable[[str, str], None] = lambda when, what: None
    labels: dict[str, Label] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    flying: list[Flying] = field(default_factory=list)
    meanwhile: Callable[[], None] | None = None
    asked_to_create: list[str] = field(default_factory=list)
    asked_to_cancel: list[str] = field(default_factory=list)
    burned_by_people: set[str] = field(default_factory=set)

    # --- CarrierPartner -----------------------------------------------------------------------------------------

    def create(self, parcel: ParcelInstruction) -> IssuedWaybill:
        content = (parcel.receiver.detail, parcel.order.region.city)
        self.asked_to_create.append(parcel.reference)
        return self._answered("create", parcel.reference, lambda: self._create(parcel.reference, content), content)

    def find(self, reference: str) -> IssuedWaybill | None:
        return self._answered("find", reference, lambda: self._find(reference))

    def cancel(self, reference: str, number: str = "") -> None:
        self.asked_to_cancel.append(reference)
        self._answered("cancel", reference, lambda: self._cancel(reference))

    def update_receiver(self, parcel: ParcelInstruction) -> None:
        content = (parcel.receiver.detail, parcel.order.region.city)
        self._answered("update", parcel.reference, lambda: self._update(parcel.reference, content), content)

    # --- what it does -------------------------------------------------------------------------------------------

    def _create(self, reference: str, content: tuple[str, str]) -> IssuedWaybill:
        label = self.labels.get(reference)
        if label is None:
            label = Label(reference, f"SF{len(self.labels) + 1:09d}", content, "created")
            self.labels[reference] = label
        if label.state == "cancelled":
            raise PartnerRejected("sf", "8037", "the reference is burned")
        if label.state == "refused":
            raise PartnerRejected("sf", "filter-3", "not serviceable")
        return IssuedWaybill(reference, label.number, {"destCode": label.content[1]})

    def _find(self, reference: str) -> IssuedWaybill | None:
        label = self.labels.get(reference)
        if label is None:
            return None
        if label.state == "refused":
            raise PartnerRejected("sf", "filter-3", "not serviceable")
        return IssuedWaybill(reference, label.number, {"destCode": label.content[1]})

    def _cancel(self, reference: str) -> None:
        label = self._known(reference)
        if label.state == "picked":
            raise PartnerRejected("sf", "8252", "picked up")
        label.state = "cancelled"

    def _update(self, reference: str, content: tuple[str, str]) -> None:
        label = self._known(reference)
        if label.state != "created" or not self.takes_changes:
            raise PartnerRejected("sf", "8252" if label.state != "cancelled" else "8253", "takes no change")
        label.content = content

    def _known(self, reference: str) -> Label:
        if reference not in self.labels:
            raise PartnerRejected("sf", "8018", "unknown order")
        return self.labels[reference]

    # --- how it answers -----------------------------------------------------------------------------------------

    def _answered(self, verb: str, reference: str, work: Callable[[], Any], content: tuple[str, str] = ("", "")) -> Any:
        self.reach("before", f"sf {verb}")
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        answer = self.answers.pop(0) if self.answers else Answer.YES
        result = self._play(answer, Flying(verb, reference, work, content))
        self.reach("after", f"sf {verb}")
        return result

    def _play(self, answer: Answer, asked: Flying) -> Any:
        verb, reference, work = asked.verb, asked.reference, asked.work
        match answer:
            case Answer.NOT_FOUND_YET if verb == "find":
                return None
            case Answer.YES | Answer.NOT_FOUND_YET:
                return work()
            case Answer.TWICE:
                work()
                return work()
            case Answer.NO:
                raise PartnerRejected("sf", "8196", "information abnormal")
            case Answer.NO_FOR_GOOD:
                if verb == "create" and reference not in self.labels:
                    self.labels[reference] = Label(reference, "", ("", ""), "refused")
                raise PartnerRejected("sf", "filter-3", "not serviceable")
            case Answer.DOWN:
                raise PartnerUnavailable("sf", "the breaker is open")
        if answer is Answer.DONE_SILENTLY:
            _quietly(work)
        if answer is Answer.LATE:
            self.flying.append(asked)
        raise PartnerUnavailable("sf", "timed out", unclear=True)

    def land(self, number: int = 0) -> None:
        """A request that nobody waits for any more is carried out."""
        if self.flying:
            _quietly(self.flying.pop(number % len(self.flying)).work)

    # --- the world around it --------------------------------------------------------------------------------------

    def pick_up(self, number: str) -> bool:
        """The courier takes the parcel with this label, if it lives."""
        for label in self.labels.values():
            if label.number == number and label.state == "created":
                label.state = "picked"
                return True
        return False

    def burn(self, reference: str) -> None:
        """The carrier's people see to it that nothing lives under a reference, and say so."""
        label = self.labels.setdefault(reference, Label(reference, "", ("", ""), "cancelled"))
        label.state = "cancelled"
        self.burned_by_people.add(reference)

    # --- truth ------------------------------------------------------------------------------------------------------

    def live(self, parcel: str) -> Sequence[Label]:
        return [one for one in self.labels.values() if one.is_live and _parcel(one.reference) == parcel]

    def may_live(self, parcel: str) -> set[str]:
        """References under which something lives, or may come alive by what is still under way."""
        coming = {one.reference for one in self.flying if one.verb == "create" and one.reference not in self.labels}
        return {one.reference for one in self.live(parcel)} | {ref for ref in coming if _parcel(ref) == parcel}

    def may_show(self, label: Label) -> set[tuple[str, str]]:
        """What a label shows, or may come to show by a change that is still under way."""
        coming = {one.content for one in self.flying if one.verb == "update" and one.reference == label.reference}
        return {label.content} | coming


def _parcel(reference: str) -> str:
    return reference.rpartition("-")[0]


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except PartnerRejected:
        return
