"""Whatever one call to a partner meets, the order completes and the effect happens once (R38, R73, P4, P18, P19)."""

import pytest

from tests.scenario.books import assert_completed_once
from tests.scenario.partner import Partner
from tests.scenario.world import World

EFFECTS = {
    "push trade": ("wms", "trade_push"),
    "buy label": ("sf", "EXP_RECE_CREATE_ORDER"),
    "save receivable": ("kingdee", "Save"),
    "confirm shipment": ("shop", "youzan.logistics.online.confirm"),
}
TROUBLES = {
    "done, then silent": {"kind": "timeout_after"},
    "done, then 502": {"kind": "status", "status": 502, "after": True},
    "503, nothing done": {"kind": "status", "status": 503},
    "connection cut": {"kind": "drop_before"},
    "too many calls": {"kind": "rate_limit"},
    "done, answer malformed": {"kind": "malformed"},
    "done, answer in another encoding": {"kind": "wrong_encoding"},
    "done, answer trickles for 30 s": {"kind": "slow", "ms": 30_000},
    "done twice": {"kind": "duplicate"},
}
CASES = [(effect, trouble) for effect in EFFECTS for trouble in TROUBLES]


@pytest.fixture(scope="module")
def troubled(world: World) -> dict[tuple[str, str], str]:
    """One order for every effect and trouble, all at once; each meets its trouble once."""
    with world.shop.switched(replica_lag_ms=36_000_000):
        tids = {case: world.place(push=False) for case in CASES}
        for (effect, trouble), tid in tids.items():
            name, method = EFFECTS[effect]
            partner: Partner = getattr(world, name)
            partner.turn(method=method, contains=tid, **TROUBLES[trouble])
        for tid in tids.values():
            world.shop.ask(f"orders/{tid}/repush")
    return tids


@pytest.mark.parametrize(("effect", "trouble"), CASES, ids=[f"{effect}: {trouble}" for effect, trouble in CASES])
def test_an_effect_that_meets_trouble_happens_once(
    world: World, troubled: dict[tuple[str, str], str], effect: str, trouble: str
) -> None:
    tid = troubled[effect, trouble]
    world.completed(tid)
    assert_completed_once(world, tid)


def test_no_dial_was_left_untouched(world: World, troubled: dict[tuple[str, str], str]) -> None:
    world.completed(*troubled.values())
    for name, _ in EFFECTS.values():
        partner: Partner = getattr(world, name)
        assert not [dial for dial in partner.faults() if dial["times"] > 0]
