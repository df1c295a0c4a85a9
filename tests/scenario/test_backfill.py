"""A parcel left and nobody said under which number: it is filled in from whoever knows, or a person is asked (R37)."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import World

CREATE, SEARCH = "EXP_RECE_CREATE_ORDER", "EXP_RECE_SEARCH_ORDER_RESP"


@contextmanager
def unanswered(world: World, tid: str, *, is_done: bool) -> Iterator[None]:
    """SF answers nothing about this order; ``is_done``: it makes the label all the same."""
    for service in (CREATE, SEARCH):
        world.sf.turn("status", service, contains=tid, times=-1, status=502, after=is_done)
    try:
        yield
    finally:
        world.sf.turn_back()


def leaves_without_a_word(world: World, tid: str, label: str) -> None:
    """A label printed elsewhere is on the parcel; it is shipped, and the warehouse's row names no number."""
    until(lambda: world.wms.truth()["trades"].get(tid), f"the warehouse has {tid}")
    with world.wms.switched(number_left_out=[tid]):
        world.wms.ask("label", {"tid": tid, "logistics_no": label})
        row = world.reached(tid, "shipped")
    assert row.get("waybill_number", "") == ""


def _memo(world: World, tid: str) -> str:
    return str(world.wms.truth()["trades"][tid]["memo_told"])


def test_a_number_that_nobody_told_is_filled_in_from_the_carrier_and_everybody_is_told_once(world: World) -> None:
    tid = world.place(push=False)
    with unanswered(world, tid, is_done=True):
        world.shop.ask(f"orders/{tid}/repush")
        label = until(lambda: world.sf.truth()["orders"].get(f"youzan-{tid}-1-1"), "SF has made the label")
        leaves_without_a_word(world, tid, label["waybill_no"])
        assert world.shop.truth()["orders"][tid]["waybills"] == []
    world.reached(tid, "confirmed")
    row = world.row(tid)
    assert (row["waybill_number"], row["carrier"], row["number_source"]) == (label["waybill_no"], "sf", "issuer")
    until(lambda: _memo(world, tid).endswith(label["waybill_no"]), "the warehouse is told the number")
    world.completed(tid)
    assert_completed_once(world, tid)
    facts = [fact["type"] for fact in world.order(tid)["timeline"]]
    assert facts.count("WaybillNumberFilled") == facts.count("FulfillmentShipped") == 1
    assert [card for card in world.order(tid)["decisions"] if card["status"] == "requested"] == []


def test_nobody_knows_and_a_person_enters_the_number(world: World) -> None:
    tid = world.place(push=False)
    with unanswered(world, tid, is_done=False):
        world.shop.ask(f"orders/{tid}/repush")
        leaves_without_a_word(world, tid, "SF8888000000001")
    card = world.held(tid, "number_missing")
    assert {"issuer_said", "warehouse_said", "said_by"} <= set(card["evidence"])
    asked = {"option": "enter_number", "by": "demo-clerk", "parameters": {"carrier": "sf", "number": "SF8888000000001"}}
    assert world.try_decide(card["decision_id"], asked).status_code == 200
    world.reached(tid, "confirmed")
    assert world.row(tid)["number_source"] == "person"
    assert world.shop.truth()["orders"][tid]["waybills"] == ["SF8888000000001"]
    assert world.sf.truth()["parcels"].get(f"youzan-{tid}-1", {"labels": 0})["labels"] == 0  # none was bought for it
    world.buys(tid, "receive")
    world.completed(tid)
