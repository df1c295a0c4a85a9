"""Tables that line up, money, instants: what every printed page of the laptop's hub is made of."""

import doctest

from local import text
from local.text import pad, table, width


def test_the_examples_in_its_docstrings_are_true() -> None:
    assert doctest.testmod(text).failed == 0


def test_columns_line_up_whatever_their_script() -> None:
    rows = [["面单", "1", "x"], ["waybill", "12", "y"], ["", "三", "z"]]
    lines = table(rows, right=(1,))
    starts = {width(line[: line.rindex(last)]) for line, last in zip(lines, "xyz", strict=True)}
    assert len(starts) == 1


def test_a_cell_is_never_shortened() -> None:
    assert pad("面单面单", 3) == "面单面单"


def test_no_rows_make_no_lines() -> None:
    assert table([]) == []
