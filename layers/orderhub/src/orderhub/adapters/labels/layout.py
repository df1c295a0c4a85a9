"""Where everything stands on a 100 × 150 mm label. Areas never overlap; a sticker may cover only what can be covered.

From the top: carrier, version, place for a sticker · Code 128 · routing code · receiver · sender · goods and QR ·
the gift lines at the bottom.
"""

from orderhub.adapters.labels.areas import AREAS, sticker_box, sticker_place
from orderhub.adapters.labels.boxes import DOT, Bars, Box, Frame, Grid, Item, Layout, Ring
from orderhub.adapters.labels.codes import code128, qr
from orderhub.adapters.labels.font import LINE, FontMetrics
from orderhub.adapters.labels.setting import Setter
from orderhub.domain.label import LabelContent, LabelParty, LabelState, LabelSticker, label_digest

_RULES_AT = (26.0, 49.8, 63.2, 90.0, 100.2, 130.2)
_QUIET_BARS, _QUIET_GRID = 10, 4  # modules, as both codes' standards ask
_WHY = {
    LabelState.NOT_ISSUED: "预览：尚无运单号",
    LabelState.UNSETTLED: "预览：运单尚未确认",
    LabelState.OUTDATED: "变更中：承运商尚未更新",
    LabelState.VOIDED: "作废：运单已取消",
    LabelState.HELD: "冻结：订单有待决策",
    LabelState.CANCELLED: "作废：订单已取消",
    LabelState.MASKED: "仅供查看：收件人已隐去",
}
NOT_FOR_SHIPPING = "不可发货"
_MOST_GIFT_LINES, _SMALLEST_GIFT = 4, 2.4


def lay_out(content: LabelContent, metrics: FontMetrics) -> Layout:
    """Everything of a label in its place. Long texts get smaller, then end with …, and the layout says so."""
    setter = Setter(metrics)
    setter.warnings += [f"cut:{name}" for name in content.cut]
    items: list[Item] = [Frame("rule", Box(3, y, 94, 0)) for y in _RULES_AT]
    items += _head(content, setter)
    items += _codes(content, setter) if content.is_live else _refused(content, setter)
    items += _parties(content, setter)
    items += _goods(content, setter)
    items += _gifts(content, setter)
    items += _stickers(content, setter)
    foot = f"订单中枢 · 内容 {label_digest(content)[:12]}"
    items += setter.line("foot", AREAS["foot"], foot, 2.2, 2.0)
    return Layout(f"{content.order_id}-{content.parcel}", AREAS, tuple(items), tuple(dict.fromkeys(setter.warnings)))


def _head(content: LabelContent, setter: Setter) -> list[Item]:
    version = f"第{content.marks.version}版" if content.is_live else f"预览 {NOT_FOR_SHIPPING}"
    parcel = f" · 包裹 {content.parcel}/{content.parcels}"
    items: list[Item] = [*setter.line("carrier", AREAS["carrier"], content.carrier_name, 7.2, 3, bold=True)]
    if content.marks.product:
        items += [Frame("product", AREAS["product"], "filled")]
        items += setter.centred(
            "product", _within(AREAS["product"], 0.5), content.marks.product, 6, 2.6, bold=True, paper=True
        )
    items += setter.line("version", AREAS["version"], version + parcel, 4.6, 2.6, bold=True)
    items += setter.line("order", AREAS["order"], content.order_id, 3, 2)
    return items


def _codes(content: LabelContent, setter: Setter) -> list[Item]:
    marks = content.marks
    items: list[Item] = [_bars(AREAS["barcode"], code128(marks.number)), _grid(AREAS["qr"], qr(marks.scanned))]
    items += setter.centred("number", AREAS["number"], marks.number, 5, 3, bold=True)
    if marks.route:
        items += setter.line("route", AREAS["route"], marks.route, 8.8, 4, bold=True)
    if marks.port:
        items += [Frame("port", AREAS["port"])]
        items += setter.centred("port", _within(AREAS["port"], 1), marks.port, 8, 3, bold=True)
    return items


def _refused(content: LabelContent, setter: Setter) -> list[Item]:
    """In place of every code: why the parcel must not leave with this."""
    items: list[Item] = [Frame(code, _within(AREAS[code], 0.5)) for code in ("barcode", "qr")]
    items += setter.centred("barcode", AREAS["barcode"], _WHY[content.state], 7, 4, bold=True)
    items += setter.centred("number", AREAS["number"], NOT_FOR_SHIPPING, 5, 4, bold=True)
    return items + setter.centred("qr", AREAS["qr"], NOT_FOR_SHIPPING, 6, 3)


def _within(area: Box, margin: float) -> Box:
    return Box(area.x + margin, area.y + margin, area.w - 2 * margin, area.h - 2 * margin)


def _parties(content: LabelContent, setter: Setter) -> list[Item]:
    to, by = content.receiver, content.sender
    items: list[Item] = [Frame(mark, AREAS[mark], "filled") for mark in ("to_mark", "from_mark")]
    items += setter.centred("to_mark", AREAS["to_mark"], "收", 5, 3, bold=True, paper=True)
    items += setter.centred("from_mark", AREAS["from_mark"], "寄", 3.6, 2, bold=True, paper=True)
    items += setter.block("receiver.name", AREAS["receiver.name"], to.name, 5.6, 2.4, bold=True, middle=True)
    items += setter.line("receiver.phone", AREAS["receiver.phone"], to.phone, 5.2, 2.4, bold=True)
    items += setter.block("receiver.detail", AREAS["receiver.detail"], _place(to), 4.6, 2.6)
    return items + setter.block("sender", AREAS["sender"], f"{by.name}  {by.phone}  {_place(by)}", 3.2, 2.2)


def _place(party: LabelParty) -> str:
    return f"{party.region} {party.detail}".strip()


def _goods(content: LabelContent, setter: Setter) -> list[Item]:
    area = AREAS["goods"]
    least = 2.4
    room = int(area.h / (least * LINE)) - 1
    shown = content.goods if len(content.goods) <= room else content.goods[: room - 1]
    rows = [f"共 {content.pieces} 件", *(f"×{line.quantity}  {line.name}  {line.sku}" for line in shown)]
    if len(shown) < len(content.goods):
        rows.append(f"另有 {len(content.goods) - len(shown)} 种，见装箱单")
        setter.warnings.append("cut:goods")
    items: list[Item] = [*setter.lines("goods", area, rows, 3.4, least, wrap=False)]
    return items + (setter.block("note", AREAS["note"], f"备注 {content.note}", 2.8, 2.2) if content.note else [])


def _gifts(content: LabelContent, setter: Setter) -> list[Item]:
    if not content.gifts:
        return []
    area = AREAS["gifts"]
    inner = Box(area.x + 1.5, area.y + 0.3, area.w - 3, area.h - 0.6)
    rows = list(content.gifts)
    if len(rows) > _MOST_GIFT_LINES:
        kept = _MOST_GIFT_LINES - 1
        rows = [*rows[:kept], f"另有 {len(rows) - kept} 样赠品，见系统"]
        setter.warnings.append("cut:gifts")
    wrap = setter.fits_wrapped(inner, rows, _SMALLEST_GIFT)  # else every gift is begun, and the long ones are cut
    look = {"bold": True, "middle": True}
    return [Frame("gifts", area), *setter.lines("gifts", inner, rows, 5.6, _SMALLEST_GIFT, wrap=wrap, **look)]


def _stickers(content: LabelContent, setter: Setter) -> list[Item]:
    """One ring for stickers whose places touch each other, with how many there are."""
    placed: list[tuple[Box, list[LabelSticker]]] = []
    for sticker in content.stickers:
        place = sticker_place(sticker.x_mm, sticker.y_mm)
        if place != (sticker.x_mm, sticker.y_mm):
            setter.warnings.append("sticker_moved")
        ring = sticker_box(*place)
        together = next((found for box, found in placed if box.meets(ring)), None)
        if together is None:
            placed.append((ring, [sticker]))
        else:
            together.append(sticker)
    items: list[Item] = []
    for ring, stickers in placed:
        count = f"×{len(stickers)}" if len(stickers) > 1 else ""
        items.append(Ring("sticker", ring))
        items += setter.centred("sticker", Box(ring.x + 3, ring.y + 4, 12, 6), f"贴{count}", 4.4, 2.4)
        caption = stickers[0].caption + ("等" if count else "")
        items += setter.centred("sticker", Box(ring.x + 2.5, ring.y + 10, 13, 4), caption, 2.6, 1.6)
    return items


def _bars(area: Box, modules: str) -> Bars:
    module = _whole_dots(area.w / (len(modules) + 2 * _QUIET_BARS), most=0.5)
    width = len(modules) * module
    return Bars("barcode", Box(_on_dot(area.x + (area.w - width) / 2), area.y, width, area.h), modules, module)


def _grid(area: Box, rows: tuple[str, ...]) -> Grid:
    module = _whole_dots(min(area.w, area.h) / (len(rows) + 2 * _QUIET_GRID), most=1.0)
    side = len(rows) * module
    left, top = _on_dot(area.x + (area.w - side) / 2), _on_dot(area.y + (area.h - side) / 2)
    return Grid("qr", Box(left, top, side, side), rows, module)


def _whole_dots(module: float, most: float) -> float:
    """A module is a whole number of the printer's dots, or its edges blur."""
    return max(DOT, min(most, int(module / DOT + 1e-9) * DOT))


def _on_dot(at: float) -> float:
    return round(at / DOT) * DOT
