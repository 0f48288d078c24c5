from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.dissection.value_counts import FixedBounds, ValueCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS = 5


def _drawn(seed: int, count: int, dtype: type) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Activations as networks have them: rectified, with ties, zeros of either sign, and of any scale."""
    generator = np.random.default_rng(seed)
    units = np.concatenate([np.arange(UNITS).repeat(count), generator.integers(0, UNITS, count)])
    values = generator.normal(size=len(units)) * 10.0 ** generator.integers(-30, 30)
    values[::3] = np.round(values[::3], 1)
    values[::7] = np.maximum(values[::7], 0)
    values[::11] = -0.0
    return units, values.astype(dtype)


def _place(units: NDArray[np.int64], values: NDArray[Any], above: int) -> NDArray[Any]:
    return np.array([np.sort(values[units == unit])[::-1][above] for unit in range(UNITS)])


@given(st.integers(0, 1 << 30), st.integers(1, 60), st.sampled_from([np.float32, np.float64]), st.data())
def test_thresholds_are_those_of_sorting(seed: int, count: int, dtype: type, data: st.DataObject) -> None:
    units, values = _drawn(seed, count, dtype)
    above = data.draw(st.integers(0, count - 1))
    parts = np.array_split(np.arange(len(units)), 3)
    counts = ValueCounts(UNITS, above + 1, dtype)
    bounds: NDArray[Any] = np.full(UNITS, -np.inf, dtype)
    kept = []
    for part in parts:  # of each part only what is above the bounds of before
        good = part[values[part] > bounds[units[part]]]
        kept.append(good)
        counts.add(units[good], values[good])
        assert (counts.bounds >= bounds).all()
        bounds = counts.bounds
    expected = _place(units, values, above)
    assert (bounds < expected).all()
    search = counts.search(above)
    while not search.done:
        for part in kept:
            search.look(units[part], values[part])
        search.settle()
    np.testing.assert_array_equal(search.values, expected)
    assert search.values.dtype == dtype


def test_bounds_do_not_lie_far_below_what_will_matter() -> None:
    values = np.random.default_rng(0).normal(size=100_000).astype(np.float32)
    counts = ValueCounts(1, 500, np.float32)
    counts.add(np.zeros(len(values), np.int64), values)
    threshold = np.sort(values)[-500]
    assert counts.bounds[0] < threshold < counts.bounds[0] * (1 + 1 / 8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_enough_values_there_is_no_bound(dtype: type) -> None:
    counts = ValueCounts(2, 3, dtype)
    counts.add(np.array([0, 0, 1, 1, 1]), np.array([5, -4, -3, 0, 1], dtype))
    assert counts.bounds[0] == -np.inf
    assert np.isfinite(counts.bounds[1])
    assert counts.bounds[1] < -3


def test_fixed_bounds_stay() -> None:
    bounds = FixedBounds(np.array([1.0, 2.0], np.float32))
    bounds.add(np.array([0, 1]), np.array([7, 8], np.float32))
    bounds.settle()
    np.testing.assert_array_equal(bounds.bounds, np.array([1, 2], np.float32))
