"""An order to its item's attributes and back. Short attribute names keep an order near 2 KB (write units)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from orderhub.domain.order import (
    AddressCheck,
    Amounts,
    Correction,
    Driver,
    Gift,
    Order,
    OrderLine,
    Parcel,
    Region,
    Snapshot,
    Sticker,
    Wait,
)

SCHEMA_VERSION = 1


def attributes_of(order: Order) -> dict[str, object]:
    """What a commit may change, as plain values; ``None`` means absent.

    Not here: keys and index (``orders`` builds them), ``wait`` and ``change_wait`` (written by state machines
    alone) and ``check_at`` (it has its own conditional writes).
    """
    return {
        "order_id": order.order_id,
        "channel": order.channel,
        "shop_id": order.shop_id,
        "platform_id": order.platform_id,
        "content_version": order.content_version,
        "lifecycle_version": order.lifecycle_version,
        "snapshot": _snapshot_values(order.snapshot) if order.snapshot else None,
        "at": dict(order.at),
        "versions": dict(order.versions) or None,
        "holds": dict(order.holds),
        "overrides": list(order.overrides) or None,
        "refunds": dict(order.refunds) or None,
        "refunds_due": list(order.refunds_due) or None,
        "waiting_for": order.waiting_for or None,
        "close_reason": order.close_reason or None,
        "waybill_number": order.waybill_number or None,
        "number_source": order.number_source or None,
        "carrier": order.carrier or None,
        "warehouse": order.warehouse or None,
        "transfer": order.transfer or None,
        "parcels": [_parcel_values(parcel) for parcel in order.parcels] or None,
        "gifts": [asdict(gift) for gift in order.gifts] or None,
        "judgement_due": order.judgement_due or None,
        "gifts_due": order.gifts_due or None,
        "push_due": order.push_due or None,
        "relabel": order.relabel or None,
        "carrier_wish": order.carrier_wish or None,
        "address_changes": order.address_changes or None,
        "change_open": order.change_open or None,
        "change_epoch": order.change_epoch or None,
        "correction": asdict(order.correction) if order.correction else None,
        "judged_version": order.judged_version or None,
        "substitutions": dict(order.substitutions) or None,
        "packed": dict(order.packed) or None,
        "driver": asdict(order.driver) if order.driver else None,
        "wake_seq": order.wake_seq,
    }


def order_from(values: Mapping[str, Any]) -> Order:
    """Rebuild an order from its item's plain values."""
    wait = values.get("wait")
    change_wait = values.get("change_wait")
    driver = values.get("driver")
    snapshot = values.get("snapshot")
    correction = values.get("correction")
    return Order(
        order_id=values["order_id"],
        channel=values["channel"],
        shop_id=values["shop_id"],
        platform_id=values["platform_id"],
        revision=values["revision"],
        content_version=values["content_version"],
        lifecycle_version=values["lifecycle_version"],
        snapshot=_snapshot_from(snapshot) if snapshot else None,
        at=values.get("at", {}),
        versions=values.get("versions", {}),
        holds=values.get("holds", {}),
        overrides=tuple(values.get("overrides", ())),
        refunds=values.get("refunds", {}),
        refunds_due=tuple(values.get("refunds_due", ())),
        waiting_for=values.get("waiting_for", ""),
        close_reason=values.get("close_reason", ""),
        waybill_number=values.get("waybill_number", ""),
        number_source=values.get("number_source", ""),
        carrier=values.get("carrier", ""),
        warehouse=values.get("warehouse", ""),
        transfer=values.get("transfer", ""),
        parcels=tuple(_parcel_from(parcel) for parcel in values.get("parcels", ())),
        gifts=tuple(Gift(**{**gift, "sticker": Sticker(**gift["sticker"])}) for gift in values.get("gifts", ())),
        judgement_due=values.get("judgement_due", False),
        gifts_due=values.get("gifts_due", False),
        push_due=values.get("push_due", False),
        relabel=values.get("relabel", ""),
        carrier_wish=values.get("carrier_wish", ""),
        address_changes=values.get("address_changes", 0),
        change_open=values.get("change_open", 0),
        change_epoch=values.get("change_epoch", 0),
        change_wait=_wait_from(change_wait) if change_wait else None,
        correction=correction_from(correction) if correction else None,
        judged_version=values.get("judged_version", 0),
        substitutions=values.get("substitutions", {}),
        packed=values.get("packed", {}),
        driver=Driver(driver["execution"], driver["epoch"]) if driver else None,
        wait=_wait_from(wait) if wait else None,
        wake_seq=values.get("wake_seq", 0),
        check_at=int(values.get("gsi1sk") or 0),
    )


def _wait_from(values: Mapping[str, Any]) -> Wait:
    return Wait(values["token"], values["step"], values["due_at"])


def _snapshot_values(snapshot: Snapshot) -> dict[str, object]:
    values = {name: getattr(snapshot, name) for name in _SNAPSHOT_SCALARS}
    values["lines"] = [_line_values(line) for line in snapshot.lines]
    values["amounts"] = asdict(snapshot.amounts)
    values["region"] = [snapshot.region.province, snapshot.region.city, snapshot.region.district]
    if snapshot.address != AddressCheck():
        values["address"] = asdict(snapshot.address)
    return values | {name: told for name in _FOUND_BY if (told := getattr(snapshot, name))}


_FOUND_BY = ("tail_digest", "nick_digest")
"""Not on orders taken in before they were made; such an order is not found by them."""


_SNAPSHOT_SCALARS = (
    "taken_at",
    "placed_at",
    "payment_due_at",
    "buyer_id",
    "sealed",
    "receiver_digest",
    "phone_digest",
    "masked_name",
    "masked_phone",
    "has_note",
    "kind",
    "rank",
)


def _parcel_values(parcel: Parcel) -> dict[str, object]:
    told: dict[str, object] = {"number_source": parcel.number_source} if parcel.number_source else {}
    return told | {
        "n": parcel.number,
        "warehouse": parcel.warehouse,
        "lines": list(parcel.line_ids),
        "carrier": parcel.carrier,
        "waybill_number": parcel.waybill_number,
        "at": dict(parcel.at),
    }


def _parcel_from(values: Mapping[str, Any]) -> Parcel:
    return Parcel(
        number=values["n"],
        warehouse=values["warehouse"],
        line_ids=tuple(values["lines"]),
        carrier=values["carrier"],
        waybill_number=values["waybill_number"],
        at=values["at"],
        number_source=values.get("number_source", ""),
    )


def _line_values(line: OrderLine) -> dict[str, object]:
    """A line without the flags that have their usual value."""
    values: dict[str, object] = {
        "id": line.line_id,
        "sku": line.sku,
        "name": line.name,
        "n": line.quantity,
        "unit": line.unit_price_fen,
        "goods": line.goods_fen,
        "pay": line.payable_fen,
        "item": line.item_id,
    }
    if line.is_gift:
        values["gift"] = True
    if line.is_presale:
        values["presale"] = True
    if not line.is_physical:
        values["virtual"] = True
    if line.barcode:
        values["bar"] = line.barcode
    return values


def _line_from(values: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        line_id=values["id"],
        sku=values["sku"],
        name=values["name"],
        quantity=values["n"],
        unit_price_fen=values["unit"],
        goods_fen=values["goods"],
        payable_fen=values["pay"],
        is_gift=values.get("gift", False),
        is_presale=values.get("presale", False),
        is_physical=not values.get("virtual", False),
        item_id=values.get("item", ""),
        barcode=values.get("bar", ""),
    )


def _snapshot_from(values: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        **{name: values[name] for name in _SNAPSHOT_SCALARS},
        lines=tuple(_line_from(line) for line in values["lines"]),
        amounts=Amounts(**values["amounts"]),
        region=Region(*values["region"]),
        address=_address_from(values.get("address")),
        **{name: values.get(name, "") for name in _FOUND_BY},
    )


def correction_from(values: Mapping[str, Any]) -> Correction:
    """A corrected receiver from its plain values."""
    parts = {"region": Region(**values["region"]), "address": _address_from(values.get("address"))}
    return Correction(**{**values, **parts})


def _address_from(values: Mapping[str, Any] | None) -> AddressCheck:
    if not values:
        return AddressCheck()
    return AddressCheck(values["score"], values["passes"], tuple(values["reasons"]))
