"""The cells of the systems outside: what shop, warehouse, carrier and ledger were given, and what they said."""

from collections.abc import Callable

from orderhub.domain.address_change import ChangeStatus, Source, State, System, Way
from orderhub.domain.code_words import ZONES
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.order import Milestone, Parcel
from orderhub.domain.parcel import gifts_of, lines_of, parcels_of, trade_id_of
from orderhub.domain.parcel_zone import zone_of
from orderhub.domain.records import WaybillStatus, WaybillVersion
from orderhub.domain.waybill_content import held_digest, parts_of
from orderhub.services.side_by_side_cells import Cell, Known, Words, alike, goods_text, unknown, yuan

PUSH, NUMBER, CONFIRM, POST = "push_trade", "write_number", "confirm_shipment", "post_receivable"

_NOT_DISPATCHED = ("还没有下发仓库", "not dispatched yet")
_NO_LABEL = ("还没有面单", "no waybill yet")


def by_parcel(known: Known, cell_of: Callable[[Parcel], Cell]) -> Cell:
    """The cells of all parcels as one: what any of them differs in, the whole differs in."""
    parcels = parcels_of(known.order)
    cells = [(parcel.number, cell_of(parcel)) for parcel in parcels]
    if len(cells) == 1:
        return cells[0][1]
    told = [(number, cell.value or _dash(cell)) for number, cell in cells]
    differing = next((cell for _, cell in cells if cell.differs), None)
    if all(cell.value is None for _, cell in cells):
        return cells[0][1]
    zh, en = (" · ".join(f"{number}: {words[at]}" for number, words in told) for at in (0, 1))
    return Cell(
        value=(zh, en),
        at=max(cell.at for _, cell in cells),
        is_owner=any(cell.is_owner for _, cell in cells),
        differs=differing.differs if differing else None,
        since=differing.since if differing else 0,
    )


def _dash(cell: Cell) -> Words:
    why = cell.unknown or ("", "")
    return f"— ({why[0]})", f"— ({why[1]})"


# --- shop ------------------------------------------------------------------------------------------------------

_SHOP_STATES = (
    (Milestone.CANCELLED, ("已关闭", "closed")),
    (Milestone.RECEIVED, ("交易完成", "received")),
    (Milestone.SHOP_SHIPPED, ("已发货", "shipped")),
    (Milestone.PAID, ("待发货 (已付款)", "paid, to be shipped")),
    (Milestone.PLACED, ("待付款", "to be paid")),
)


def shop_state(known: Known) -> Cell:
    """What the shop said last, by its own milestones; different while it does not know what left."""
    order = known.order
    found = next(((m, words) for m, words in _SHOP_STATES if order.has(m)), None)
    if found is None:
        return unknown(("店铺还没有说", "the shop has not said"))
    milestone, words = found
    cell = alike(words, order.when(milestone) or 0)
    if milestone is Milestone.CANCELLED and not order.is_finished:
        return cell.differing(("店铺已取消, 中枢正在撤回", "cancelled there; the hub is withdrawing it"), cell.at)
    is_told = order.has(Milestone.CONFIRMED) or order.has(Milestone.SHOP_SHIPPED) or order.has(Milestone.RECEIVED)
    if order.has(Milestone.SHIPPED) and not is_told and not order.has(Milestone.CANCELLED):
        why = ("已出库, 还没有回传店铺", "it left, and the shop was not told yet")
        return cell.differing(why, order.when(Milestone.SHIPPED) or 0)
    return cell


def why_shop_differs(known: Known) -> Words:
    """Why the shop shows another receiver than the one the parcel goes to."""
    change = known.change
    if change is None:
        return "有人在中枢更正了地址", "a person corrected the address in the hub"
    name = f"#{change.number}"
    if change.source is Source.SHOP_EVENT:
        return {
            ChangeStatus.REQUESTED: (f"改址 {name} 正在判定", f"change {name} is being judged"),
            ChangeStatus.ASKED: (f"改址 {name} 待决策, 仍按原地址", f"change {name} awaits a decision"),
            ChangeStatus.REFUSED: (f"改址 {name} 未接受, 仍按原地址", f"change {name} was refused"),
        }.get(change.status, (f"改址 {name} 处理中", f"change {name} is under way"))
    if change.state_of(System.SHOP) is State.DONE:
        return f"改址 {name} 已告知店铺, 店铺还没有读回", f"the shop was told of change {name} and not read since"
    if change.state_of(System.SHOP) is State.CANNOT:
        return f"改址 {name} 只在中枢, 店铺不接受", f"change {name} stays in the hub: the shop does not take it"
    return f"改址 {name} 还没有告知店铺", f"the shop was not told of change {name} yet"


def shop_number(known: Known, parcel: Parcel) -> Cell:
    if not parcel.waybill_number:
        return unknown(("出库后回传", "told once it left"))
    effect = known.effect(CONFIRM, parcel.waybill_number)
    if effect is not None and effect.status is EffectStatus.DONE:
        return alike((parcel.waybill_number,) * 2, effect.updated_at)
    if effect is not None and effect.status is EffectStatus.REFUSED:
        return Cell(("无", "none"), effect.updated_at).differing(_refusal(effect), effect.updated_at)
    if parcel.has(Milestone.SHIPPED):
        why = ("已出库, 还没有回传", "it left and was not told yet")
        return unknown(why).differing(why, parcel.when(Milestone.SHIPPED) or 0)
    return unknown(("出库后回传", "told once it left"))


# --- hub -------------------------------------------------------------------------------------------------------


def hub_number(known: Known, parcel: Parcel) -> Cell:
    if not parcel.waybill_number:
        return unknown(_NO_LABEL)
    at = parcel.when(Milestone.LABELLED) or parcel.when(Milestone.SHIPPED) or 0
    cell = alike((parcel.waybill_number,) * 2, at)
    return cell if known.pushed(parcel) else cell.owning()


# --- warehouse -------------------------------------------------------------------------------------------------


def _pushed(known: Known, parcel: Parcel) -> Effect | None:
    return known.effect(PUSH, trade_id_of(known.order, parcel.number))


def _not_held(effect: Effect | None) -> Cell | None:
    """Why it is not known what the warehouse has; None when it is."""
    if effect is None or (effect.status is EffectStatus.INTENDED and not effect.attempts):
        return unknown(_NOT_DISPATCHED)
    if effect.status is EffectStatus.INTENDED:
        why = ("正在推送, 还没有答复", "being pushed, not answered yet")
        return unknown(why, effect.updated_at)
    if effect.status is EffectStatus.REFUSED:
        return unknown(_refusal(effect), effect.updated_at)
    return None


def _refusal(effect: Effect) -> Words:
    code = effect.outcome.get("code", "")
    return f"被拒绝 ({code})", f"refused ({code})"


def _wms_has(known: Known, parcel: Parcel, value: Words, *parts: str) -> Cell:
    """The value, if what the warehouse accepted last shows the same in these parts of the content."""
    effect = _pushed(known, parcel)
    missing = _not_held(effect)
    if missing is not None or effect is None:
        return missing or unknown(_NOT_DISPATCHED)
    order = known.order
    if effect.content_version == order.content_version:
        return alike(value, effect.updated_at)
    then = known.wanted_at(parcel, effect.content_version)
    if then is None:
        why = f"持有内容 v{effect.content_version}, 已无法比较", f"holds content v{effect.content_version}, not kept"
        return unknown(why, effect.updated_at)
    now = parts_of(order, parcel)
    if all(then.parts.get(name) == now.get(name) for name in parts):
        return alike(value, effect.updated_at)
    version = effect.content_version
    cell = alike((f"内容 v{version} 时的值", f"as of content v{version}"), effect.updated_at)
    if parcel.has(Milestone.SHIPPED):
        return cell.differing(("出库后才改", "changed after it left"), parcel.when(Milestone.SHIPPED) or 0)
    return cell.differing(("新内容还没有推送到仓库", "the new content is not pushed yet"), _changed_at(known))


def _changed_at(known: Known) -> int:
    kept, change = known.order.active_correction, known.change
    return kept.corrected_at if kept else change.requested_at if change else known.said.taken_at


def wms_address(known: Known, parcel: Parcel, text: Words) -> Cell:
    """What was read back decides: the warehouse's success reply means received only."""
    cell = _wms_has(known, parcel, text, "receiver", "region")
    change = known.change
    if change is None or cell.differs or parcel.has(Milestone.SHIPPED) or cell.value is None:
        return cell
    state, note = change.state_of(System.WMS), change.notes.get(System.WMS.value, "")
    if state is State.CANNOT or note == "clerk_must_look":
        why = ("仓库没有自动采用, 请仓库文员修改", "the warehouse did not take it: its clerk must")
        return cell.differing(why, change.requested_at)
    if state is State.WANTED:
        why = ("已推送, 还没有从仓库读回", "pushed, and not read back yet")
        return Cell(("待读回", "to be read back"), cell.at).differing(why, change.requested_at)
    return cell


def wms_goods(known: Known, parcel: Parcel) -> Cell:
    return _wms_has(known, parcel, (goods_text(lines_of(known.order, parcel)),) * 2, "lines")


def wms_gifts(known: Known, parcel: Parcel) -> Cell:
    names = ", ".join(f"{gift.code} ×{gift.quantity}" for gift in gifts_of(known.order, parcel))
    return _wms_has(known, parcel, (names or "无", names or "none"), "gifts")


def wms_number(known: Known, parcel: Parcel) -> Cell:
    effect = known.effect(NUMBER, parcel.waybill_number) if parcel.waybill_number else None
    if effect is not None and effect.status is EffectStatus.DONE:
        return alike((parcel.waybill_number,) * 2, effect.updated_at)
    if effect is not None and effect.status is EffectStatus.REFUSED:
        return Cell(("无", "none"), effect.updated_at).differing(_refusal(effect), effect.updated_at)
    return unknown(("有面单后写入仓库备注", "written into its memo once there is a waybill"))


def wms_version(known: Known, parcel: Parcel) -> Cell:
    effect = _pushed(known, parcel)
    missing = _not_held(effect)
    if missing is not None or effect is None:
        return missing or unknown(_NOT_DISPATCHED)
    cell = alike((f"v{effect.content_version}",) * 2, effect.updated_at)
    if known.order.push_due and not parcel.has(Milestone.SHIPPED):
        return cell.differing(("新内容还没有推送到仓库", "the new content is not pushed yet"), _changed_at(known))
    return cell


_WMS_STATES = (
    (Milestone.WITHDRAWN, ("已取消", "cancelled")),
    (Milestone.SHIPPED, ("已出库", "shipped")),
    (Milestone.DISPATCHED, ("已接单, 待出库", "accepted, to be shipped")),
)


def wms_state(known: Known, parcel: Parcel) -> Cell:
    effect = _pushed(known, parcel)
    for milestone, words in _WMS_STATES:
        if parcel.has(milestone):
            return alike(words, parcel.when(milestone) or 0)
    if effect is not None and effect.status is EffectStatus.REFUSED:
        return Cell(("拒单", "refused"), effect.updated_at).differing(_refusal(effect), effect.updated_at)
    return _not_held(effect) or unknown(_NOT_DISPATCHED)


# --- carrier ---------------------------------------------------------------------------------------------------

_LABELS = {
    WaybillStatus.UNKNOWN: ("承运商还没有答复", "the carrier has not answered"),
    WaybillStatus.REFUSED: ("承运商拒绝出面单", "the carrier refused"),
    WaybillStatus.VOIDING: ("作废中, 还没有确认", "being voided, not confirmed"),
    WaybillStatus.VOIDED: ("面单已作废", "the waybill is void"),
}
_TO_BE_CHANGED = ("面单还没有改写或重开", "the waybill is to be changed or made again")
_SCANS = (Milestone.DELIVERED, Milestone.OUT_FOR_DELIVERY, Milestone.MOVED, Milestone.TURNED, Milestone.PICKED_UP)


def _no_label(known: Known, parcel: Parcel) -> tuple[WaybillVersion | None, Cell]:
    """The live version, or why there is none."""
    version = known.pushed(parcel)
    if version is None and parcel.waybill_number:
        return None, unknown(("面单不是中枢买的", "the waybill was not bought by the hub"))
    if version is None:
        return None, unknown(_NO_LABEL)
    if version.status is not WaybillStatus.LIVE:
        return None, unknown(_LABELS[version.status], version.issued_at)
    return version, unknown(_NO_LABEL)


def _carrier_has(known: Known, parcel: Parcel, value: Words, *parts: str) -> Cell:
    """The value, if the live waybill was made from the same content."""
    version, missing = _no_label(known, parcel)
    if version is None:
        return missing
    now = parts_of(known.order, parcel)
    is_whole = version.content_digest == held_digest(known.order, parcel)
    if is_whole or (version.parts and all(version.parts.get(name) == now.get(name) for name in parts)):
        return alike(value, version.issued_at)
    words = f"面单 v{version.version} 上的旧值", f"as on waybill v{version.version}"
    why = _TO_BE_CHANGED
    if parcel.has(Milestone.SHIPPED):
        why = ("包裹已带这张面单出库", "the parcel left with this waybill")
    return alike(words, version.issued_at).differing(why, _changed_at(known))


def carrier_address(known: Known, parcel: Parcel, text: Words) -> Cell:
    """A parcel that was turned on its way goes to the new address, whatever its waybill was made from."""
    change = known.change
    if change is not None and change.way == Way.INTERCEPT and known.pushed(parcel):
        if change.state_of(System.CARRIER) is State.DONE:
            return alike(text, change.ended_at or change.requested_at)
        if change.status is ChangeStatus.INTERCEPTING:
            why = ("已请承运商截单改派, 未确认", "asked to turn the parcel, not confirmed")
            return Cell(("截单中", "being turned"), change.requested_at).differing(why, change.requested_at)
    return _carrier_has(known, parcel, text, "receiver", "region")


def carrier_goods(known: Known, parcel: Parcel) -> Cell:
    return _carrier_has(known, parcel, (goods_text(lines_of(known.order, parcel)),) * 2, "lines")


def carrier_number(known: Known, parcel: Parcel) -> Cell:
    version, missing = _no_label(known, parcel)
    if version is None:
        return missing
    cell = alike((version.number,) * 2, version.issued_at).owning()
    if parcel.waybill_number and parcel.waybill_number != version.number:
        return cell.differing(("与仓库发出的运单号不同", "the warehouse shipped with another number"), cell.at)
    return cell


def carrier_version(known: Known, parcel: Parcel) -> Cell:
    version, missing = _no_label(known, parcel)
    if version is None:
        return missing
    words = (f"v{version.content_version} (面单 v{version.version})", f"v{version.content_version}")
    cell = alike(words, version.issued_at)
    if version.content_digest != held_digest(known.order, parcel) and not parcel.has(Milestone.SHIPPED):
        return cell.differing(
            ("面单还没有改写或重开", "the waybill is to be changed or made again"), _changed_at(known)
        )
    return cell


def carrier_state(known: Known, parcel: Parcel) -> Cell:
    version, missing = _no_label(known, parcel)
    if version is None and not parcel.has(Milestone.SHIPPED):
        return missing
    at = next((parcel.at[scan.value] for scan in _SCANS if parcel.has(scan)), version.issued_at if version else 0)
    return alike(ZONES[zone_of(known.order, parcel).value], at)


# --- ledger ----------------------------------------------------------------------------------------------------


def _not_settled(known: Known) -> Cell:
    return unknown(("结算后才入账", "booked once it is settled"))


def ledger_state(known: Known) -> Cell:
    effect = next((one for one in known.effects if one.verb == POST), None)
    if effect is not None and effect.status is EffectStatus.REFUSED:
        return Cell(("拒绝入账", "refused"), effect.updated_at).differing(_refusal(effect), effect.updated_at)
    if effect is not None and effect.status is EffectStatus.DONE:
        return alike(("应收单已审核", "receivable audited"), effect.updated_at)
    if known.settlement is not None:
        return alike(("没有应收, 不入账", "nothing to book"), _settled_at(known))
    return _not_settled(known)


def ledger_goods(known: Known) -> Cell:
    if known.settlement is None:
        return _not_settled(known)
    entries = known.settlement["entries"]
    rows = [row for row in entries if row["kind"] == "goods"] if isinstance(entries, list) else []
    text = ", ".join(f"{row['sku']} ×{row['quantity']}" for row in rows)
    return alike((text or "无", text or "none"), _settled_at(known))


def ledger_money(known: Known, net_fen: int) -> Cell:
    if known.settlement is None:
        return _not_settled(known)
    booked = known.settlement["receivable_fen"]
    booked_fen = booked if isinstance(booked, int) else 0
    cell = alike((yuan(booked_fen),) * 2, _settled_at(known))
    if booked_fen != net_fen:
        return cell.differing(("入账后又有退款", "money went back after it was booked"), cell.at)
    return cell


def _settled_at(known: Known) -> int:
    at = known.settlement["settled_at"] if known.settlement else 0
    return at if isinstance(at, int) else 0
