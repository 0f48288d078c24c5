"""Settings of a dissection: what is refused, and how many activations may lie above a threshold."""

from __future__ import annotations

from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from visualize.methods.dissection.settings import Settings, above
from visualize.methods.errors import InputError


@given(st.decimals("0.0001", "0.9999", places=4), st.integers(0, 10**9))
def test_how_many_lie_above_is_counted_in_decimals(quantile: object, positions: int) -> None:
    assert above(float(str(quantile)), positions) == int(Fraction(str(quantile)) * positions)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"quantile": 0}, "quantile"), ({"quantile": 1}, "quantile"), ({"cut": 1}, "cut"),
     ({"alignment": "nearest"}, "alignment"), ({"rectifier": "never"}, "rectifier"), ({"rotate": 2}, "rotate"),
     ({"minimum_area": -1}, "minimum.area"), ({"count": 0}, "count"), ({"categories": ()}, "no category is named")],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused_by_name(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        Settings(**wrong)  # type: ignore[arg-type]
