"""Who waits for a partner stands in the order of placing, once, and nobody is lost (R72)."""

from __future__ import annotations

from typing import Any

from orderhub.adapters.dynamodb.waiting_room import DynamoWaitingRoom
from orderhub.ports.orders import Waiting
from tests.kit.orders import T0


def waiting(number: int, placed_at: int, until: int = 0) -> Waiting:
    return Waiting("sf", f"youzan-E{number}", placed_at, "issue_waybill", f"r{number}", until)


def test_the_line_is_in_the_order_of_placing_whoever_came_first(table: tuple[Any, str]) -> None:
    room = DynamoWaitingRoom(*table)
    for number, placed_at in ((1, T0 + 50), (2, T0 + 10), (3, T0 + 30)):
        room.enter(waiting(number, placed_at))
    assert [place.order_id[-1] for place in room.line("sf", 10)] == ["2", "3", "1"]
    assert [place.order_id[-1] for place in room.line("sf", 2)] == ["2", "3"]


def test_entering_again_keeps_the_place_and_renews_the_patience(table: tuple[Any, str]) -> None:
    room = DynamoWaitingRoom(*table)
    room.enter(waiting(1, T0, until=5))
    room.enter(waiting(1, T0, until=9))
    assert room.line("sf", 10) == [waiting(1, T0, until=9)]


def test_leaving_twice_harms_nobody_and_partners_do_not_mix(table: tuple[Any, str]) -> None:
    room = DynamoWaitingRoom(*table)
    room.enter(waiting(1, T0))
    room.enter(waiting(2, T0))
    room.leave(waiting(1, T0))
    room.leave(waiting(1, T0))
    assert [place.order_id for place in room.line("sf", 10)] == ["youzan-E2"]
    assert room.line("kingdee", 10) == []


def test_the_breaker_of_the_same_partner_is_no_place_in_line(table: tuple[Any, str]) -> None:
    client, name = table
    client.put_item(TableName=name, Item={"pk": {"S": "PARTNER#sf"}, "sk": {"S": "BREAKER"}, "state": {"S": "open"}})
    assert DynamoWaitingRoom(client, name).line("sf", 10) == []
