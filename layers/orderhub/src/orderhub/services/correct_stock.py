"""Correct the hub's stock by what the WMS counts: by difference, never by overwriting (design §4 "Stock")."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from orderhub.domain.stock import Moved, StockKey, StockLevel
from orderhub.domain.stock_correction import CorrectionPolicy, Observation, Verdict, difference_of, judge
from orderhub.ports.stock import StockStore

Query = Callable[[], Iterable[Observation]]


@dataclass(slots=True)
class CorrectionReport:
    """What one poll did, by SKU and warehouse."""

    seeded: dict[StockKey, int] = field(default_factory=dict)
    agreed: list[StockKey] = field(default_factory=list)
    corrected: dict[StockKey, int] = field(default_factory=dict)  # the difference that was booked, signed
    suspected: dict[StockKey, int] = field(default_factory=dict)  # ask for these again at the next poll
    # promised to buyers and not in the WMS: a person decides
    shortfalls: dict[StockKey, int] = field(default_factory=dict)
    moved: list[StockKey] = field(default_factory=list)  # changed while the WMS was asked: next time


def correct_stock(
    query: Query,
    stock: StockStore,
    *,
    clock: Callable[[], int],
    watched: Collection[StockKey] = (),
    policy: CorrectionPolicy | None = None,
) -> CorrectionReport:
    """Compare what the WMS can sell with what the hub can, and book differences that last.

    ``query`` asks the WMS now and is called once for the ``watched`` keys, and once more when it names
    others that the hub knows: a level counts only when it was the same before the WMS was asked and after.
    A difference is booked when the previous poll saw the same one (``judge``). A SKU unknown to the hub is
    seeded. What ``query`` raises goes through; nothing is booked then. ``clock`` gives epoch milliseconds
    UTC.
    """
    report = CorrectionReport()
    judging = policy or CorrectionPolicy()
    before = _levels(stock, watched)
    observations = list(query())
    others = [key for key in map(_key, observations) if key not in before]
    _compare(observations, before, stock, clock, judging, report)
    before = _levels(stock, others)
    if any(level is not None for level in before.values()):
        observations = [each for each in query() if _key(each) in before]
    else:
        observations = [each for each in observations if _key(each) in before]
    _compare(observations, before, stock, clock, judging, report)
    return report


def _key(observation: Observation) -> StockKey:
    return StockKey(observation.sku, observation.warehouse)


def _levels(stock: StockStore, keys: Collection[StockKey]) -> dict[StockKey, StockLevel | None]:
    return {key: stock.level(key.sku, key.warehouse) for key in keys}


def _compare(
    observations: Sequence[Observation],
    before: dict[StockKey, StockLevel | None],
    stock: StockStore,
    clock: Callable[[], int],
    policy: CorrectionPolicy,
    report: CorrectionReport,
) -> None:
    for observation in observations:
        key = _key(observation)
        if key not in before:
            continue
        earlier = before[key]
        if earlier is None:
            _seed(key, observation, stock, clock(), report)
            continue
        level = stock.level(key.sku, key.warehouse)
        if level is None or level.revision != earlier.revision:
            report.moved.append(key)
            continue
        _settle(key, level, difference_of(level, observation), stock, clock(), policy, report)


def _seed(key: StockKey, observation: Observation, stock: StockStore, now: int, report: CorrectionReport) -> None:
    # a WMS that has promised more than it has starts at nothing here, and reports what is missing
    quantity = max(observation.sellable, 0)
    if stock.seed(key.sku, key.warehouse, quantity, now, "wms"):
        report.seeded[key] = quantity
        if observation.sellable < 0:
            report.shortfalls[key] = -observation.sellable
    else:
        report.moved.append(key)


def _settle(
    key: StockKey,
    level: StockLevel,
    difference: int,
    stock: StockStore,
    now: int,
    policy: CorrectionPolicy,
    report: CorrectionReport,
) -> None:
    verdict = judge(level, difference, now, policy)
    if verdict is Verdict.CONFIRMED:
        outcome = stock.adjust(key.sku, key.warehouse, difference, level.revision, "wms difference", now)
        if isinstance(outcome, Moved):
            report.moved.append(key)
            return
        if outcome.applied:
            report.corrected[key] = outcome.applied
        if outcome.remaining:
            report.shortfalls[key] = -outcome.remaining
        return
    if difference != level.suspected_difference and not stock.suspect(
        key.sku, key.warehouse, difference, level.revision, now
    ):
        report.moved.append(key)
    elif difference:
        report.suspected[key] = difference
    else:
        report.agreed.append(key)
