"""One order as a page of text, from the answer of GET /api/orders/{id}."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.text import instant, money, table
from orderhub.contracts.words import OUTCOMES, STEPS, ZONES, fact_word


def page(order: Mapping[str, Any]) -> str:
    """Readable, in Chinese and English; times are Asia/Shanghai."""
    return "\n".join(_lines(order))


def state_of(order: Mapping[str, Any]) -> str:
    """Where the order is, in a few words."""
    if order["is_finished"]:
        reason = f" ({order['close_reason']})" if order["close_reason"] else ""
        return _both(OUTCOMES[order["outcome"]]) + reason
    return _both(STEPS[order["step"]]) if order["step"] in STEPS else str(order["step"])


def _both(words: tuple[str, str]) -> str:
    return f"{words[0]} {words[1].lower()}"


def _lines(order: Mapping[str, Any]) -> Iterator[str]:
    yield f"{order['order_id']}   {state_of(order)}"
    receiver = order["receiver"]
    if receiver:
        yield "收货 to    " + " ".join(
            filter(None, (receiver[k] for k in ("name", "phone", "province", "city", "district")))
        )
    for decision_id, decision_class in order["holds"].items():
        yield f"拦截 held  {decision_class}: hub decide '{decision_id}' …"
        yield from _why(order, decision_id)
    if order["waiting_for"]:
        yield f"等待 waits for {order['waiting_for']}, which does not answer; it goes on by itself when it is back"
    yield from _section("商品 lines", _goods(order), right=(2, 3))
    yield from _section("赠品 gifts", _gifts(order), right=(2,))
    yield from _section("包裹 parcels", _parcels(order))
    yield from _section("金额 money", _money(order), right=(1,))
    yield from _section("外部单号 external ids", _ids(order))
    yield from _section("执行 executions", _executions(order))
    yield from _section("外部动作 effects", _effects(order), right=(3, 4))
    yield from _section("待决策 decisions", _decisions(order))
    yield from _section("时间线 timeline", _timeline(order))


def _why(order: Mapping[str, Any], decision_id: str) -> Iterator[str]:
    for why in order.get("why", ()):
        if why["decision_id"] == decision_id:
            change = why["smallest_change"]
            yield f"  为何 why   {why['zh']}"
            yield f"             {why['en']}"
            yield f"  怎样 free  {change['zh']} ({why['action']})"
            yield f"             {change['en']}"


def _section(title: str, rows: list[list[str]], right: tuple[int, ...] = ()) -> Iterator[str]:
    if rows:
        yield ""
        yield title
        yield from table(rows, right)


def _goods(order: Mapping[str, Any]) -> list[list[str]]:
    return [
        [line["sku"], line["name"] + (" (赠 gift)" if line["is_gift"] else ""), f"×{line['quantity']}",
         money(line["payable_fen"])]
        for line in order["lines"]
    ]  # fmt: skip


def _gifts(order: Mapping[str, Any]) -> list[list[str]]:
    """What goes along, on what the rule said it: the waybill's line, and the sticker with its place in mm."""
    return [
        [gift["code"], gift["name"], f"×{gift['quantity']}", f"{gift['pack']} {gift['rule_id']}",
         gift["waybill_line"], f"{gift['sticker']['position']} {gift['sticker']['x_mm']},{gift['sticker']['y_mm']} mm",
         f"with {gift['main_sku']}"]
        for gift in order["gifts"]
    ]  # fmt: skip


def _parcels(order: Mapping[str, Any]) -> list[list[str]]:
    """Where each is: when there are several, or the only one has a label."""
    parcels = order.get("parcels", [])
    if len(parcels) < 2 and not any(p["waybill_number"] for p in parcels):
        return []
    return [
        [f"{p['number']}", p["warehouse"], _number(p), f"{len(p['line_ids'])} lines", _newest(p["at"]),
         _both(ZONES[p["zone"]])]
        for p in parcels
    ]  # fmt: skip


def _number(parcel: Mapping[str, Any]) -> str:
    """With who told it, where it was missing."""
    source = parcel.get("number_source", "")
    return (parcel["waybill_number"] or "–") + (f" (补自 {source})" if source else "")


def _newest(at: Mapping[str, int]) -> str:
    return max(at, key=lambda name: at[name], default="planned")


def _money(order: Mapping[str, Any]) -> list[list[str]]:
    amounts, settlement = order["amounts"], order["settlement"]
    if amounts is None:
        return []
    names = (("goods_fen", "商品 goods"), ("freight_fen", "运费 freight"), ("discount_fen", "优惠 discount"),
             ("payable_fen", "应付 payable"), ("paid_fen", "实付 paid"), ("refunded_fen", "已退 refunded"))  # fmt: skip
    rows = [[name, money(amounts[key]), ""] for key, name in names]
    if settlement:
        rows.append(["应收 receivable", money(settlement["receivable_fen"]), f"bill {settlement['bill_no']}"])
        rows += [[f"  {e['kind']} {e['sku']}".rstrip(), money(e["amount_fen"]), e["bearer"]]
                 for e in settlement["entries"]]  # fmt: skip
    return rows


def _ids(order: Mapping[str, Any]) -> list[list[str]]:
    rows = [["有赞 shop order", order["platform_id"], f"shop {order['shop_id']}"]]
    for label in order["waybills"]:
        is_pushed = label["track"] == "pushed"
        name = f"{label['carrier']} {'面单 waybill' if is_pushed else '面单缓存 label wanted'}"
        rows.append([name, label["number"], f"{label['status']} · {label['reference']}" if is_pushed else "cached"])
    return rows


def _executions(order: Mapping[str, Any]) -> list[list[str]]:
    runs = order["executions"]
    waits = f"waits in {runs['waits_in']}" if runs["waits_in"] else ""
    return [[runs["current"], f"epoch {runs['epoch']}", waits]] if runs["current"] else []


def _effects(order: Mapping[str, Any]) -> list[list[str]]:
    effects = sorted(order["effects"], key=lambda effect: effect["updated_at"])
    return [
        [e["verb"], e["reference"], e["status"], f"{e['attempts']}×", f"{e['duration_ms']} ms"] for e in effects
    ]  # fmt: skip


def _decisions(order: Mapping[str, Any]) -> list[list[str]]:
    return [
        [d["decision_id"], d["status"], f"{d['option']} · {d['made_by']}" if d.get("option") else ""]
        for d in order["decisions"]
    ]


def _timeline(order: Mapping[str, Any]) -> list[list[str]]:
    return [
        [instant(fact["at"], "%m-%d %H:%M:%S"), fact_word(fact["type"])[0], fact["type"], _told(fact["data"])]
        for fact in order["timeline"]
    ]


def _told(data: Mapping[str, Any]) -> str:
    """Plain values as they are, amounts as money; lists by their length."""
    parts = []
    for key, value in data.items():
        if key.endswith("_fen"):
            parts.append(f"{key.removesuffix('_fen')} {money(value)}")
        elif key.endswith("_at"):
            parts.append(f"{key.removesuffix('_at')} {instant(value, '%H:%M:%S')}")
        elif isinstance(value, list):
            parts.append(f"{key} {len(value)}")
        elif value != "":
            parts.append(f"{key} {value}")
    return " · ".join(parts)
