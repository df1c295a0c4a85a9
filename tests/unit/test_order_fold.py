"""An order's row is folded from all its facts: any order of arrival, any repetition, the same row (R2, R40)."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.facts import FactType
from orderhub.domain.order_fold import row_of
from orderhub.domain.order_row import Agreement, Defect, GiftItem, OrderRow, State
from tests.kit.facts import NUMBER, Told
from tests.kit.orders import ORDER_ID, T0

A, S = Agreement, State
HOUR_MS = 3_600_000


def row(told: Told) -> OrderRow:
    made = row_of(told.facts)
    assert made is not None
    return made


def test_the_usual_way_goes_through_every_state_of_the_lifecycle() -> None:
    told = Told()
    seen = []
    for step in (told.placed, told.reserved, told.paid, told.judged, told.dispatched, told.labelled, told.shipped,
                 told.received, told.settled):  # fmt: skip
        step()
        seen.append(row(told).state)
    assert seen == [S.RESERVE, S.AWAIT_PAYMENT, S.ASSESS, S.DISPATCH, S.ISSUE_WAYBILL, S.AWAIT_SHIPMENT,
                    S.AWAIT_DELIVERY, S.SETTLE, S.COMPLETED]  # fmt: skip


def test_a_row_holds_what_lists_show() -> None:
    told = Told().placed(pieces=2).reserved().paid(59_800).judged()
    told.tell(FactType.GIFT_GRANTED, code="FP-001", quantity=1, rule_id="r", pack_version=0, line_id="L1")
    told.dispatched().labelled().shipped(after_ms=3 * HOUR_MS).confirmed()
    made = row(told)
    assert (made.order_id, made.channel, made.platform_id) == (ORDER_ID, "youzan", ORDER_ID.removeprefix("youzan-"))
    assert (made.pieces, made.payable_fen, made.paid_fen) == (2, 59_800, 59_800)
    assert (made.gifts, made.waybills, made.carriers) == ((GiftItem("FP-001", 1),), (NUMBER,), ("sf",))
    assert (made.province, made.city, made.warehouses) == ("浙江省", "杭州市", ("WH01",))
    assert made.outbound_ms == 3 * HOUR_MS + 4 * 60_000
    assert made.facts == len(told.facts)


@given(st.integers(0, 2**32), st.integers(0, 14))
def test_facts_in_any_order_and_any_number_of_times_make_the_same_row(seed: int, extra: int) -> None:
    told = Told().placed().asked("address_unmatched").made("address_unmatched").reserved().paid().judged()
    told.dispatched().labelled().shipped().confirmed().received().settled()
    mixed = random.Random(seed)
    heard = told.facts + mixed.choices(told.facts, k=extra)
    mixed.shuffle(heard)
    assert row_of(heard) == row(told)


def test_an_order_that_is_held_waits_for_the_nearest_of_its_decisions() -> None:
    told = Told().placed().reserved().paid().judged("hold")
    told.asked("phone_velocity", due_in_ms=9_000_000).asked("address_unmatched", due_in_ms=5_000)
    held = row(told)
    assert held.state is S.AWAIT_RELEASE
    assert [card.decision_class for card in held.open_cards] == ["address_unmatched", "phone_velocity"]
    assert held.stands_at == held.open_cards[0].due_at
    freed = row(told.made("phone_velocity").made("address_unmatched"))
    assert (freed.state, freed.open_cards) == (S.DISPATCH, ())
    assert freed.exceptions == ("address_unmatched", "phone_velocity")


def test_a_card_that_holds_nothing_up_leaves_the_order_where_it_is() -> None:
    made = row(Told().to_warehouse().shipped().asked("recover_gift", blocks=False))
    assert (made.state, made.exceptions) == (S.AWAIT_DELIVERY, ("recover_gift",))


def test_a_decision_taken_back_holds_the_order_again() -> None:
    told = Told().placed().reserved().paid().judged().asked("stock_lost").made("stock_lost")
    told.tell(FactType.DECISION_UNDONE, **{"decision_id": f"{ORDER_ID}.stock_lost.x", "class": "stock_lost"},
              option="retry", undone_by="li")  # fmt: skip
    told.tell(FactType.ORDER_HELD, 0, reason_code="stock_lost", decision_id=f"{ORDER_ID}.stock_lost.x")
    assert row(told).state is S.AWAIT_RELEASE


def test_a_partner_that_does_not_answer_is_waited_for_until_its_step_is_done() -> None:
    told = Told().placed().reserved().paid().judged()
    told.tell(FactType.PARTNER_DEGRADED, partner="wangdiantong", step="dispatch", retry_at=T0)
    assert (row(told).state, row(told).waiting_for) == (S.AWAIT_RELEASE, "wangdiantong")
    assert (row(told.dispatched()).state, row(told).waiting_for) == (S.ISSUE_WAYBILL, "")


def test_a_partner_that_is_not_needed_any_more_is_not_waited_for() -> None:
    told = Told().placed().reserved().paid().judged().dispatched()
    told.tell(FactType.PARTNER_DEGRADED, partner="sf", step="issue_waybill", retry_at=T0)
    assert (row(told).state, row(told).waiting_for) == (S.AWAIT_RELEASE, "sf")
    told.tell(FactType.WAYBILL_NUMBER_FILLED, fulfillment=1, carrier="sf", waybill_number=NUMBER, source="warehouse")
    assert (row(told.shipped()).state, row(told).waiting_for) == (S.AWAIT_DELIVERY, "")


def test_a_label_that_is_to_be_made_anew_waits_for_the_carrier_of_the_old_one() -> None:
    told = Told().to_warehouse()
    told.tell(FactType.PARTNER_DEGRADED, partner="sf", step="issue_waybill", retry_at=T0)
    assert (row(told).state, row(told).waiting_for) == (S.AWAIT_RELEASE, "sf")
    told.tell(FactType.WAYBILL_VOIDED, fulfillment=1, waybill_version=1, carrier="sf", waybill_number=NUMBER)
    assert row(told).state is S.ISSUE_WAYBILL
    assert row(told.labelled(number="EMS1")).state is S.AWAIT_SHIPMENT


def test_an_order_that_is_cancelled_is_withdrawn_until_its_stock_is_free() -> None:
    told = Told().to_warehouse().cancelled()
    assert row(told).state is S.WITHDRAW
    ended = row(told.released())
    assert (ended.state, ended.ended_at) == (S.CANCELLED, told.now)


def test_an_order_never_paid_ends_and_a_late_payment_makes_it_live_again() -> None:
    told = Told().placed().reserved()
    told.tell(FactType.STOCK_RESERVATION_EXPIRED, reservations=[])
    told.cancelled("expired")
    assert row(told).state is S.CANCELLED
    assert row(told.paid()).state is S.RESERVE
    assert row(told.reserved()).state is S.ASSESS


def test_an_order_in_two_parcels_is_as_far_as_the_last_of_them() -> None:
    told = Told().placed().reserved(parcels=2).paid().judged().dispatched(1)
    assert row(told).state is S.DISPATCH
    told.dispatched(2).labelled(1, "SF1").labelled(2, "SF2").shipped(1, "SF1")
    assert (row(told).state, row(told).shipped_at) == (S.AWAIT_SHIPMENT, 0)
    left = row(told.shipped(2, "SF2"))
    assert (left.state, left.shipped_at, left.waybills) == (S.AWAIT_DELIVERY, told.now, ("SF1", "SF2"))


def test_an_order_of_which_one_parcel_left_and_the_other_was_called_off_has_left() -> None:
    told = Told().placed().reserved(parcels=2).paid().judged().dispatched(1).dispatched(2)
    told.labelled(1, "SF1").labelled(2, "SF2").shipped(1, "SF1").cancelled().released()
    assert row(told).state is S.AWAIT_RELEASE
    told.asked("cancelled_after_shipping").made("cancelled_after_shipping", "continue")
    assert row(told).state is S.AWAIT_DELIVERY


def test_content_that_changed_is_the_newest_one() -> None:
    told = Told().placed().reserved()
    told.tell(FactType.ORDER_CHANGED, shop_id="1", lines=1, payable_fen=1, placed_at=T0,
              items=[{"line_id": "L1", "sku": "ZP-2026-02", "quantity": 3}])  # fmt: skip
    made = row(told)
    assert (made.items[0].sku, made.pieces, made.placed_at) == ("ZP-2026-02", 3, T0)
    assert made.state is S.RESERVE


def test_facts_of_an_older_release_fold_too() -> None:
    told = Told()
    told.tell(FactType.ORDER_PLACED, 0, shop_id="1", lines=1, payable_fen=5)
    made = row(told.reserved().paid().judged().dispatched().labelled().shipped())
    assert (made.state, made.items, made.placed_at) == (S.AWAIT_DELIVERY, (), T0)


def test_what_is_told_of_no_order_has_no_row() -> None:
    assert row_of([]) is None
    assert row_of(Told("rules-gifts").tell(FactType.RULE_PACK_CHANGED, version=1).facts) is None
    assert row_of(Told("unreadable").asked("unreadable_message", blocks=False).facts) is None


# --- what the systems hold, and what went wrong --------------------------------------------------------------


def test_systems_agree_when_each_has_said_the_same() -> None:
    assert dict(row(Told().to_the_end()).agreement) == {
        "warehouse": A.AGREES, "carrier": A.AGREES, "shop": A.AGREES, "finance": A.AGREES
    }  # fmt: skip


def test_what_nobody_has_said_is_unknown_and_not_agreement() -> None:
    made = row(Told().to_warehouse().shipped())
    assert (made.agreement["shop"], made.agrees) == (A.UNKNOWN, A.UNKNOWN)
    assert "finance" not in made.agreement
    assert row(Told().to_warehouse()).agrees is None


@pytest.mark.parametrize(
    ("contradict", "system"),
    [
        (lambda told: told.to_warehouse().shipped(number="SF9").confirmed(number="SF9"), "warehouse"),
        (lambda told: told.to_warehouse().shipped().asked("number_mismatch", blocks=False), "warehouse"),
        (lambda told: told.to_warehouse().shipped().confirmed(number="SF9"), "shop"),
        (lambda told: told.to_warehouse().shipped().confirmed().received().settled(1), "finance"),
    ],
)
def test_a_contradiction_differs(contradict: Callable[[Told], Told], system: str) -> None:
    made = row(contradict(Told()))
    assert (made.agreement[system], made.agrees) == (A.DIFFERS, A.DIFFERS)


def test_a_parcel_under_another_number_is_sent_wrong_and_stays_so_when_it_was_decided() -> None:
    told = Told().to_warehouse().shipped().asked("number_mismatch", blocks=False).made("number_mismatch")
    assert row(told).defects == (Defect.WRONG,)


def test_a_parcel_without_a_number_is_missing_and_has_left() -> None:
    told = Told().to_warehouse().tell(FactType.WAYBILL_NUMBER_MISSING, fulfillment=1, said_by="warehouse")
    made = row(told)
    assert (made.state, made.defects, made.waybills) == (S.AWAIT_DELIVERY, (Defect.MISSING,), ())
    assert made.agreement["warehouse"] is A.UNKNOWN


def test_late_is_more_than_forty_eight_hours_after_the_payment() -> None:
    minutes = 3 * 60_000  # from payment to label
    in_time = row(Told().to_warehouse().shipped(after_ms=48 * HOUR_MS - minutes))
    assert (in_time.outbound_ms, in_time.defects) == (48 * HOUR_MS, ())
    assert row(Told().to_warehouse().shipped(after_ms=48 * HOUR_MS - minutes + 1)).defects == (Defect.LATE,)


def packed(told: Told, *problems: str) -> Told:
    return told.tell(
        FactType.PARCEL_PACKED, fulfillment=1, packed_by="pack01", pieces=1, pieces_wanted=1, gifts=0, gifts_wanted=0,
        problems=list(problems), waited_ms=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("problems", "defects"),
    [
        ((), ()),
        (("wrong_items",), (Defect.WRONG,)),
        (("address",), (Defect.WRONG,)),
        (("label", "gifts"), (Defect.WRONG, Defect.MISSING)),
        (("missed_gift",), (Defect.MISSING,)),
        (("held",), ()),
        (("changing", "relabel", "cancelled", "twice"), ()),
    ],
)
def test_a_parcel_that_left_as_it_was_packed_amiss_is_a_defect(
    problems: tuple[str, ...], defects: tuple[Defect, ...]
) -> None:
    assert row(packed(Told().to_warehouse(), *problems).shipped()).defects == defects
    assert row(packed(Told().to_warehouse().shipped(), *problems)).defects == defects  # it was told late


def test_what_was_packed_amiss_and_then_anew_or_has_not_left_is_no_defect() -> None:
    assert row(packed(packed(Told().to_warehouse(), "address"))).defects == ()
    assert row(packed(packed(Told().to_warehouse(), "address")).shipped()).defects == ()
    assert row(packed(Told().to_warehouse(), "wrong_items")).defects == ()
