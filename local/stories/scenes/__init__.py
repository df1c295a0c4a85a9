"""The scenes of the story of `make demo`, in the order in which they are told.

A scene is one module with a `SCENE`: `play` does it and returns when its orders are on their way, `check` looks
at the evidence afterwards. A new scene is a new module and a line here. Scenes of one act are played at once.
"""

from local.stories.scenes import (
    address_changed,
    cancelled,
    carrier_down,
    forged,
    gifts,
    held_address,
    held_phone,
    held_stock,
    last_unit,
    lost,
    number_backfilled,
    remote,
    shuffled,
    twice,
    unpaid,
    usual,
)
from local.stories.world import Scene

ACTS: tuple[tuple[Scene, ...], ...] = (
    (
        usual.SCENE,
        cancelled.SCENE,
        twice.SCENE,
        shuffled.SCENE,
        forged.SCENE,
        unpaid.SCENE,
        lost.SCENE,
        last_unit.SCENE,
    ),
    # What the rules say: gifts, another carrier, and an order held at each level.
    (gifts.SCENE, remote.SCENE, held_address.SCENE, held_phone.SCENE, held_stock.SCENE),
    # The carrier fails for one order until it has left: if its breaker opens, the others have their waybills by then.
    (number_backfilled.SCENE,),
    # The warehouse's people and the couriers work in real time for a while.
    (address_changed.SCENE,),
    # The carrier is down for everybody, so it is alone: the others have their waybills by then.
    (carrier_down.SCENE,),
)

SCENES: tuple[Scene, ...] = tuple(scene for act in ACTS for scene in act)
