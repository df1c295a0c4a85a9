"""Exact intervals of shares (R41): rare events are counted, so their rate is shown with what it may really be."""

from collections.abc import Callable
from math import ceil, exp, floor, lgamma, log

STEPS = 60


def exact_interval(hits: int, of: int, alpha: float = 0.05, parts: int = 10_000) -> tuple[int, int]:
    """The Clopper-Pearson interval of ``hits`` in ``of``, in ``parts``, rounded outwards.

    Example: 3 in 10,000 lies between 0 and 9 of ten thousand, or 6 and 88 of a hundred thousand; 0 in 20 between 0
    and 1,685. Of nothing counted nothing is known: all from 0 to 1.
    Raises ValueError when more were hit than counted. Source: Clopper and Pearson, Biometrika 26 (1934).
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of}")
    if of == 0:
        return 0, parts
    low = 0.0 if hits == 0 else _solve(lambda p: 1 - _at_most(hits - 1, of, p) > alpha / 2)
    high = 1.0 if hits == of else _solve(lambda p: _at_most(hits, of, p) < alpha / 2)
    return floor(low * parts), min(parts, ceil(high * parts))


def _solve(is_beyond: Callable[[float], bool]) -> float:
    """The least p at which ``is_beyond(p)``, which is false below it and true above."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if is_beyond(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _at_most(hits: int, of: int, p: float) -> float:
    """The chance of at most this many hits when each has the chance ``p``."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 1.0 if hits >= of else 0.0
    whole = lgamma(of + 1)
    terms = (whole - lgamma(i + 1) - lgamma(of - i + 1) + i * log(p) + (of - i) * log(1 - p) for i in range(hits + 1))
    return min(1.0, sum(map(exp, terms)))
