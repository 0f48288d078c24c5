"""Exact thresholds, against sorting all values."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from visualize.methods.dissection.thresholds import TopValues, joined

_tied = st.integers(-3, 3).map(float)  # so few values that most are tied
_any = st.floats(-1e6, 1e6, width=32)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_largest_values_are_those_of_sorting_in_any_order_and_any_parts(data: st.DataObject) -> None:
    units, count = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 60))
    values = data.draw(hnp.arrays(np.float32, (units, count), elements=st.one_of(_tied, _any)))
    keep = data.draw(st.integers(1, count))
    wanted = np.sort(values, 1)[:, ::-1]
    parts = []
    for part in np.split(values, sorted(data.draw(st.lists(st.integers(0, count), max_size=3))), axis=1):
        top = TopValues(units, keep, np.float32)
        for column in part.T:
            better = column > top.bounds
            top.add(np.flatnonzero(better), column[better])
            if data.draw(st.booleans()):
                top.settle()
                if top.full:
                    resumed = TopValues.resumed(keep, top.bounds)
                    for unit, held in enumerate(top.state()):
                        good = held > top.bounds[unit]
                        resumed.add(np.full(int(good.sum()), unit), held[good])
                    np.testing.assert_array_equal(np.sort(resumed.state(), 1), np.sort(top.state(), 1))
                    top = resumed
        parts.append(top.state())
    for place in {0, keep // 2, keep - 1}:
        thresholds = joined(parts, place)
        np.testing.assert_array_equal(thresholds, wanted[:, place])
        assert ((values > thresholds[:, None]).sum(1) <= place).all()
