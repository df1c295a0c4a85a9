"""Seal and open the receiver's personal data."""

import json
from dataclasses import asdict, replace

from orderhub.domain.order import Order, Receiver
from orderhub.ports.world import Seal


def seal_receiver(receiver: Receiver, seal: Seal) -> str:
    return seal.seal(json.dumps(asdict(receiver), ensure_ascii=False, sort_keys=True))


def open_receiver(order: Order, seal: Seal) -> Receiver:
    """The receiver the parcel goes to. A correction says only what a person changed; the rest is the shop's.

    Raises ValueError when the order is not known yet or its seal is broken.
    """
    if not order.sealed_receiver:
        raise ValueError(f"{order.order_id} has no receiver yet")
    receiver = Receiver(**json.loads(seal.open(order.sealed_receiver)))
    if order.active_correction is None or order.snapshot is None:
        return receiver
    said = Receiver(**json.loads(seal.open(order.snapshot.sealed)))
    return replace(said, **{name: text for name, text in asdict(receiver).items() if text})


def masked_receiver(order: Order) -> Receiver:
    """The receiver as screens show them: 张* 138****0001, street and note hidden; nothing is opened.

    Raises ValueError when the order is not known yet.
    """
    shown = order.receiver
    if shown is None or order.snapshot is None:
        raise ValueError(f"{order.order_id} has no receiver yet")
    return Receiver(shown.masked_name, shown.masked_phone, "***", "***" if order.snapshot.has_note else "")


def masked_name(name: str) -> str:
    """The first sign, the rest hidden: 张*"""
    return name[:1] + "*" * bool(name)


def masked_phone(phone: str) -> str:
    """The first three and last four digits: 138****0001"""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else "*" * len(phone)
