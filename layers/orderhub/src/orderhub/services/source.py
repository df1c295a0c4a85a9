"""Choose where an order's goods come from: the levels of all warehouses, judged by the live sourcing pack (R13)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orderhub.domain.order import Order
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, RuleKind
from orderhub.domain.sourcing import Action, Allocation, Supply, allocate, wished_supplier
from orderhub.domain.split import Want
from orderhub.domain.stock import MINUTE_MS, Reservation, ReservationStatus
from orderhub.ports.rules import RuleBook
from orderhub.ports.stock import StockStore
from orderhub.rules.engine import evaluate, table_nodes
from orderhub.services.judge import input_of


@dataclass(frozen=True, slots=True)
class Sources:
    """What sourcing works with. ``warehouses``: the usual one first, then those used when it is short."""

    stock: StockStore
    rules: RuleBook
    warehouses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sourced:
    """An order's supply, what is to be done about it, and the verdict that keeps both (R9)."""

    supply: Supply
    allocation: Allocation
    verdict: Verdict


def source(
    order: Order,
    held: Sequence[Reservation],
    sources: Sources,
    now: int,
    promised: Mapping[tuple[str, str], int] | None = None,
) -> Sourced:
    """Where the order's goods come from, from stock as it is now.

    ``held``: the order's own reservations; they count as free for it. ``promised``: pieces by SKU and warehouse that
    the caller has given to other orders meanwhile. Raises Interrupted for an order that is not known yet.
    """
    pack = sources.rules.live(RuleKind.SOURCING)
    given = input_of(order)
    warehouses = _ranked(evaluate(pack, given), sources.warehouses)
    supply = _supply(order, held, sources.stock, warehouses, now, promised or {})
    given["sourcing"] = _facts_of(supply)
    evaluation = evaluate(pack, given)
    allocation = allocate(supply, _said(evaluation), wished_supplier(order.overrides))
    outcome = "pass" if allocation.warehouse else "hold"
    whence = "+".join(allocation.origins)
    reasons = (f"{allocation.action.value}:{whence}".rstrip(":"),) if allocation.action else ()
    return Sourced(supply, allocation, Verdict(given, (evaluation,), outcome, reasons, now))


def known_warehouses(sources: Sources) -> tuple[str, ...]:
    """Every warehouse that an order may come from: those of the setting and those the live pack names."""
    graph = sources.rules.live(RuleKind.SOURCING).graph
    cells = (
        str(row.get(column["id"]) or "")
        for node in table_nodes(graph)
        for column in node["content"]["outputs"]
        if column["field"] == "warehouse"
        for row in node["content"]["rules"]
    )
    return tuple(dict.fromkeys([*sources.warehouses, *(cell.strip().strip("\"'") for cell in cells if cell.strip())]))


def _ranked(evaluation: Evaluation, known: tuple[str, ...]) -> tuple[str, ...]:
    """The warehouses that the pack names for this order, by priority, then those of the setting."""
    rows = [match.outputs for match in evaluation.matches if match.outputs.get("warehouse")]
    named = [str(row["warehouse"]) for row in sorted(rows, key=lambda row: int(row.get("priority") or 0))]
    return tuple(dict.fromkeys([*named, *known]))


def _said(evaluation: Evaluation) -> Iterator[Action]:
    """What the rows say is to be done, in their order."""
    return (Action(match.outputs["action"]) for match in evaluation.matches if match.outputs.get("action"))


def _supply(
    order: Order,
    held: Iterable[Reservation],
    stock: StockStore,
    warehouses: tuple[str, ...],
    now: int,
    promised: Mapping[tuple[str, str], int],
) -> Supply:
    lines = tuple(Want(line.line_id, line.sku, line.quantity) for line in order.physical_lines)
    levels = stock.levels(sorted({line.sku for line in lines if line.sku}), warehouses)
    free = {(level.sku, level.warehouse): level.free(now) for level in levels}
    for row in held:
        place = (row.sku, row.warehouse)
        if place in free and _is_ours(row, now):
            free[place] += row.quantity
    for place, pieces in promised.items():
        if place in free:
            free[place] -= pieces
    return Supply(lines, free, warehouses)


def _is_ours(row: Reservation, now: int) -> bool:
    """Whether the pieces are held and not among the free ones already (an expired minute is free to everybody)."""
    if row.status is ReservationStatus.RESERVED:
        return row.minute * MINUTE_MS > now
    return row.status is ReservationStatus.FIRM


def _facts_of(supply: Supply) -> dict[str, object]:
    """The part of the input that is about stock, as ``rules.schema`` publishes it."""
    missing, wanted = supply.missing, supply.wanted
    is_enough = supply.has_all(supply.preferred)
    return {
        "preferred": supply.preferred,
        "warehouses": list(supply.warehouses),
        "preferred_is_enough": is_enough,
        "one_other_is_enough": bool(supply.other),
        "together_enough": not missing,
        "parcels": 1 if is_enough else len(set(supply.split.values())),
        "missing": sum(missing.values()),
        "unknown_skus": sorted(sku for sku in wanted if not supply.is_known(sku)),
        "levels": [
            {"sku": sku, "warehouse": each, "wanted": count, "free": supply.free.get((sku, each), -1)}
            for sku, count in sorted(wanted.items())
            for each in supply.warehouses
        ],
    }
