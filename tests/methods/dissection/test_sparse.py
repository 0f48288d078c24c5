"""Kept parts of maps hold the surroundings of every value that may lie above a threshold."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import torch
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from visualize.methods.dissection.sparse import Numbering, kept, thinned

_tied = st.integers(-3, 3).map(float)  # so few values that most are tied
_any = st.floats(-1e6, 1e6, width=32)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float32, (2, 3, 5, 4), elements=st.one_of(_tied, _any)),
    hnp.arrays(np.float32, 3, elements=_tied),
    hnp.arrays(np.float32, 3, elements=st.sampled_from([0.0, 1.0, 5.0])),
)
def test_what_is_kept_surrounds_what_lies_above(maps: np.ndarray, bounds: np.ndarray, rise: np.ndarray) -> None:
    numbering = Numbering(3, 5, 4)
    sparse, units, values = kept(torch.from_numpy(maps), bounds)
    inner = maps.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(inner.reshape(-1)[sparse.keys], sparse.values)
    hot = inner > bounds
    np.testing.assert_array_equal(np.sort(values), np.sort(inner[hot]))
    np.testing.assert_array_equal(np.bincount(units, minlength=3), hot.sum((0, 1, 2)))
    for given_, cut in ((sparse, bounds), (thinned(sparse, numbering, bounds + rise, 2), bounds + rise)):
        needed = np.zeros(inner.shape, np.bool_)
        for picture, row, column, unit in np.argwhere(inner > cut):
            needed[picture, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2, unit] = True
        assert set(np.flatnonzero(needed)) <= set(given_.keys.tolist())
    assert set(np.flatnonzero(hot)) <= set(sparse.keys.tolist())
