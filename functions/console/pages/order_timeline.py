"""An order's timeline as people read it: facts and calls to partners in one line of time, with words and filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.contracts.words import FOR_MACHINES, KEYS, PEOPLE, VERBS, Form, Pair, form_of, pack_words, said

FILTERS: Mapping[str, Pair] = {
    "decisions": ("决策", "Decisions"),
    "address": ("改址", "Address"),
    "parcel": ("仓库与包裹", "Parcel"),
    "money": ("钱", "Money"),
    "calls": ("合作方调用", "Calls to partners"),
    "people": ("人做的", "By people"),
}
"""Name of a filter → its words."""

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "decisions": ("Decision", "OrderHeld", "Alert"),
    "address": ("Address", "BuyerLink"),
    "parcel": ("Fulfillment", "Waybill", "Pickup", "Label", "Parcel", "Packing", "Stock", "Transfer", "Gift"),
    "money": ("OrderPaid", "Refund", "OrderSettled", "Receipt"),
}
_NOBODY = frozenset({"", "hub"})
_BAD = frozenset({"OrderHeld", "PartnerDegraded", "DecisionExpired", "PackingStopped"})
_STATUS: Mapping[str, Pair] = {
    "intended": ("进行中", "under way"), "done": ("成功", "done"), "refused": ("被拒绝", "refused"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a fact says: what it is called, how it is written, what it is: a pair of words, or a value."""

    words: Pair
    form: Form
    value: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """``words`` None: a fact, by its ``name``. ``by``: who did it, empty for the hub itself."""

    at: int
    kind: str
    name: str
    words: Pair | None
    data: tuple[Told, ...]
    by: str = ""
    duration_ms: int | None = None
    is_bad: bool = False


def entries_of(facts: Sequence[Mapping[str, Any]], effects: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Facts and calls, oldest first."""
    told = [_fact(fact) for fact in facts] + [_call(effect) for effect in effects if effect["attempts"]]
    return sorted(told, key=lambda entry: entry.at)


def chosen(entries: Sequence[Entry], kind: str) -> list[Entry]:
    """The entries of a filter; of an unknown or empty one all."""
    if kind == "calls":
        return [entry for entry in entries if entry.kind == "call"]
    if kind == "people":
        return [entry for entry in entries if entry.by]
    begins = _GROUPS.get(kind)
    return [entry for entry in entries if entry.name.startswith(begins)] if begins else list(entries)


def told_of(data: Mapping[str, Any]) -> tuple[Told, ...]:
    """What a fact's data say to people. A key without words stands by its name: a test fails for one."""
    return tuple(_told(key, value) for key, value in data.items() if _tells(key, value))


def _fact(fact: Mapping[str, Any]) -> Entry:
    data: Mapping[str, Any] = fact["data"]
    by = next((str(data[key]) for key in PEOPLE if str(data.get(key, "")) not in _NOBODY), "")
    name = str(fact["type"])
    return Entry(fact["at"], "fact", name, None, told_of(data), by, is_bad=name in _BAD)


def _tells(key: str, value: Any) -> bool:
    is_for_machines = key in PEOPLE or key in FOR_MACHINES or key.endswith("_digest")
    if key == "waited_ms" and value < 60_000:
        return False  # it was online
    return not is_for_machines and value not in ("", None, [], ())


def _told(key: str, value: Any) -> Told:
    words = KEYS.get(key, (key, key))
    if not isinstance(value, list | tuple):
        form = form_of(key, value)
        if form is Form.CODE:
            return Told(words, form, said(key, str(value)))
        return Told(words, Form.CODE, _version(key, value)) if form is Form.VERSION else Told(words, form, value)
    form = form_of(key, value)
    if form is Form.CODE:
        return Told(words, form, said(key, ", ".join(map(str, value))))
    if form is Form.PACKS:
        packs = [pack_words(str(one)) for one in value]
        return Told(words, Form.CODE, ("、".join(one[0] for one in packs), ", ".join(one[1] for one in packs)))
    return Told(words, form, ", ".join(_item(one) for one in value))


def _version(key: str, number: int) -> Pair:
    if number:
        return f"v{number}", f"v{number}"
    return ("无", "none") if key == "waybill_version" else ("随产品", "shipped")


def _item(one: Any) -> str:
    """``ZP-2026-01 ×2``, with its warehouse where it is said."""
    if not isinstance(one, Mapping):
        return str(one)
    place = f" @{one['warehouse']}" if one.get("warehouse") else ""
    return f"{one.get('sku') or '—'} ×{one.get('quantity', 1)}{place}"


def _call(effect: Mapping[str, Any]) -> Entry:
    verb, status = effect["verb"], effect["status"]
    data = [Told(("", ""), Form.CODE, _STATUS[status]), Told(KEYS["reference"], Form.ID, effect["reference"])]
    if effect["attempts"] > 1:
        data.append(Told(KEYS["attempts"], Form.NUMBER, effect["attempts"]))
    if effect["code"]:
        data.append(Told(("错误码", "code"), Form.ID, effect["code"]))
    return Entry(
        effect["updated_at"], "call", verb, VERBS.get(verb, (verb, verb)), tuple(data),
        duration_ms=effect["duration_ms"] or None, is_bad=status == "refused",
    )  # fmt: skip
