"""Understand a message from the inbound queue and take it in; what cannot be understood becomes a decision (R3)."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from orderhub.domain.absorb import Observation
from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.alerts import Press
from orderhub.ports.orders import OrderStore, Origin
from orderhub.ports.partners import PickupNotice, RouteEvent
from orderhub.ports.world import Clock, Executions, Seal
from orderhub.services.drive import advance, advance_from
from orderhub.services.follow_parcels import apply_pickups, apply_routes
from orderhub.services.park import decision_facts, decision_for
from orderhub.services.take_in import take_in

NOBODY = "unreadable"
"""Decisions about messages that belong to no order are kept under this id."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came, byte for byte. ``trust`` is full or msg_only; ``kind`` push or detail."""

    partner: str
    kind: str
    trust: str
    received_at: int
    correlation_id: str
    body: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Routes:
    """What one push of a carrier says, step by step; ``unreadable`` names the steps that cannot be read.

    ``unexplained``: codes that nobody has told us the meaning of; each is asked about once.
    """

    events: Sequence[RouteEvent]
    unreadable: Sequence[str] = ()
    pickups: Sequence[PickupNotice] = ()
    unexplained: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that is no news about an order."""

    reason: str


type Understood = Observation | Ignored | Routes | Press


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking messages in works with. ``read`` by (partner, kind) raises UnreadableMessage.

    ``read_again`` asks the shop for the order (shop id, platform id) of a message that is not fully trusted; ``press``
    decides what a button of an alert says.
    """

    orders: OrderStore
    executions: Executions
    seal: Seal
    read: Mapping[tuple[str, str], Callable[[Message], Understood]]
    read_again: Callable[[str, str], None]
    clock: Clock
    press: Callable[[Press], str]


class NotYet(Exception):
    """The message speaks of something the hub does not know yet: deliver it again later."""


def take_message(message: Message, world: Intake) -> str:
    """Returns what became of it, for the log. Raises NotYet, or anything passing: deliver it again."""
    try:
        read = world.read[(message.partner, message.kind)]
        understood = read(message)
    except (UnreadableMessage, KeyError) as problem:
        code = str(problem) if isinstance(problem, UnreadableMessage) else "unknown_kind"
        return keep_unreadable(message, code, world)
    origin = Origin(message.correlation_id, message.correlation_id)
    match understood:
        case Ignored():
            return f"ignored:{understood.reason}"
        case Press():
            return world.press(understood)
        case Observation() if message.trust != "full":
            world.read_again(understood.shop_id, understood.platform_id)
            return "read_again"
        case Observation():
            taken = take_in(understood, world.orders, world.executions, origin, world.clock())
            if not taken.is_known:
                world.read_again(understood.shop_id, understood.platform_id)
            if taken.wakes and taken.stored:
                advance_from(taken.stored, world.orders, world.executions, world.clock())
            elif taken.wakes:
                advance(taken.order_id, world.orders, world.executions, world.clock())
            return taken.outcome
    if understood.unreadable:
        keep_unreadable(message, understood.unreadable[0], world)
    for code in understood.unexplained:
        keep_unreadable(message, f"unexplained_{code}", world, cause=f"{message.partner}-code-{code}")
    now = world.clock()
    outcomes = apply_routes(understood.events, world.orders, origin, message.partner, now)
    outcomes += apply_pickups(understood.pickups, world.orders, origin, message.partner, now)
    if "unknown" in outcomes:
        raise NotYet("a waybill the hub does not know yet")
    return ",".join(sorted(set(outcomes))) or "empty"


def keep_unreadable(message: Message, code: str, world: Intake, cause: str = "") -> str:
    """Keep the whole message, sealed, on a card; the same ``cause``, or else the same bytes, make the same card."""
    cause = cause or f"{message.partner}-{hashlib.sha256(message.body).hexdigest()[:20]}"
    now = world.clock()
    text = message.body.decode("utf-8", "backslashreplace")
    evidence = {"partner": message.partner, "problem": code, "bytes": str(len(message.body))}
    decision = decision_for(
        NOBODY, DecisionClass.UNREADABLE_MESSAGE, cause, evidence, now, sealed=world.seal.seal(text)
    )
    world.orders.request_alone(decision, decision_facts(decision, now), now)
    return f"unreadable:{code}"
