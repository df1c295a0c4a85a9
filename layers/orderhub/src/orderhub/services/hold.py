"""Act on a verdict: a card for every class its rows ask for; cards whose cause is gone go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus, decision_id_of
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.judging import JUDGING, ROWS
from orderhub.domain.order import Order
from orderhub.domain.records import Verdict
from orderhub.ports.orders import OrderStore
from orderhub.services.judge import Hit, hits
from orderhub.services.park import decision_facts, decision_for, made_fact
from orderhub.services.phone_window import Window

SHOWN_SIBLINGS = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """The order as the verdict leaves it, with what its commit must hold besides the verdict."""

    order: Order
    asked: tuple[Decision, ...]
    gone: tuple[Decision, ...]
    facts: tuple[Fact, ...]


def act_on(verdict: Verdict, order: Order, window: Window, orders: OrderStore, now: int) -> Outcome:
    """What the verdict changes: new cards with their holds, open cards that nothing asks for any more made by the hub.

    A card that is open for the same cause and evidence stays as it is, so the same verdict twice changes nothing.
    """
    evaluation = verdict.evaluations[0]
    found = hits(order, evaluation)
    judged = Fact(
        FactType.ORDER_JUDGED,
        {
            "outcome": verdict.outcome,
            "reasons": verdict.reasons,
            "packs": tuple(f"{one.kind.value} v{one.version}" for one in verdict.evaluations),
        },
        now,
    )
    held = {key for key, value in order.holds.items() if value in JUDGING}
    known = orders.decisions_of(order.order_id) if found or held else ()
    # A card that a person asked for names no row, and only a person ends it.
    asked_by_rows = [card for card in known if card.decision_id in held and card.evidence.get(ROWS)]
    open_cards = [card for card in asked_by_rows if card.status is DecisionStatus.REQUESTED]
    pack = f"{evaluation.kind.value} v{evaluation.version}"
    wanted = [_card(order, one, verdict, pack, window, now) for one in _by_class(found).values()]
    kept = [card for card in open_cards if any(_is_same(card, want) for want in wanted)]
    asked = tuple(_with_free_id(want, known) for want in wanted if not any(_is_same(card, want) for card in kept))
    note = f"judged again by {pack}: what held the order is gone"
    gone = tuple(card.moot(now, note) for card in open_cards if card not in kept)
    holds = {key: value for key, value in order.holds.items() if key not in {card.decision_id for card in gone}}
    holds |= {card.decision_id: card.decision_class.value for card in asked}
    facts = [judged]
    for card in gone:
        facts.append(made_fact(card, now))
    for card in asked:
        facts += _with_level(decision_facts(card, now), int(card.evidence["level"]))
    after = replace(order, holds=holds, judged_version=order.content_version, judgement_due=False)
    return Outcome(after, asked, gone, tuple(facts))


def _by_class(found: Sequence[Hit]) -> Mapping[DecisionClass, list[Hit]]:
    grouped: dict[DecisionClass, list[Hit]] = {}
    for hit in found:
        grouped.setdefault(hit.decision_class, []).append(hit)
    return grouped


def _card(order: Order, found: list[Hit], verdict: Verdict, pack: str, window: Window, now: int) -> Decision:
    decision_class = found[0].decision_class
    reasons = sorted({hit.reason for hit in found})
    evidence = {"level": str(max(hit.level for hit in found)), "reasons": ", ".join(reasons), "pack": pack}
    cause = "-".join(reasons)[:60]
    match decision_class:
        case DecisionClass.ADDRESS_UNMATCHED:
            evidence |= _address_evidence(order)
            cause = "-".join(sorted(order.address.reasons))[:60] or cause
        case DecisionClass.PHONE_VELOCITY:
            evidence |= _phone_evidence(verdict, window)
            cause = order.phone_digest[:12] or cause  # cards of one phone are one group
    made = decision_for(order.order_id, decision_class, cause, evidence, now)
    trusted = {ROWS: ", ".join(hit.row for hit in found)}  # the pack's own words: neither foreign nor personal
    if told := found[0].condition:
        trusted |= {"field": told.field, "cell": told.cell, "actual": _plain(told.actual)}
    for language in ("zh", "en"):
        said = " ".join(hit.words[language] for hit in found if language in hit.words)
        trusted |= {f"said_{language}": said} if said else {}
    return replace(made, evidence={**made.evidence, **trusted})


def _plain(actual: object) -> str:
    return ", ".join(map(str, actual)) if isinstance(actual, list) else str(actual)


def _address_evidence(order: Order) -> dict[str, str]:
    region = order.region
    return {
        "score": str(order.address.score),
        "found": ", ".join(order.address.reasons),
        "division": " / ".join(part or "—" for part in (region.province, region.city, region.district)),
    }


def _phone_evidence(verdict: Verdict, window: Window) -> dict[str, str]:
    others = window.siblings_that_can_be_held
    shown = ", ".join(one.order_id for one in others[:SHOWN_SIBLINGS])
    more = f" (+{len(others) - SHOWN_SIBLINGS})" if len(others) > SHOWN_SIBLINGS else ""
    seen = verdict.input["phone"]
    return {"rank": str(seen["rank"]), "orders_24h": str(seen["orders_24h"]), "siblings": shown + more}


def _is_same(card: Decision, want: Decision) -> bool:
    """More orders of the phone do not make another card; another address or another row does."""
    same = (card.decision_class, card.cause) == (want.decision_class, want.cause)
    return same and card.evidence.get(ROWS) == want.evidence.get(ROWS)


def _with_free_id(want: Decision, known: Sequence[Decision]) -> Decision:
    """What was decided before and has happened again gets a card of its own: ``…~2``."""
    taken = {card.decision_id for card in known}
    base = decision_id_of(want.order_id, want.decision_class, want.cause)
    wanted, attempt = base, 2
    while wanted in taken:
        wanted, attempt = f"{base}~{attempt}", attempt + 1
    return replace(want, decision_id=wanted)


def _with_level(facts: Sequence[Fact], level: int) -> Sequence[Fact]:
    """Level 0 is none: structure, and the brand's own rules."""
    return [
        replace(fact, data={"level": level, **fact.data}) if level and fact.type is FactType.ORDER_HELD else fact
        for fact in facts
    ]
