"""Judge a change of address where the plain address may be opened: how far it reaches, which way it goes (R34-R36)."""

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace

from orderhub.address.change import Scope
from orderhub.address.model import Address
from orderhub.domain.address_change import (
    BROUGHT_WITHIN_MS,
    ChangeOfAddress,
    ChangeStatus,
    Source,
    Way,
    minutes_since_paid,
    moved,
    planned,
    wants_receiver,
)
from orderhub.domain.address_change import said as said_whole
from orderhub.domain.carrier_capability import Parcels, possible_way
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.effect import EffectStatus
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Correction, Milestone, Order, Parcel, Receiver, Region
from orderhub.domain.order_content import changed
from orderhub.domain.parcel import parcels_here, parcels_of
from orderhub.domain.parcel_zone import Zone, zone_of
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, RuleKind
from orderhub.domain.waybill_content import DEFAULT_CARRIER
from orderhub.ports.orders import Change, OrderStore, Record
from orderhub.ports.rules import RuleBook
from orderhub.ports.world import Clock, Digest, Executions, Seal
from orderhub.rules.engine import evaluate
from orderhub.services.address_change_run import ChangeCommand, load_change
from orderhub.services.address_gate import check_address
from orderhub.services.choose_carrier import choose_carrier, surcharge_entry
from orderhub.services.drive import advance
from orderhub.services.freight_due import collected_before, interception_fees, surcharge_cards
from orderhub.services.judge import input_of
from orderhub.services.park import decision_facts, decision_for, made_fact
from orderhub.services.receiver import masked_name, masked_phone, open_receiver, seal_receiver
from orderhub.services.request_address_change import CHANGE, WINDOW_OVER, ended_fact
from orderhub.services.tasks import retried_when_stale

INTERCEPT_VERB = "intercept"

_FARTHEST = (Zone.DELIVERED, Zone.RETURNING, Zone.DELIVERING, Zone.IN_TRANSIT, Zone.NOT_PICKED_UP)


@dataclass(frozen=True, slots=True)
class Judging:
    """What judging works with."""

    orders: OrderStore
    rules: RuleBook
    seal: Seal
    digest: Digest
    executions: Executions
    clock: Clock
    carriers: Collection[str] = (DEFAULT_CARRIER,)


@dataclass(frozen=True, slots=True)
class Found:
    """What comparing found: the scope the rules are asked with, and what is different."""

    scope: str
    changed: tuple[str, ...]
    levels: tuple[str, ...]
    wanted: Correction
    digest: str


def judge_address_change(command: ChangeCommand, world: Judging) -> dict[str, str | int]:
    """The change is judged and the verdict stored; what it makes of the order is wanted, or a person is asked.

    May be repeated. Raises Superseded, Stale; whatever the rule book or the engine raises is the caller's to show.
    """

    def once() -> None:
        order, change = load_change(world.orders, command)
        if change.status is not ChangeStatus.REQUESTED or order.snapshot is None:
            return
        commit = judged_commit(order, change, world, world.clock())
        world.orders.commit(commit)

    retried_when_stale(once)
    advance(command.order_id, world.orders, world.executions, world.clock())
    return {"done": "judge"}


def judged_commit(order: Order, change: ChangeOfAddress, world: Judging, now: int) -> Change:
    """What judging this change would make durable; nothing is written here."""
    found = _compared(order, change, world, now)
    zone = zone_of_order(order)
    change = replace(change, occurred_at=_made_at(change, found.digest, world.orders))
    minutes = minutes_since_paid(order.when(Milestone.PAID), change.occurred_at)
    way, approved, verdict = _by_the_rules(order, found.scope, zone, minutes, world, now)
    parcels = parcels_meant(order, world.orders)
    possible, why = possible_way(way, parcels)
    reasons = [why] if why else []
    if possible not in (Way.NOTHING, Way.TOO_LATE) and not found.wanted.address.passes:
        possible, reasons = Way.DECIDE, [*reasons, *found.wanted.address.reasons]
    if found.scope == Scope.UNSURE:
        reasons.append("unsure")
    elif way is Way.DECIDE and approved is not Way.DECIDE:
        reasons.append(WINDOW_OVER)
    surcharge_fen = _asked_of_buyer(order, found.wanted.region, possible, world, now)
    if surcharge_fen:
        possible, reasons = Way.DECIDE, [*reasons, "surcharge"]
    judged = replace(
        change,
        scope=found.scope,
        changed=found.changed,
        levels=found.levels,
        zone=zone.value,
        way=possible.value,
        approved_way=approved.value,
        reasons=tuple(dict.fromkeys(reasons)),
        wanted=found.wanted,
        digest=found.digest,
        surcharge_fen=surcharge_fen,
        fulfillments=tuple(parcel.number for parcel in parcels_here(order)),
    )
    records = (verdict,) if verdict else ()
    if order.is_finished or order.has(Milestone.CANCELLED):
        return ended(order, judged, ChangeStatus.REFUSED, "order_ended", now, records)
    return acted(order, judged, possible, world.orders, now, records)


def _asked_of_buyer(order: Order, region: Region, way: Way, world: Judging, now: int) -> int:
    """What going this way would cost the buyer, in fen: not done without a person."""
    if way is Way.INTERCEPT:
        return sum(entry.due_fen for entry in interception_fees(order, world.rules, now))
    if way not in (Way.OVERWRITE, Way.REISSUE) or region == order.region:
        return 0
    given = {**input_of(order), "region": asdict(region)}
    choice = choose_carrier(world.rules.live(RuleKind.CARRIER), given, world.carriers)
    there = replace(order, address_changes=max(order.address_changes, 1))
    return collected_before(there, surcharge_entry(choice, now), world.orders).due_fen


def _made_at(change: ChangeOfAddress, digest: str, orders: OrderStore) -> int:
    """When the change was made. The shop's order shows the time of its last update only; an event that told of the
    same receiver, whatever became of it, says when."""
    if change.sealed:
        return change.occurred_at
    told = [one for one in orders.address_changes_of(change.order_id) if one.sealed and one.digest == digest]
    return min([change.occurred_at, *(one.occurred_at for one in told if one.source is Source.SHOP_EVENT)])


def acted(
    order: Order, judged: ChangeOfAddress, way: Way, orders: OrderStore, now: int, records: tuple[Record, ...] = ()
) -> Change:
    """The commit that goes this way: what the order wants, who is to be told, or whom is asked."""
    before = orders.address_change(order.order_id, judged.takes_over) if judged.takes_over else None
    judged = replace(planned(judged, order, way, before), due_at=now + BROUGHT_WITHIN_MS)
    data: dict[str, str | int | bool] = {
        "change": judged.number,
        "scope": judged.scope,
        "zone": judged.zone,
        "way": way.value,
    }
    told = Fact(FactType.ADDRESS_CHANGE_JUDGED, data, now)
    if way is Way.TOO_LATE:
        refused = ended(order, judged, ChangeStatus.REFUSED, "too_late", now, records, (told,))
        card = card_about(order, judged, DecisionClass.ADDRESS_TOO_LATE, now)
        return replace(refused, facts=(*refused.facts, *decision_facts(card, now)), decisions=(card,))
    if way is Way.DECIDE:
        asked = moved(judged, ChangeStatus.ASKED, now, next(iter(judged.reasons), "rules"))
        return asking(order, asked, now, records, (told,))
    if way is Way.INTERCEPT:
        waits = moved(judged, ChangeStatus.INTERCEPTING, now)
        return Change(order, order, now, facts=(told,), records=(*records, waits))
    if way is Way.NOTHING:
        same = moved(judged, ChangeStatus.APPLIED, now, "unchanged")
        return Change(order, order, now, facts=(told,), records=(*records, same))
    after = wants_receiver(order, judged, way, now)
    applied = replace(moved(judged, ChangeStatus.APPLIED, now), content_version=after.content_version)
    moot = surcharge_cards(order, orders, now)  # another place costs something else, which is asked about anew
    holds = {name: held for name, held in after.holds.items() if name not in {card.decision_id for card in moot}}
    facts = (told, *(made_fact(card, now) for card in moot), *changed(order, after, now))
    return Change(order, replace(after, holds=holds), now, facts, (*records, applied), made=moot, wakes=True)


def asking(
    order: Order,
    asked: ChangeOfAddress,
    now: int,
    records: tuple[Record, ...] = (),
    facts: tuple[Fact, ...] = (),
) -> Change:
    """The commit that asks a person about the change; the order stops until somebody has decided."""
    card = card_about(order, asked, DecisionClass.ADDRESS_CHANGE, now)
    after = replace(order, holds={**order.holds, card.decision_id: card.decision_class.value})
    told = (*facts, *decision_facts(card, now))
    return Change(order, after, now, facts=told, records=(*records, asked), decisions=(card,), wakes=True)


def ended(
    order: Order,
    change: ChangeOfAddress,
    status: ChangeStatus,
    outcome: str,
    now: int,
    records: tuple[Record, ...] = (),
    facts: tuple[Fact, ...] = (),
) -> Change:
    """The commit that ends the change without bringing it along."""
    gone = moved(change, status, now, outcome)
    after = replace(order, change_open=0)
    return Change(order, after, now, facts=(*facts, ended_fact(gone, now)), records=(*records, gone))


def card_about(order: Order, change: ChangeOfAddress, decision_class: DecisionClass, now: int) -> Decision:
    """The card that shows a change: nothing of the address itself."""
    evidence = {
        CHANGE: str(change.number),
        "scope": change.scope,
        "changed": ", ".join(change.changed),
        "zone": change.zone,
        "reasons": ", ".join(change.reasons),
        "surcharge_fen": str(change.surcharge_fen or ""),
        "behind": ", ".join(f"{system}: {change.notes.get(system, '')}" for system in change.left_behind),
    }
    cause = f"change-{change.number}-{change.outcome}" if change.outcome else f"change-{change.number}"
    shown = {name: value for name, value in evidence.items() if value}
    made = decision_for(order.order_id, decision_class, cause, shown, now)
    return replace(made, evidence=shown)  # codes and numbers of ours: nothing foreign, nothing personal


def _compared(order: Order, change: ChangeOfAddress, world: Judging, now: int) -> Found:
    """Both receivers are open only here."""
    from orderhub.address import compare, parse  # division data is read where an address is compared

    if order.snapshot is None:
        raise ValueError(f"{order.order_id} is not known yet")
    old, old_region = open_receiver(order, world.seal), order.region
    if change.sealed:
        said: dict[str, str] = json.loads(world.seal.open(change.sealed))
    else:
        shown = order.snapshot
        said = {**json.loads(world.seal.open(shown.sealed)), **asdict(shown.region)}
    new = replace(old, **{name: said[name] for name in ("name", "phone", "detail") if said.get(name)})
    is_given = any(said.get(name) for name in ("province", "city", "district"))
    new_region = Region(*(said.get(name, "") for name in ("province", "city", "district"))) if is_given else old_region
    reach = compare(_read(parse, old, old_region), _read(parse, new, new_region))
    differs = tuple(name for name in ("name", "phone") if getattr(new, name) != getattr(old, name))
    is_text_same = new.detail == old.detail and new_region == old_region
    scope = Scope.SAME if is_text_same else reach.scope
    if scope is not Scope.SAME:
        differs = (*differs, "address")
    if scope is Scope.UNSURE and not order.has(Milestone.DISPATCHED):
        scope = Scope.STREET  # nobody outside has the old one: there is nothing that could be overwritten by mistake
    if scope in (Scope.SAME, Scope.DOOR) and ("name" in differs or "phone" in differs):
        scope = Scope.STREET  # another person is the safe path, never an overwrite in silence (R34)
    phone_digest = world.digest.of_phone(new.phone)
    wanted = Correction(
        base_digest=order.snapshot.receiver_digest,
        region=new_region,
        sealed=seal_receiver(new, world.seal),
        receiver_digest=world.digest.of_receiver(new),
        phone_digest=phone_digest,
        masked_name=masked_name(new.name),
        masked_phone=masked_phone(new.phone),
        corrected_at=now,
        address=check_address(new_region, new.detail),
        tail_digest=world.digest.of_tail(new.phone),
    )
    levels = tuple(level.name.lower() for level in reach.levels)
    return Found(scope.value, differs, levels, wanted, world.digest.of_receiver(said_whole(new, new_region)))


def _read(parse: Callable[..., Address], receiver: Receiver, region: Region) -> Address:
    return parse(receiver.detail, province=region.province, city=region.city, district=region.district)


def _by_the_rules(
    order: Order, scope: str, zone: Zone, minutes: int, world: Judging, now: int
) -> tuple[Way, Way, Verdict | None]:
    """What the live rules say, and what they would say inside the window, as if a person approved."""
    if zone is Zone.DELIVERED:
        return Way.TOO_LATE, Way.TOO_LATE, None
    if zone is Zone.RETURNING:
        return Way.DECIDE, Way.DECIDE, None
    pack = world.rules.live(RuleKind.ADDRESS_CHANGE)
    asked = {"scope": scope, "minutes_since_paid": minutes, "zone": zone.value}
    given = {**input_of(order), "change": asked}
    evaluation = evaluate(pack, given)
    way = _answer(evaluation)
    inside = way if minutes == 0 else _answer(evaluate(pack, {**given, "change": {**asked, "minutes_since_paid": 0}}))
    approved = _FIRST_OF[zone] if inside is Way.DECIDE else inside
    rows = tuple(match.row_id for match in evaluation.matches[:1])
    return way, approved, Verdict(given, (evaluation,), way.value, rows, now)


_FIRST_OF = {Zone.NOT_PICKED_UP: Way.REISSUE, Zone.IN_TRANSIT: Way.INTERCEPT, Zone.DELIVERING: Way.TOO_LATE}
"""The safe way of a change that a person approves although no rule knows its scope."""


def _answer(evaluation: Evaluation) -> Way:
    """The first row that matches answers; what no row speaks of is decided by a person."""
    return Way(evaluation.matches[0].outputs["way"]) if evaluation.matches else Way.DECIDE


def zone_of_order(order: Order) -> Zone:
    """Where the farthest of its parcels is."""
    zones = {zone_of(order, parcel) for parcel in _going(order)}
    return next((zone for zone in _FARTHEST if zone in zones), Zone.NOT_PICKED_UP)


def parcels_meant(order: Order, orders: OrderStore) -> Parcels:
    """What the way depends on besides the zone."""
    going = _going(order)
    places = {(parcel.has(Milestone.SHIPPED), zone_of(order, parcel)) for parcel in going}
    asked = (effect for effect in orders.effects_of(order.order_id) if effect.verb == INTERCEPT_VERB)
    return Parcels(
        carrier=next((parcel.carrier for parcel in going if parcel.carrier), ""),
        has_left=order.has(Milestone.SHIPPED),
        is_apart=len(places) > 1,
        was_intercepted=any(effect.attempts or effect.status is EffectStatus.DONE for effect in asked),
    )


def _going(order: Order) -> list[Parcel]:
    return [parcel for parcel in parcels_of(order) if not parcel.is_called_off]
