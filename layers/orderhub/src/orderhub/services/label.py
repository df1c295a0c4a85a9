"""Draw a parcel's label for somebody who is named; that is on the order's timeline before they get it (R39)."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace

from orderhub.domain.address_change import ChangeStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.label import LabelContent, LabelWaybill, for_looking, label_digest, label_of
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcel_of
from orderhub.domain.records import WaybillVersion
from orderhub.domain.sender import Sender
from orderhub.domain.waybill_content import held_digest
from orderhub.ports.labels import DrawnLabel, LabelFormat, LabelRenderer
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Clock, Seal
from orderhub.services.receiver import masked_receiver, open_receiver
from orderhub.services.tasks import retried_when_stale

__all__ = ["LabelDesk", "LabelFormat", "LabelRequest", "Rejected", "draw_label"]

ANY_WAREHOUSE = "*"


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """``by``: who asks (a staff id); ``why``: preview, print, reprint or check. ``is_masked``: the receiver is hidden,
    nothing personal is opened, and nobody need know that somebody looked."""

    order_id: str
    parcel: int
    form: LabelFormat
    by: str
    why: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class LabelDesk:
    """What drawing a label works with. ``senders``: warehouse → who sends from there; ``*`` for all others."""

    orders: OrderStore
    renderer: LabelRenderer
    seal: Seal
    senders: Mapping[str, Sender]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Label:
    """A label handed out: the file, and what it is in a few words that are not personal."""

    drawn: DrawnLabel
    state: str
    version: int
    digest: str


def draw_label(request: LabelRequest, desk: LabelDesk) -> Label:
    """The label as it is to be now. The fact ``LabelRendered`` is durable before anybody gets the file; it is drawn
    again when the order changed meanwhile, so what is handed out is what the timeline says. A masked label is for
    looking at: it is never live, and not on the timeline.

    Raises Rejected (``no_such_order``, ``no_such_parcel``, ``order_unknown``, ``no_sender``,
    ``unprintable_waybill``), Stale.
    """
    drawn: dict[LabelContent, DrawnLabel] = {}

    def once() -> Label:
        order = desk.orders.load(request.order_id)
        if order is None:
            raise Rejected("no_such_order", request.order_id)
        content = content_of(order, request.parcel, desk, request.is_masked)
        if content not in drawn:
            drawn[content] = desk.renderer.render(content, request.form)
        now = desk.clock()
        if not request.is_masked:
            desk.orders.commit(Change(order, order, now, facts=(_fact(content, request, now),)))
        return Label(drawn[content], content.state.value, content.marks.version, label_digest(content))

    return retried_when_stale(once)


def senders_in(said: object) -> Mapping[str, Sender]:
    """The senders as the secret ``hub`` names them, by warehouse. Raises Rejected (``no_sender``) naming the warehouse
    whose sender is incomplete."""
    if not isinstance(said, Mapping):
        raise Rejected("no_sender", "secret hub has no senders")
    return {str(warehouse): _sender(str(warehouse), fields) for warehouse, fields in said.items()}


def _sender(warehouse: str, fields: object) -> Sender:
    try:
        sender = Sender(**fields)  # type: ignore[arg-type]
    except TypeError:
        raise Rejected("no_sender", f"the sender of warehouse {warehouse} is incomplete in secret hub") from None
    if not all(isinstance(text, str) for text in astuple(sender)) or not (sender.name and sender.phone):
        raise Rejected("no_sender", f"the sender of warehouse {warehouse} is incomplete in secret hub")
    return sender


def content_of(order: Order, parcel_number: int, desk: LabelDesk, is_masked: bool = False) -> LabelContent:
    """What stands on the label now. Raises Rejected as ``draw_label`` does."""
    try:
        parcel = parcel_of(order, parcel_number)
    except KeyError:
        raise Rejected("no_such_parcel", f"{order.order_id} has no parcel {parcel_number}") from None
    if order.snapshot is None:
        raise Rejected("order_unknown", f"the shop has not said yet what {order.order_id} is")
    sender = desk.senders.get(parcel.warehouse) or desk.senders.get(ANY_WAREHOUSE)
    if sender is None:
        raise Rejected("no_sender", f"secret hub names no sender for warehouse {parcel.warehouse or '(none yet)'}")
    waybill = newest_waybill(order, parcel, desk.orders.waybills_of(order.order_id))
    if waybill and _is_about_to_change(order, parcel, desk.orders):
        waybill = replace(waybill, is_current=False)
    receiver = masked_receiver(order) if is_masked else open_receiver(order, desk.seal)
    try:
        content = label_of(order, parcel_number, receiver, sender, waybill)
        return for_looking(content) if is_masked else content
    except ValueError as error:
        raise Rejected("unprintable_waybill", str(error)) from error


def _is_about_to_change(order: Order, parcel: Parcel, orders: OrderStore) -> bool:
    """Whether somebody has asked for another address and nobody has judged that yet: no parcel may leave meanwhile."""
    if not order.change_open or parcel.has(Milestone.SHIPPED):
        return False
    change = orders.address_change(order.order_id, order.change_open)
    return change is not None and change.status is ChangeStatus.REQUESTED


def newest_waybill(order: Order, parcel: Parcel, versions: Iterable[WaybillVersion]) -> LabelWaybill | None:
    """What the carrier has for this parcel, by its newest version on record; None when it never had anything."""
    pushed = [one for one in versions if one.fulfillment == parcel.number and one.track == "pushed"]
    if not pushed:
        return None
    newest = max(pushed, key=lambda one: one.version)
    is_current = newest.content_digest == held_digest(order, parcel)
    return LabelWaybill(newest.number, newest.version, newest.carrier, newest.status.value, newest.routing, is_current)


def _fact(content: LabelContent, request: LabelRequest, now: int) -> Fact:
    """Without a digest of the content: one of personal data without a key can be guessed."""
    data: dict[str, str | int | bool] = {
        "fulfillment": content.parcel,
        "waybill_version": content.marks.version,
        "state": content.state.value,
        "form": request.form.value,
        "rendered_by": request.by,
        "why": request.why,
    }
    return Fact(FactType.LABEL_RENDERED, data, now)
