"""Shares as people read them: from integer counts, through one place (R41)."""

OF_TEN_THOUSAND = 10_000
NOTHING_COUNTED = "–"


def basis_points(count: int, of: int) -> int:
    """``count`` of ``of`` in parts of ten thousand, a half rounded up. Exact: no float is in it.

    >>> basis_points(122, 10_000), basis_points(1, 3), basis_points(1, 20_000)
    (122, 3333, 1)

    Raises ValueError for a negative count, or when nothing was counted.
    """
    if count < 0 or of <= 0:
        raise ValueError(f"{count} of {of}")
    return (2 * OF_TEN_THOUSAND * count + of) // (2 * of)


def percent(count: int, of: int) -> str:
    """The same as text with two decimals; a dash where nothing was counted.

    >>> percent(122, 10_000), percent(3, 10_000), percent(1, 1), percent(0, 0)
    ('1.22 %', '0.03 %', '100.00 %', '–')

    Raises ValueError for a negative count, and for something of nothing.
    """
    if count == of == 0:
        return NOTHING_COUNTED
    return percent_of_points(basis_points(count, of))


def percent_of_points(points: int) -> str:
    """Parts of ten thousand, as an interval has them, in the same words.

    >>> percent_of_points(9)
    '0.09 %'
    """
    return f"{points // 100}.{points % 100:02d} %"
