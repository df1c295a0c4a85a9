"""What a change of address would do, before anybody confirms it: judged by the live rules, nothing written (R15, R34).

Runs where personal data may be opened; what comes back shows of the old address no more than its division.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orderhub.domain.address_change import ChangeOfAddress, Source, Way
from orderhub.domain.errors import Rejected
from orderhub.domain.order import Order
from orderhub.ports.world import Seal
from orderhub.services.explain_words import FINDINGS
from orderhub.services.judge_address_change import Judging, judged_commit
from orderhub.services.request_address_change import must_be_open, read_wish

CONSEQUENCES: Mapping[str, tuple[str, str]] = {
    Way.NOTHING: ("与现在的地址相同, 不用改", "It is the same address: nothing to change"),
    Way.OVERWRITE: ("只改门牌, 面单原地改写: 免费, 不影响发货时间", "Only the door: changed in place, free, no delay"),
    Way.REISSUE: (
        "旧面单作废并重开: 免费, 发货可能稍晚",
        "The waybill is voided and made again: free, it may leave a little later",
    ),
    Way.INTERCEPT: (
        "包裹在路上: 请承运商截单改派, 不一定成功", "On its way: the carrier is asked to turn it, which may fail",
    ),
    Way.DECIDE: ("需要客服确认后才改, 订单先停下", "A person decides; the order stops until then"),
    Way.TOO_LATE: ("来不及: 包裹已在派送或已签收", "Too late: it is out for delivery or was delivered"),
}  # fmt: skip
_LEVELS = (
    ("province", "省", "Province"), ("city", "市", "City"), ("district", "区县", "District"),
    ("town", "街道/镇", "Town"), ("road", "路", "Road"),
    ("community", "小区/村", "Community"), ("place", "地点", "Place"),
    ("road_number", "门牌号", "Number"), ("building", "楼栋", "Building"), ("unit", "单元", "Unit"),
    ("floor", "楼层", "Floor"), ("room", "室", "Room"),
)  # fmt: skip
_REGION = ("province", "city", "district")


@dataclass(frozen=True, slots=True)
class _InMemory:
    """A seal for what is only tried: opened as sealed data is, and never stored."""

    real: Seal

    def seal(self, text: str) -> str:
        return f"memory.{text}"

    def open(self, sealed: str) -> str:
        return sealed.removeprefix("memory.") if sealed.startswith("memory.") else self.real.open(sealed)


def preview_address_change(order_id: str, given: Mapping[str, object], source: str, world: Judging) -> dict[str, Any]:
    """``{way, consequence, surcharge_fen, scope, changed, reasons, parts, findings}``; ``parts`` old and new, level by
    level, of the old one nothing below its district that changed.

    Raises Rejected as ``request_address_change`` does.
    """
    order = world.orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    must_be_open(order)
    asked, now = read_wish(given), world.clock()
    sealed = _InMemory(world.seal).seal(json.dumps(asked, ensure_ascii=False))
    number = order.address_changes + 1
    change = ChangeOfAddress(order_id, number, "preview", Source(source), "", sealed, now, now)
    tried = judged_commit(order, change, replace(world, seal=_InMemory(world.seal)), now)
    (found,) = (one for one in tried.records if isinstance(one, ChangeOfAddress) and one.number == number)
    wanted = found.wanted
    findings = wanted.address.reasons if wanted else ()
    consequence = CONSEQUENCES[found.way]
    return {
        "way": found.way,
        "consequence": {"zh": consequence[0], "en": consequence[1]},
        "surcharge_fen": found.surcharge_fen,
        "scope": found.scope,
        "zone": found.zone,
        "changed": list(found.changed),
        "reasons": list(found.reasons),
        "findings": [dict(zip(("zh", "en"), FINDINGS.get(code, (code, code)), strict=True)) for code in findings],
        "parts": _parts(order, asked, found.levels, is_changed="address" in found.changed),
    }


def _parts(
    order: Order, asked: Mapping[str, str], levels: tuple[str, ...], *, is_changed: bool
) -> list[dict[str, Any]]:
    """Old and new, level by level; what did not change needs no hiding, for it stands in the new one."""
    from orderhub.address import parse

    if not asked.get("detail"):
        return []
    read = parse(asked["detail"], province=asked["province"], city=asked["city"], district=asked["district"])
    new = {**read.detail._asdict(), "town": read.town, **{name: asked[name] for name in _REGION}}
    old = {name: getattr(order.region, name) for name in _REGION}
    shown = []
    for level, zh, en in _LEVELS:
        differs = is_changed and (level in levels or (level in _REGION and old[level] != new[level]))
        if not new.get(level) and not differs:
            continue
        before = old.get(level, "***" if differs else new.get(level, ""))
        shown.append(
            {"level": level, "name": {"zh": zh, "en": en}, "old": before, "new": new.get(level, ""), "differs": differs}
        )
    return shown
