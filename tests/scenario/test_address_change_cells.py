"""Every kind of change of address through one running hub at once: scope × window × place of the parcel × carrier, as
far as they end differently (R34-R36). Each row is an order; they travel side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.scenario.books import assert_completed_once
from tests.scenario.samples import sample
from tests.scenario.waiting import until
from tests.scenario.world import World

LATE_MS = 14_400_000  # two minutes of the wall; the test does not wait for them
NEVER_MS = 864_000_000
WINDOW_MS = 7_200_000

HANGZHOU = {"province": "浙江省", "city": "杭州市", "district": "西湖区"}
LHASA = {"province": "西藏自治区", "city": "拉萨市", "district": "城关区"}
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
CONTRADICTS = {"province": "浙江省", "city": "杭州市", "district": "浦东新区", "detail": "文三路1号"}
HERE, ON_ITS_WAY, AT_THE_DOOR = "here", "on its way", "at the door"


@dataclass(frozen=True)
class Cell:
    """``asks``: what is asked for beside what the buyer has. ``by``: customer service, the buyer at the shop, or an
    ``event`` at the end of the window, ``late`` ms after it. ``carriers``: of each label in turn, the last lives."""

    name: str
    asks: dict[str, str]
    status: str
    way: str
    place: str = HERE
    carrier: str = "sf"
    late: int = 0
    by: str = "service"
    why: str = ""
    scope: str = ""
    carriers: tuple[str, ...] = ("sf",)
    freight: tuple[tuple[str, int, str], ...] = field(default=())


SECOND = 1_000
DOOR, STREET = {"detail": "another door"}, {"detail": "演示大道88号3幢"}
TURNED, REISSUED = ("intercept", 1_000, "brand"), ("reissue", 0, "brand")
REMOTE, REMOTE_NO_MORE = ("surcharge", 1_500, "brand"), ("surcharge", 0, "brand")

CELLS = (
    # before pickup
    Cell("same", {}, "brought", "nothing", scope="same"),
    Cell("door", DOOR, "brought", "overwrite", by="buyer", scope="door"),
    Cell("door at 120:00.000", DOOR, "brought", "overwrite", by="event", scope="door"),
    Cell("street", STREET, "brought", "reissue", by="buyer", scope="street", carriers=("sf", "sf"),
         freight=(REISSUED,)),
    Cell("phone only", {"phone": "13800139999"}, "brought", "reissue", scope="street", carriers=("sf", "sf"),
         freight=(REISSUED,)),
    Cell("region", CITY, "brought", "reissue", by="buyer", scope="region", carriers=("sf", "sf"), freight=(REISSUED,)),
    Cell("unsure", CONTRADICTS, "asked", "decide", why="unsure"),
    Cell("gate", {"detail": "详细地址见备注"}, "asked", "decide", why="detail_placeholder"),
    Cell("door, late", DOOR, "asked", "decide", by="event", late=SECOND, why="window_over", scope="door"),
    Cell("region, late", CITY, "asked", "decide", by="event", late=SECOND, why="window_over", scope="region"),
    Cell("remote", {**LHASA, "detail": "北京中路8号"}, "brought", "reissue", by="buyer", scope="region",
         carriers=("sf", "ems"), freight=(REISSUED, REMOTE)),
    Cell("EMS door", DOOR, "brought", "reissue", carrier="ems", by="buyer", why="carrier_cannot_update", scope="door",
         carriers=("ems", "ems"), freight=(REISSUED, REMOTE)),
    Cell("EMS back to near", {**HANGZHOU, "detail": "文三路8号"}, "brought", "reissue", carrier="ems", by="buyer",
         scope="region", carriers=("ems", "sf"), freight=(REISSUED, REMOTE_NO_MORE)),
    Cell("EMS late", DOOR, "asked", "decide", carrier="ems", by="event", late=SECOND, why="window_over",
         carriers=("ems",), freight=(REMOTE,)),
    # on its way
    Cell("turned", CITY, "brought", "intercept", ON_ITS_WAY, scope="region", freight=(TURNED,)),
    Cell("turned to another door", DOOR, "brought", "intercept", ON_ITS_WAY, scope="door", freight=(TURNED,)),
    Cell("on its way, late", CITY, "asked", "decide", ON_ITS_WAY, by="event", late=SECOND, why="window_over"),
    Cell("EMS on its way", DOOR, "asked", "decide", ON_ITS_WAY, carrier="ems", why="carrier_cannot_intercept",
         carriers=("ems",), freight=(REMOTE,)),
    # at the door
    Cell("too late", CITY, "refused", "too_late", AT_THE_DOOR),
    Cell("too late, late", DOOR, "refused", "too_late", AT_THE_DOOR, by="event", late=SECOND),
)  # fmt: skip


def buyer(world: World, tid: str) -> dict[str, str]:
    who: dict[str, str] = world.shop.truth()["orders"][tid]["buyer"]
    return who


def asked_for(cell: Cell, who: dict[str, str]) -> dict[str, str]:
    """What is said: an address is given whole."""
    said = dict(cell.asks)
    if cell.asks == DOOR:
        said["detail"] = who["detail"].replace("301", "502")
    if not said:
        said["detail"] = who["detail"]
    return {**{part: who[part] for part in HANGZHOU}, **said} if "detail" in said else said


def place(world: World, cell: Cell) -> str:
    where = {**LHASA, "detail": "江苏路7号 5幢 301室"} if cell.carrier == "ems" else {}
    return world.place(buyer={**world.buyer(), **where})


def ask(world: World, cell: Cell, tid: str) -> None:
    who = buyer(world, tid)
    said = asked_for(cell, who)
    if cell.by == "event":
        at = world.row(tid)["at"]["paid"] + WINDOW_MS + cell.late
        assert world.push_signed(event(tid, who, said, at)).is_success
    elif cell.by == "buyer":
        world.buys(tid, "address", by="buyer", **said)
    else:
        answer = world.change_address(tid, **said)
        assert answer.status_code == 200, answer.text


def event(tid: str, who: dict[str, str], said: dict[str, str], at: int) -> dict[str, Any]:
    """The buyer's event with this time, ms UTC to the second."""
    when = (datetime.fromtimestamp(at // 1000, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    message = sample("youzan_trade_MessagesTheChangeAddressesByBuyer", tid, version=at // 1000)
    told = json.loads(dict(parse_qsl(f"msg={message['msg']}"))["msg"])
    told |= {**said, "user_name": who["name"], "tel": who["phone"], "update_time": when}
    return {**message, "msg": urlencode({"": json.dumps(told, ensure_ascii=False)})[1:]}


def labels(world: World, tid: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every label that any carrier gave for the order, by version: carrier, state, label."""
    found = [
        (reference, carrier.name, label)
        for carrier in (Named("sf", world.sf.truth()), Named("ems", world.ems.truth()))
        for reference, label in carrier.truth["orders"].items()
        if reference.startswith(f"youzan-{tid}-")
    ]
    return [(name, label["state"], label) for _, name, label in sorted(found, key=lambda one: one[0])]


@dataclass(frozen=True)
class Named:
    name: str
    truth: dict[str, Any]


def ended(world: World, cell: Cell, tid: str) -> dict[str, Any]:
    """Wait until the newest change is as the cell says: the shop's order may be read before its event is judged, and
    then it is the order's change that is."""

    def newest() -> dict[str, Any]:
        known = world.changes(tid)
        return known[-1] if known and known[-1]["status"] == cell.status else {}

    return until(newest, lambda: f"{cell.name} {tid} is {cell.status}: {world.changes(tid)}")


def check(world: World, cell: Cell, tid: str) -> None:
    """What the hub shows of the change, and what the partners truly hold."""
    change = ended(world, cell, tid)
    assert change["way"] == cell.way, change
    assert not cell.scope or change["scope"] == cell.scope, change
    assert not cell.why or cell.why in change["reasons"], change
    shown, who = world.order(tid), buyer(world, tid)
    rows = tuple(sorted((row["kind"], row["amount_fen"], row["bearer"]) for row in shown["freight"]))
    assert rows == tuple(sorted(cell.freight)), rows
    assert shown["freight_borne"]["buyer_fen"] == 0  # the buyer does not pay twice
    known = labels(world, tid)
    assert tuple(carrier for carrier, _, _ in known) == cell.carriers, known
    assert all(state == "cancelled" for _, state, _ in known[:-1]), known
    assert known[-1][1] != "cancelled"
    classes = [card["class"] for card in shown["decisions"] if card["status"] == "requested"]
    if cell.status == "asked":
        assert classes == ["address_change"]
    if cell.status == "refused":
        assert (change["outcome"], classes) == ("too_late", ["address_too_late"])
    if cell.status == "brought" and cell.place == HERE:
        wanted = asked_for(cell, who) if cell.by == "event" else who  # otherwise the shop was told, too
        assert world.wms.truth()["trades"][tid]["receiver"]["receiver_address"] == wanted["detail"]
        told = {name: change["systems"][name] for name in ("wms", "carrier")}
        assert set(told.values()) == {"not_needed" if cell.way == "nothing" else "done"}, told
        assert classes == (["repeat_pickup"] if len(cell.carriers) > 1 else [])
        if cell.way == "overwrite":
            assert (known[0][2]["creates"], len(known[0][2]["updates"])) == (1, 1)
        if classes:
            task = next(card for card in shown["decisions"] if card["class"] == "repeat_pickup")
            assert task["evidence"]["waybill"] == shown["waybill_number"] == known[-1][2]["waybill_no"]
            assert (task["blocks"], task["owner"], task["due_at"] > change["requested_at"]) == (
                False,
                "operations",
                True,
            )


def settle_down(world: World, cell: Cell, tid: str) -> None:
    """People answer what is open; the buyer has the parcel in the end."""
    for card in world.order(tid)["decisions"]:
        if card["status"] == "requested" and card["class"] == "address_change":
            world.decide(card, "refuse_address")
        if card["status"] == "requested" and card["class"] == "address_too_late":
            world.decide(card, "dismiss")
    if cell.place != HERE:
        world.buys(tid, "receive")


def print_while_it_changes(world: World, tid: str, number: str) -> None:
    """What a packer gets before, and once the label follows."""

    def state() -> tuple[str, str]:
        answer = world.label(tid, "1.pdf", "by=packer07&why=print")
        if answer.status_code == 503:  # a packer would ask again
            return "", ""
        return answer.headers["x-label-state"], str(world.order(tid)["waybill_number"])

    seen = until(lambda: state() if state()[1] not in ("", number) else None, f"{tid} has another label")
    assert seen is not None and seen[0] == "live"


def sent_on_their_way(world: World) -> dict[str, tuple[Cell, str]]:
    """The orders whose parcel has left, each where its cell says."""
    orders = {cell.name: (cell, place(world, cell)) for cell in CELLS if cell.place != HERE}
    for cell, tid in orders.values():
        number = world.reached(tid, "shipped", "confirmed")["waybill_number"]
        if cell.carrier == "ems":
            world.ems.ask("courier", {"waybill_no": number, "does": "pick_up"})
        world.reached(tid, "picked_up")
    for cell, tid in orders.values():
        if cell.place == AT_THE_DOOR:
            number = world.order(tid)["waybill_number"]
            world.sf.ask("courier", {"waybill_no": number, "does": "go_out"})
            until(lambda tid=tid: "out_for_delivery" in world.row(tid)["at"], f"{tid} is out for delivery")
    return orders


def checked(world: World, orders: dict[str, tuple[Cell, str]]) -> list[str]:
    """Every cell is looked at, whatever is wrong with another."""
    failures = []
    for cell, tid in orders.values():
        try:
            check(world, cell, tid)
        except AssertionError as wrong:
            failures.append(f"{cell.name} {tid}: {wrong}")
    return failures


def test_every_kind_of_change_ends_as_its_cell_says(world: World) -> None:
    with world.sf.switched(transit_ms=NEVER_MS, delivery_ms=NEVER_MS), world.ems.switched(step_ms=NEVER_MS):
        orders = sent_on_their_way(world)
        with world.wms.switched(audit_ms=LATE_MS):
            orders |= {cell.name: (cell, place(world, cell)) for cell in CELLS if cell.place == HERE}
            for _, tid in orders.values():
                world.reached(tid, "labelled")
            printed = str(world.order(orders["region"][1])["waybill_number"])
            for cell, tid in orders.values():
                ask(world, cell, tid)
            print_while_it_changes(world, orders["region"][1], printed)
            failures = checked(world, orders)
        for cell, tid in orders.values():
            settle_down(world, cell, tid)
    assert not failures, "\n".join(failures)
    with world.warehouse_in_a_hurry():
        world.completed(*(tid for _, tid in orders.values()))
    for cell, tid in orders.values():
        if cell.place == HERE and set(cell.carriers) == {"sf"}:
            shown = assert_completed_once(world, tid)
            picked_up = [card for card in shown["decisions"] if card["class"] == "repeat_pickup"]
            assert {(card["option"], card["made_by"]) for card in picked_up} <= {("moot", "hub")}
