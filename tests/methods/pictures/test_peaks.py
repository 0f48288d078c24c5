"""The best pictures of every unit against sorting all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.pictures.peaks import Peaks

if TYPE_CHECKING:
    from random import Random

_UNITS, _COUNT = 3, 4


def _sorted(values: list[int]) -> list[tuple[float, int]]:
    """The best of one unit: by value, then by number."""
    order = sorted(range(len(values)), key=lambda index: (-values[index], index))
    return [(values[index], index) for index in order[:_COUNT]]


_COLUMNS = st.lists(st.lists(st.integers(0, 3), min_size=_UNITS, max_size=_UNITS), max_size=20)


@given(_COLUMNS, st.randoms(), st.integers(1, 6))
def test_the_best_stay_whatever_the_order(columns: list[list[int]], random: Random, batch: int) -> None:
    peaks = np.array(columns, np.float32).reshape(-1, _UNITS).T
    indices = list(range(peaks.shape[1]))
    random.shuffle(indices)
    held = Peaks(_UNITS, _COUNT, np.float32)
    names = np.full((_UNITS, _COUNT), "", object)
    for start in range(0, len(indices), batch):
        some = np.array(indices[start : start + batch])
        rows, order = held.add(peaks[:, some], some)
        new = np.broadcast_to(np.array([f"picture {index}" for index in some], object), (len(rows), len(some)))
        names[rows] = np.take_along_axis(np.concatenate([names[rows], new], 1), order, 1)
    for unit in range(_UNITS):
        wanted = _sorted([column[unit] for column in columns])
        numbers, values = held.of(unit)
        assert list(zip(values, numbers, strict=True)) == wanted
        assert names[unit][: len(numbers)].tolist() == [f"picture {index}" for _, index in wanted]


def test_a_picture_that_equals_the_worst_changes_nothing_unless_it_comes_earlier() -> None:
    held = Peaks(1, 2, np.float64)
    held.add(np.array([[0.0, 0.0]]), np.array([3, 4]))
    assert [len(changed) for changed in held.add(np.array([[0.0]]), np.array([5]))] == [0, 0]
    rows, order = held.add(np.array([[0.0]]), np.array([1]))
    assert (rows.tolist(), order.tolist()) == ([0], [[2, 0]])
    assert held.indices.tolist() == [[1, 3]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_best_of_several_scans_are_the_best_of_all(dtype: type) -> None:
    peaks: np.ndarray = np.random.default_rng(0).integers(0, 5, (_UNITS, 12)).astype(dtype)
    whole, joined = Peaks(_UNITS, _COUNT, dtype), Peaks(_UNITS, _COUNT, dtype)
    whole.add(peaks, np.arange(12))
    for some in (slice(9, 12), slice(0, 2), slice(2, 9)):
        part = Peaks(_UNITS, _COUNT, dtype)
        part.add(peaks[:, some], np.arange(12)[some])
        joined.add(part.values, part.indices)
    np.testing.assert_array_equal(joined.indices, whole.indices)
    np.testing.assert_array_equal(joined.values, whole.values)
