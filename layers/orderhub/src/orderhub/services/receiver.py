"""Seal and open the receiver's personal data."""

import json
from dataclasses import asdict

from orderhub.domain.order import Order, Receiver
from orderhub.ports.world import Seal


def seal_receiver(receiver: Receiver, seal: Seal) -> str:
    return seal.seal(json.dumps(asdict(receiver), ensure_ascii=False, sort_keys=True))


def open_receiver(order: Order, seal: Seal) -> Receiver:
    """Raises ValueError when the order is not known yet or its seal is broken."""
    if not order.sealed_receiver:
        raise ValueError(f"{order.order_id} has no receiver yet")
    return Receiver(**json.loads(seal.open(order.sealed_receiver)))
