"""What is printed after a story: scenes, orders, speed, books, stock, verdict. Every figure is of this run."""

import os
from collections.abc import Iterator, Sequence

from local.measures import measure_lines
from local.stories.evidence import Evidence
from local.stories.perform import CALLS_PER_MINUTE, Outcome
from local.stories.scenes import SCENES, carrier_down, held_address, held_phone, held_stock
from local.stories.speed import Spread, spread, to_wms_ms, wms_call_ms
from local.stories.stock_books import stock_rows
from local.stories.world import Finding, Placed, World
from local.text import money, table, width
from orderhub.contracts.words import OUTCOMES

LINE_CELLS = 118
YES, NO = "✓", "✗"
_TITLES = {scene.key: scene.title_zh for scene in SCENES}
_STATES = {code: zh if code == "cancelled" else f"{zh} {en.lower()}" for code, (zh, en) in OUTCOMES.items()}


def report(world: World, outcome: Outcome, set_up_seconds: float) -> str:
    """The whole report as text, in Chinese and English."""
    return "\n".join(_parts(world, outcome, set_up_seconds))


def _parts(world: World, outcome: Outcome, set_up_seconds: float) -> Iterator[str]:
    seen = world.evidence
    yield from _heading("订单 · orders")
    yield from _orders(world)
    yield from _heading("场景 · scenes")
    yield from _scenes(world, outcome)
    yield from _heading("到仓库用时 · time to the warehouse")
    yield from _speed(world)
    yield from _heading("账本核对 · the hub against its partners' truth ledgers")
    yield from _claims(outcome.books)
    yield from _heading("改址 · changes of address, in figures")
    yield from measure_lines(seen.address_measures)
    yield from _heading("库存 · stock, the hub's numbers and the WMS's")
    yield from _stock(seen)
    yield from _verdict(world, outcome, set_up_seconds)


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield f"{title} {'─' * max(3, LINE_CELLS - width(title) - 1)}"


def _orders(world: World) -> Iterator[str]:
    titles = ["#", "订单 order", "商品 goods", "→WMS ms", "状态 state", "运单 waybill", "应收 booked", "场景 scene"]
    rows = [titles]
    for number, placed in enumerate(world.placed, 1):
        rows.append([str(number), *_order_row(world.evidence, placed)])
    yield from table(rows, right=(0, 3, 6))


def _order_row(seen: Evidence, placed: Placed) -> list[str]:
    order = seen.orders.get(placed.order_id)
    goods = " ".join(f"{line['sku']}×{line['num']}{'赠' if line.get('is_gift') else ''}" for line in placed.lines)
    remark = placed.note or _TITLES[placed.scene]
    if order is None:
        return [placed.tid, goods, "", "未知 unknown", "", "", remark]
    took, settlement = to_wms_ms(seen, placed), order["settlement"]
    void = " · 面单作废" if any(row["status"] == "voided" for row in order["waybills"]) else ""
    reason = f" {order['close_reason']}" if order["outcome"] == "cancelled" else ""
    return [
        placed.tid,
        goods,
        str(took) if took is not None else "–",
        _STATES[order["outcome"]] + reason,
        order["waybill_number"] or "–",
        money(settlement["receivable_fen"]) if settlement else "–",
        remark + void,
    ]


def _scenes(world: World, outcome: Outcome) -> Iterator[str]:
    rows = []
    for scene, findings in outcome.by_scene:
        orders = len(world.of(scene.key))
        for number, finding in enumerate(findings):
            name = [scene.title_zh, scene.title_en, str(orders) if orders else "–"] if number == 0 else ["", "", ""]
            rows.append([_mark(finding), *name, finding.found])
    yield from table([["", "", "", "单 n", ""], *rows], right=(3,))
    yield from (f"  {NO} {problem}" for problem in outcome.trouble)


def _speed(world: World) -> Iterator[str]:
    seen = world.evidence
    waited = {carrier_down.KEY, held_address.KEY, held_phone.KEY, held_stock.KEY}
    calm = [placed for placed in world.placed if placed.scene not in waited]
    down = [placed for placed in world.placed if placed.scene == carrier_down.KEY]
    rows = [["", "n", "p50 ms", "p99 ms", "max ms"]]
    rows += [
        _spread_row("付款推送 → 仓库接单且扣库存  paid webhook → WMS accepted, stock deducted", _times(seen, calm)),
        _spread_row("其中仓库接口  of which the WMS's own call", _calls(seen, calm)),
        _spread_row("快递中断期间  while the carrier was down", _times(seen, down)),
    ]
    yield from table(rows, right=(1, 2, 3, 4))
    yield "  From the shop's sending of the paid push that the hub accepted, to the fact FulfillmentDispatched. Of so"
    yield "  few orders p99 is the slowest; `make bench` measures 300. A lost paid push has no such time,"
    yield "  and orders that were held wait for people or stock."
    yield f"  The WMS allows {CALLS_PER_MINUTE} calls a minute here (60 unless agreed otherwise)."


def _times(seen: Evidence, orders: Sequence[Placed]) -> Spread | None:
    return spread([ms for placed in orders if (ms := to_wms_ms(seen, placed)) is not None])


def _calls(seen: Evidence, orders: Sequence[Placed]) -> Spread | None:
    return spread([ms for placed in orders if (ms := wms_call_ms(seen, placed)) is not None])


def _spread_row(name: str, times: Spread | None) -> list[str]:
    if times is None:
        return [name, "0", "–", "–", "–"]
    return [name, *map(str, (times.n, times.p50, times.p99, times.longest))]


def _claims(findings: Sequence[Finding]) -> Iterator[str]:
    yield from table([[_mark(finding), finding.claim, finding.found] for finding in findings])


def _stock(seen: Evidence) -> Iterator[str]:
    titles = ["", "SKU", "可售 available", "锁定 due", "已付 firm", "已售 sold", "合计 stocked",
              "│ WMS:", "盘点 counted", "出库 shipped", "可售 sellable"]  # fmt: skip
    rows = [
        [YES if row.is_balanced and row.agrees else NO, row.sku,
         *map(str, (row.available, row.due, row.firm, row.sold, row.stocked)), "│",
         *map(str, (row.counted, row.shipped, row.sellable))]
        for row in stock_rows(seen)
    ]  # fmt: skip
    yield from table([titles, *rows], right=(2, 3, 4, 5, 6, 8, 9, 10))


def _verdict(world: World, outcome: Outcome, set_up_seconds: float) -> Iterator[str]:
    claims = [*outcome.books, *(finding for _, found in outcome.by_scene for finding in found)]
    held = sum(finding.holds for finding in claims)
    pieces = sum(row.sold for row in stock_rows(world.evidence))
    booked = sum(bill["total_fen"] for bill in world.evidence.ledger.values())
    yield ""
    yield "─" * LINE_CELLS
    yield (
        f"{YES if outcome.is_good else NO} {held} of {len(claims)} checks hold · {len(world.placed)} orders, "
        f"{pieces} pieces shipped, {money(booked)} booked · "
        f"set-up {set_up_seconds:.0f} s, story {outcome.seconds:.0f} s"
    )
    yield (
        f"  The partners' clocks ran {world.run.speed:.0f} times as fast as real; "
        f"a minute of the hub's schedules took {world.run.tick_seconds:g} s."
    )
    yield f"  This machine: {os.cpu_count()} cores; {outcome.load:.1f} programs at a time wanted one (load average)."


def _mark(finding: Finding) -> str:
    return YES if finding.holds else NO
