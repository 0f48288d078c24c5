"""Units and sums: their written forms, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.errors import UnitError
from visualize.methods.unit import Sum, Unit, parts

_NAMES = st.from_regex(r"[A-Za-z0-9_.#-]+", fullmatch=True)
_PLACES = st.none() | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))
_UNITS = st.builds(Unit, _NAMES, st.integers(0, 10**9), _PLACES)


@given(_UNITS)
def test_what_is_printed_is_read_back(unit: Unit) -> None:
    assert Unit.parse(str(unit)) == unit
    assert Sum.parse(str(unit)) == unit


@given(st.lists(_UNITS, min_size=2, max_size=5))
def test_sums_are_printed_and_read_back(units: list[Unit]) -> None:
    added = units[0] + units[1]
    for unit in units[2:]:
        added = added + Sum((unit,))
    assert parts(added) == tuple(units)
    assert Sum.parse(str(added)) == added


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("conv5:79", Unit("conv5", 79)),
        (" conv5:79@6,7 ", Unit("conv5", 79, (6, 7))),
        ("features.12.expand3x3:0", Unit("features.12.expand3x3", 0)),
        ("relu#1:007", Unit("relu#1", 7)),
    ],
)
def test_the_forms_of_the_manual_are_read(text: str, unit: Unit) -> None:
    assert Unit.parse(text) == unit


def test_a_sum_is_read_with_blanks() -> None:
    assert Sum.parse("conv5:79 + conv4:3@1,2") == Sum((Unit("conv5", 79), Unit("conv4", 3, (1, 2))))


@pytest.mark.parametrize(
    "text", ["", "conv5", "conv5:", ":3", "conv5:-1", "conv5:1.5", "conv5:1@2", "a b:1", "conv5:1@2,"]
)
def test_other_forms_are_refused_with_the_right_one(text: str) -> None:
    with pytest.raises(UnitError, match="write LAYER:UNIT or LAYER:UNIT@ROW,COLUMN"):
        Unit.parse(text)


@pytest.mark.parametrize("wrong", [("conv5", -1, None), ("conv5", 0, (-1, 0)), ("conv5", 0, (0, -2))])
def test_nothing_counts_below_zero(wrong: tuple[str, int, tuple[int, int] | None]) -> None:
    with pytest.raises(UnitError, match="count from 0"):
        Unit(*wrong)
