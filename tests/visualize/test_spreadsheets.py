"""Names that spreadsheets take for formulas: shown as text, and read back as they were."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.spreadsheets import line, quoted, unquoted

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "a;=1", "a\t=1", "\uff1d1"]
PLAIN = ["", "coffee shop", "red-c", "4x4", "a=b", "a+b", "street-s", "'", "driver's seat", "a;b", "0.3", "a - b"]


@pytest.mark.parametrize("name", FORMULAS)
def test_what_begins_a_cell_as_a_formula_has_an_apostrophe_before_it(name: str) -> None:
    for cell in re.split("[;\t\r\n]", quoted(name)):
        assert not cell.startswith(("=", "+", "-", "@", "\uff1d"))
    assert quoted(name) != name


@pytest.mark.parametrize("name", PLAIN)
def test_other_names_stay_as_they_are(name: str) -> None:
    assert quoted(name) == name == unquoted(name)


@given(st.text(alphabet="=+-@'\t\r\n;,\" ab\N{FULLWIDTH PLUS SIGN}"))
def test_every_name_is_read_back_through_a_file(name: str) -> None:
    (row,) = csv.reader(io.StringIO(line(["1", quoted(name), 0.5]), newline=""))
    assert [row[0], unquoted(row[1]), row[2]] == ["1", name, "0.5"]
