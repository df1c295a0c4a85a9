"""No cell of an export is a formula, and amounts stay amounts (R48)."""

from __future__ import annotations

import csv
import io

import pytest

from orderhub.contracts.csv_out import csv_text, yuan

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", " =1", "\u3000=1", "\u200b=1",
           "=cmd|' /C calc'!A0"]  # fmt: skip


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_that_a_spreadsheet_would_run_is_only_text(hostile: str) -> None:
    (_, (cell,)) = read(csv_text(["a"], [[hostile]]))
    assert cell == f"'{hostile}"


def test_numbers_stay_numbers_and_quotes_stay_in_their_cell() -> None:
    rows = read(csv_text(["a", "b", "c"], [[-5, yuan(-129_905), '引号" , 逗号\n换行'], [0, yuan(7), None]]))
    assert rows[1:] == [["-5", "-1299.05", '引号" , 逗号\n换行'], ["0", "0.07", ""]]
