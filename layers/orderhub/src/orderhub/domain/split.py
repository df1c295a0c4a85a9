"""Spread an order's lines over warehouses (拆单): as few parcels as there can be, and no line is cut (R13)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from orderhub.domain.parcel import MAX_PARCELS

STEPS = 50_000
"""How much is tried (a set of warehouses, a place for a line) before an order counts as one that cannot be split."""


@dataclass(frozen=True, slots=True)
class Want:
    """What one line wants: pieces of a SKU, all of them from one warehouse."""

    line_id: str
    sku: str
    pieces: int


def spread(
    wants: Sequence[Want], free: Mapping[tuple[str, str], int], warehouses: Sequence[str]
) -> Mapping[str, str] | None:
    """Line id → warehouse, in as few warehouses as can be, those first in ``warehouses`` first; at most 9.

    ``free``: pieces by SKU and warehouse. None when there is no such plan: a line, or the lines of one SKU together,
    fit in no warehouse whole. The same question has the same answer. Plans of equally many parcels: the one whose
    warehouses come first, then the one that has the earlier lines in the earlier warehouses. A question that would
    take more than ``STEPS`` trials (dozens of warehouses, five parcels and more) has no plan either.

    >>> wants = [Want("1", "A", 1), Want("2", "B", 2)]
    >>> spread(wants, {("A", "W1"): 1, ("B", "W2"): 2, ("A", "W3"): 1, ("B", "W3"): 1}, ["W1", "W2", "W3"])
    {'1': 'W1', '2': 'W2'}
    """
    useful = [each for each in warehouses if any(_has(free, want, each) for want in wants)]
    steps = iter(range(STEPS))
    for count in range(1, min(MAX_PARCELS, len(wants), len(useful)) + 1):
        for chosen in combinations(useful, count):
            if next(steps, None) is None:
                return None
            if (places := _placed(wants, free, chosen, steps)) is not None:
                return places
    return None


def _has(free: Mapping[tuple[str, str], int], want: Want, warehouse: str) -> bool:
    return free.get((want.sku, warehouse), 0) >= want.pieces


def _placed(
    wants: Sequence[Want], free: Mapping[tuple[str, str], int], chosen: Sequence[str], steps: Iterator[int]
) -> Mapping[str, str] | None:
    """Every line in one of these warehouses, or None. SKUs do not compete for room, so each is placed by itself."""
    if not all(any(_has(free, want, each) for each in chosen) for want in wants):
        return None
    found: dict[str, str] = {}
    for sku in dict.fromkeys(want.sku for want in wants):
        lines = [want for want in wants if want.sku == sku]
        room = [free.get((sku, each), 0) for each in chosen]
        places = _packed([want.pieces for want in lines], room, steps)
        if places is None:
            return None
        found |= {want.line_id: chosen[place] for want, place in zip(lines, places, strict=True)}
    return dict(sorted(found.items(), key=lambda item: chosen.index(item[1])))


def _packed(pieces: Sequence[int], room: Sequence[int], steps: Iterator[int]) -> Sequence[int] | None:
    """For each line the first place that leaves the later ones theirs; None when there is none."""
    if sum(pieces) > sum(room):
        return None
    left, begin = list(room), 0
    places: list[int] = []
    dead: set[tuple[int, ...]] = set()
    while len(places) < len(pieces):
        if next(steps, None) is None:
            return None
        want, state = pieces[len(places)], (len(places), *left)
        place = None if state in dead else next((p for p in range(begin, len(left)) if left[p] >= want), None)
        if place is not None:
            left[place] -= want
            places.append(place)
            begin = 0
            continue
        dead.add(state)
        if not places:
            return None
        begin = places.pop() + 1
        left[begin - 1] += pieces[len(places)]
    return places
