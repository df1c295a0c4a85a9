"""What a partner simulator is built on. See local/partners/README.md."""

from local.partners.chassis.carrier import CANCELLED, Carrier, Courier
from local.partners.chassis.clock import Clock, wall_ms
from local.partners.chassis.control import ControlError, control
from local.partners.chassis.faults import Fault
from local.partners.chassis.push import YOUZAN_RETRY_A_MS, YOUZAN_RETRY_B_MS, Outgoing
from local.partners.chassis.server import listen, serve, url_of
from local.partners.chassis.simulator import Simulator
from local.partners.chassis.store import Doc, Store
from local.partners.chassis.wire import Reply, form_fields

__all__ = [
    "CANCELLED",
    "YOUZAN_RETRY_A_MS",
    "YOUZAN_RETRY_B_MS",
    "Carrier",
    "Clock",
    "ControlError",
    "Courier",
    "Doc",
    "Fault",
    "Outgoing",
    "Reply",
    "Simulator",
    "Store",
    "control",
    "form_fields",
    "listen",
    "serve",
    "url_of",
    "wall_ms",
]
