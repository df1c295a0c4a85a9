"""Stories of waybills that random play has found, or may miss, kept as they were (``test_waybill_track_model``)."""

from orderhub.domain.waybill_track import OVERWRITE, REISSUE
from tests.kit.carrier_ledger import Answer
from tests.kit.orders import ORDER_ID
from tests.unit.test_waybill_track_model import CITIES, Story


def test_a_label_that_is_to_be_made_again_while_another_is_changed_waits_for_the_warehouse() -> None:
    """A story that was found: the wish comes while the first parcel's label is overwritten; the second's is told."""
    story = Story()
    story.begin(several=True, takes_changes=True)
    story.drive([], None, "", recovers=False)
    story.happens("gifts", 1)
    story.change_address(1, CITIES[1], OVERWRITE)
    story.drive([], None, "address", recovers=False)
    story.the_warehouse_packs_with_no_number_that_is_void()
    story.teardown()


def test_what_the_carrier_refused_is_not_bought_to_be_cancelled() -> None:
    """A story that was found: bought, and then the cancel was refused, it lived after its order was ended."""
    story = Story()
    story.begin(several=False, takes_changes=True)
    story.drive([Answer.NO], None, "", recovers=False)
    story.change_address(2, CITIES[0], OVERWRITE)
    (card,) = story.memory.decisions
    story._decide(card, "retry")
    story.drive([Answer.YES, Answer.YES, Answer.NO], None, "", recovers=False)
    story.happens("cancel", 1)
    story.teardown()
    assert not story.ledger.live(f"{ORDER_ID}-1")


def test_no_change_in_place_follows_one_that_may_still_be_carried_out() -> None:
    """A fault put in by hand that most plays miss: the first change lands after the second, and wins."""
    story = Story()
    story.begin(several=False, takes_changes=True)
    story.drive([], None, "", recovers=False)
    story.change_address_and_drive(2, OVERWRITE, Answer.LATE)
    story.change_address_and_drive(3, OVERWRITE, Answer.YES)
    story.teardown()
    (label,) = story.ledger.live(f"{ORDER_ID}-1")
    assert label.content == ("路3号", CITIES[0])


def test_what_was_bought_to_be_cancelled_does_not_count_as_the_label_that_was_asked_for() -> None:
    """A story that was found: the cancel failed, the buyer went back to the first address, the label showed the
    other."""
    story = Story()
    story.begin(several=False, takes_changes=True)
    story.drive([Answer.LOST, Answer.LOST], None, "", recovers=False)
    story.change_address(9, CITIES[1], REISSUE)
    story.drive([Answer.YES, Answer.YES, Answer.DOWN], None, "", recovers=False)
    story.change_address(1, CITIES[0], REISSUE)
    story.teardown()
    (label,) = story.ledger.live(f"{ORDER_ID}-1")
    assert label.content == ("路1号", CITIES[0])
