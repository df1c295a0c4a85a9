"""What is to be done at the carrier so that a parcel has its one right waybill, from what is known of it. Pure.

The law (design §7, Waybills): of one parcel at most one reference may be intended, live, voiding or unknown. So the
next version is made only when the last one is *confirmed* void; a create that was not answered is settled under its
own reference first; a reference that was void is never used again.

What is known of a version is read from the effects under its reference, which outlive every crash:

    create    void                    the version is
    ------    --------------------    ---------------------------------------------
    -         -                       not there, nor was it ever asked for
    tried     -                       unknown: it may live, or come alive
    refused   -                       refused: nothing lives, but the reference may be spent
    done      - or refused            live
    any       tried                   voiding: it may live or not
    any       done                    voided

An attempt that was never answered may still be carried out after a later one was answered. So a create refused after
such an attempt is unknown; and a change in place that was not answered lets no other change in place follow it.
Undoing an unknown create may buy what it cancels, for the receiver of that moment: if it was not cancelled after all,
nobody knows what the version shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import WaybillStatus

CREATE_VERB = "create_waybill"
UPDATE_VERB = "update_waybill"
VOID_VERB = "void_waybill"

OVERWRITE = "overwrite"
REISSUE = "reissue"
_STRENGTH = {"": 0, OVERWRITE: 1, REISSUE: 2}

VOID_ON_EVIDENCE = "waybill_void."
"""Override code, with a reference behind: the carrier's people have said that nothing lives under it."""

LABEL_KEPT = "label_kept."
"""Override code, with parcel and content version behind: a person lets the parcel go with the label it has."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


def waybill_reference(order_id: str, fulfillment: int, version: int) -> str:
    """``<order_id>-<fulfilment>-<waybill version>``: our name of one version at its carrier."""
    return f"{order_id}-{fulfillment}-{version}"


def wants_label(order: Order, way: str) -> Order:
    """The order whose labels show something else now: ``way`` is ``overwrite`` (in place) or ``reissue``.

    To be written with the commit that changes the content and raises ``content_version``. The stronger of two wishes
    stands. The warehouse is pushed again first; of a label that will be void it is not told the number any more.
    Before the order is dispatched, and once it has left, there is no label to be changed and nothing is wanted.
    """
    if not order.has(Milestone.DISPATCHED) or order.has(Milestone.SHIPPED) or order.is_finished:
        return order
    stronger = max(order.relabel, way, key=lambda wish: _STRENGTH[wish])
    return replace(order, relabel=stronger, push_due=True)


def number_told(order: Order, waybill_number: str) -> str:
    """The number the warehouse may know: none while it is about to be void, so that nothing is packed with it."""
    return "" if order.relabel == REISSUE else waybill_number


@dataclass(frozen=True, slots=True)
class Held:
    """One version of a parcel's waybill, as far as the hub knows what the carrier holds.

    ``digest``: of what the carrier was told; empty when it may hold either of two. ``busy_until`` (ms UTC): a caller
    may be talking to the carrier about it until then.
    """

    version: int
    reference: str
    carrier: str
    status: WaybillStatus
    digest: str
    number: str = ""
    routing: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    may_change: bool = True  # the carrier has not refused to change it in place
    unsettled: str = ""  # digest of a change in place that may still be carried out: no other may follow it
    busy_until: int = 0


@dataclass(frozen=True, slots=True)
class Keep:
    """The carrier holds what is wanted."""


@dataclass(frozen=True, slots=True)
class Create:
    """Buy this version; the same one again after an unclear outcome."""

    version: int


@dataclass(frozen=True, slots=True)
class Update:
    """Overwrite the live version in place."""

    held: Held


@dataclass(frozen=True, slots=True)
class Void:
    """Settle this version as void; only then may there be another."""

    held: Held


@dataclass(frozen=True, slots=True)
class Ask:
    """Picked up under the old label: a person (or an interception) must decide."""

    held: Held


type Action = Keep | Create | Update | Void | Ask


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the parcel's waybill is to be, and how a live one may get there.

    ``way``: ``overwrite`` allows a change in place; anything else is the safe path. ``is_out``: the carrier has picked
    the parcel up. ``is_kept``: a person lets it go with the label it has.
    """

    digest: str
    carrier: str
    way: str = ""
    is_out: bool = False
    is_kept: bool = False


def next_action(versions: Iterable[Held], wanted: Wanted) -> Action:
    """The next thing to do at the carrier. Repeated until ``Keep``; each answer leads to a shorter way.

    >>> next_action([], Wanted("d", "sf"))
    Create(version=1)
    """
    last = max(versions, key=lambda one: one.version, default=None)
    if last is None:
        return Create(1)
    is_same = last.digest == wanted.digest and last.carrier == wanted.carrier
    match last.status:
        case WaybillStatus.VOIDED:
            return Create(last.version + 1)
        case WaybillStatus.UNKNOWN | WaybillStatus.REFUSED:
            return Create(last.version) if is_same else Void(last)
        case WaybillStatus.VOIDING:
            return Void(last)
    if is_same or wanted.is_kept:
        return Keep()
    if wanted.is_out:
        return Ask(last)
    in_place = (
        wanted.way == OVERWRITE
        and last.may_change
        and last.carrier == wanted.carrier
        and last.unsettled in ("", wanted.digest)
    )
    return Update(last) if in_place else Void(last)


def versions_of(order: Order, fulfillment: int, effects: Iterable[Effect]) -> tuple[Held, ...]:
    """Every version that was ever asked of a carrier for this parcel, oldest first."""
    known = {(effect.verb, effect.reference): effect for effect in effects}
    found: list[Held] = []
    for version in range(1, len(known) + 1):
        reference = waybill_reference(order.order_id, fulfillment, version)
        created = known.get((CREATE_VERB, reference))
        if created is None or not _was_tried(created):
            break
        updated, voided = known.get((UPDATE_VERB, reference)), known.get((VOID_VERB, reference))
        status = _status(created, voided, f"{VOID_ON_EVIDENCE}{reference}" in order.overrides)
        is_known = voided is None or status is not WaybillStatus.UNKNOWN
        held = Held(
            version=version,
            reference=reference,
            carrier=created.about.get("carrier", "sf"),
            status=status,
            digest=(updated or created).request_hash if is_known else "",
            number=created.outcome.get("number", ""),
            routing={
                name.removeprefix("routing."): value
                for name, value in created.outcome.items()
                if name.startswith("routing.")
            },
            busy_until=max(_busy_until(effect) for effect in (created, updated, voided)),
        )
        found.append(_changed(held, updated) if updated is not None else held)
    return tuple(found)


def live_of(versions: Iterable[Held]) -> Held | None:
    """The version that may be on a parcel, or come to be: none when nothing was ever asked for, or all is void."""
    alive = (WaybillStatus.LIVE, WaybillStatus.UNKNOWN, WaybillStatus.VOIDING)
    return next((one for one in versions if one.status in alive), None)


def _changed(held: Held, updated: Effect) -> Held:
    """After attempts to change it in place. Unless the last is done, what it holds is not known any more."""
    is_unclear = updated.is_unclear or (updated.status is EffectStatus.INTENDED and _was_tried(updated))
    held = replace(held, unsettled=updated.request_hash if is_unclear else "")
    if updated.status is EffectStatus.DONE:
        return held
    return replace(held, digest="", may_change=updated.status is not EffectStatus.REFUSED)


def _status(created: Effect, voided: Effect | None, is_void_on_evidence: bool) -> WaybillStatus:
    if is_void_on_evidence or (voided is not None and voided.status is EffectStatus.DONE):
        return WaybillStatus.VOIDED
    if voided is not None and (voided.is_unclear or (voided.status is EffectStatus.INTENDED and _was_tried(voided))):
        return WaybillStatus.VOIDING
    if created.status is EffectStatus.DONE:
        return WaybillStatus.LIVE
    is_answered = created.status is EffectStatus.REFUSED and not created.is_unclear
    return WaybillStatus.REFUSED if is_answered else WaybillStatus.UNKNOWN


def _was_tried(effect: Effect) -> bool:
    return effect.status is not EffectStatus.INTENDED or effect.attempts > 0


def _busy_until(effect: Effect | None) -> int:
    return effect.lease_until if effect is not None and effect.status is EffectStatus.INTENDED else 0
