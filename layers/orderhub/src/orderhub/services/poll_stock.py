"""Ask the warehouse what it has and correct the hub's stock by difference (design §4 "Stock")."""

from collections.abc import Iterable

from orderhub.domain.decision import DecisionClass
from orderhub.domain.stock import StockKey
from orderhub.domain.stock_correction import Observation
from orderhub.ports.orders import OrderStore
from orderhub.ports.partners import StockObservation, WarehousePartner
from orderhub.ports.stock import StockStore
from orderhub.ports.world import Clock
from orderhub.services.correct_stock import correct_stock
from orderhub.services.park import decision_facts, decision_for
from orderhub.services.pull_orders import Watermarks

FIRST_WINDOW_MS = 29 * 86_400_000  # the warehouse answers at most 30 days
OVERLAP_MS = 3_600_000  # what was suspected is asked for again while it is young
NOBODY = "stock"


def poll_stock(
    partner: WarehousePartner, stock: StockStore, watermarks: Watermarks, orders: OrderStore, clock: Clock
) -> dict[str, int]:
    """Seed what is new, book differences that last, and make a card of what was promised and is not there.

    Returns counts. Nothing is booked when the warehouse does not answer (PartnerUnavailable goes through).
    """
    now = clock()
    mark = watermarks.read("wangdiantong", "stock")
    since = mark - OVERLAP_MS if mark else now - FIRST_WINDOW_MS

    def query() -> Iterable[Observation]:
        return [_observation(row) for row in partner.stock(since, clock())]

    report = correct_stock(query, stock, clock=clock)
    for key, missing in report.shortfalls.items():
        _ask(key, missing, orders, now)
    watermarks.advance("wangdiantong", "stock", mark, now)
    return {
        "seeded": len(report.seeded),
        "agreed": len(report.agreed),
        "corrected": len(report.corrected),
        "suspected": len(report.suspected),
        "shortfalls": len(report.shortfalls),
    }


def _observation(row: StockObservation) -> Observation:
    return Observation(row.sku, row.warehouse, row.physical, row.awaiting_audit, row.awaiting_shipment)


def _ask(key: StockKey, missing: int, orders: OrderStore, now: int) -> None:
    evidence = {"sku": key.sku, "warehouse": key.warehouse, "missing": str(missing)}
    cause = f"{key.sku}-{key.warehouse}-{now // 86_400_000}"
    decision = decision_for(NOBODY, DecisionClass.STOCK_SHORTFALL, cause, evidence, now)
    orders.request_alone(decision, decision_facts(decision, now), now)
