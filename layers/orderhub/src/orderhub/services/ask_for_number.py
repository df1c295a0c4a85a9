"""Ask for a parcel's number (R37): its label's issuer by our reference, or the warehouse by its trade."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from orderhub.domain.backfill import Answer, Found, Source
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Order, Parcel
from orderhub.domain.parcel import trade_id_of
from orderhub.domain.records import WaybillStatus
from orderhub.domain.waybill_track import CREATE_VERB, versions_of, waybill_reference
from orderhub.ports.orders import EffectStore, OrderStore
from orderhub.ports.partners import IssuedWaybill, ParcelInstruction, WarehousePartner
from orderhub.ports.world import Clock, Seal
from orderhub.services.receiver import open_receiver

WAREHOUSE = "wangdiantong"
SEVERAL = "several numbers"
ISSUER = "issuer"
"""What an effect that buys a label through a broker says of itself (``Effect.about``), beside its carrier."""
MAY_LIVE = frozenset({WaybillStatus.LIVE, WaybillStatus.UNKNOWN, WaybillStatus.VOIDING})

type Finder = Callable[[str], IssuedWaybill | None]
type Broker = Callable[[ParcelInstruction, str], IssuedWaybill]


@dataclass(frozen=True, slots=True)
class Issuers:
    """Who sells labels. ``finders``: carrier → its look-up by reference, which changes nothing.

    ``brokers``: where the only look-up is to buy again under the same reference; asked only for a label that was
    surely asked of them before, because for any other it would buy a second one.
    """

    orders: OrderStore
    effects: EffectStore
    seal: Seal
    clock: Clock
    finders: Mapping[str, Finder]
    brokers: Mapping[str, Broker] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Label:
    """A label that may have been bought for a parcel. ``issuer`` empty: whoever knows the reference.

    ``number``: as the issuer told it when it was bought, where that answer was kept and never put on the order.
    """

    reference: str
    issuer: str = ""
    carrier: str = ""
    number: str = ""
    routing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    wanted_by: Effect | None = None  # the effect that asked for it


def labels_of(order: Order, parcel: Parcel, effects: Iterable[Effect]) -> tuple[Label, ...]:
    """The labels that were asked for and may live; at least the one the parcel would have first."""
    effects = tuple(effects)
    asked = {effect.reference: effect for effect in effects if effect.verb == CREATE_VERB}
    alive = [
        Label(
            held.reference,
            asked[held.reference].about.get(ISSUER, held.carrier),
            held.carrier,
            held.number,
            held.routing,
            asked[held.reference],
        )
        for held in versions_of(order, parcel.number, effects)
        if held.status in MAY_LIVE
    ]
    return tuple(alive) or (Label(waybill_reference(order.order_id, parcel.number, 1)),)


def ask_issuers(order: Order, parcel: Parcel, issuers: Issuers) -> Answer:
    """What the issuers say of the parcel's labels."""
    said: list[str] = []
    found: list[Found] = []
    for label in labels_of(order, parcel, issuers.orders.effects_of(order.order_id)):
        if label.number:
            said.append(f"{label.issuer}: {label.number}")
            found.append(Found(label.number, label.carrier, Source.ISSUER, label.reference, label.routing))
            continue
        for name, ask in _asks(order, parcel, label, issuers):
            words, known = _asked(ask)
            said.append(f"{name}: {words or f'does not know {label.reference}'}")
            if known is not None:
                carrier = label.carrier or name
                _keep(label, known, issuers)
                found.append(Found(known.number, carrier, Source.ISSUER, label.reference, known.routing))
    return _answer(said, found)


def _keep(label: Label, known: IssuedWaybill, issuers: Issuers) -> None:
    """The answer that was lost stands on its effect, as if it had come then; a caller at work writes it himself."""
    effect, now = label.wanted_by, issuers.clock()
    if effect is not None and effect.status is EffectStatus.INTENDED and effect.lease_until <= now:
        outcome = {"number": known.number, **{f"routing.{name}": text for name, text in known.routing.items()}}
        issuers.effects.finish(effect, outcome, now, 0)


def _asks(
    order: Order, parcel: Parcel, label: Label, issuers: Issuers
) -> Iterator[tuple[str, Callable[[], IssuedWaybill | None]]]:
    if label.issuer in issuers.brokers:
        broker, receiver = issuers.brokers[label.issuer], open_receiver(order, issuers.seal)
        wanted = ParcelInstruction(label.reference, order, receiver, parcel.number)
        yield label.issuer, lambda: broker(wanted, label.carrier)
        return
    names = [label.issuer] if label.issuer in issuers.finders else list(issuers.finders)
    for name in names:
        yield name, lambda name=name: issuers.finders[name](label.reference)  # type: ignore[misc]


def _asked(ask: Callable[[], IssuedWaybill | None]) -> tuple[str, IssuedWaybill | None]:
    """(words, what it knows); no words and nothing: it does not know the reference."""
    try:
        known = ask()
    except PartnerRejected as refused:
        return f"refuses ({refused.code})", None
    except PartnerUnavailable:
        return "does not answer", None
    return (known.number, known) if known else ("", None)


def ask_warehouse(order: Order, parcel: Parcel, partner: WarehousePartner) -> Answer:
    """What the warehouse's trades of this parcel show. A number whose carrier nobody can tell is named, not taken."""
    try:
        trades = partner.find_trades(trade_id_of(order, parcel.number))
    except PartnerRejected as refused:
        return Answer(f"{WAREHOUSE}: refuses ({refused.code})")
    except PartnerUnavailable:
        return Answer(f"{WAREHOUSE}: does not answer")
    live = [trade for trade in trades if trade.state != "cancelled"]
    found = [
        Found(trade.logistics_no, trade.carrier or parcel.carrier, Source.WAREHOUSE)
        for trade in live
        if trade.logistics_no
    ]
    if found:
        unknown = "" if all(each.carrier for each in found) else ", of a carrier the hub does not know"
        return _answer([f"{WAREHOUSE}: {', '.join(each.number for each in found)}{unknown}"], found)
    states = ", ".join(dict.fromkeys(trade.state for trade in live))
    return Answer(f"{WAREHOUSE}: {f'no number ({states})' if live else 'has no such trade'}")


def _answer(said: list[str], found: list[Found]) -> Answer:
    answer = Answer("; ".join(said), tuple(found))
    several = f"{SEVERAL}: {', '.join(answer.numbers)}" if len(answer.numbers) > 1 else ""
    return Answer(several or answer.words, answer.found)
