"""Histograms whose bins widen as values come, against numpy's of all values at once."""

from __future__ import annotations

import numpy as np
import pytest

from visualize.reports.activity import BINS, Histograms


@pytest.mark.parametrize("rectified", [True, False])
def test_histograms_are_numpys_of_all_values(*, rectified: bool) -> None:
    generator = np.random.default_rng(0)
    batches = [generator.normal(size=(4, 3, 50)) * scale for scale in (0.01, 3, 40, 0.5)]
    batches = [np.maximum(batch, 0) if rectified else batch for batch in batches]
    held = Histograms(3)
    for batch in batches:
        held.add(batch)
    everything = np.concatenate(batches).transpose(1, 0, 2).reshape(3, -1)
    for unit, values in enumerate(everything):
        drawn = held.of(unit)
        edges = drawn.first + drawn.width * np.arange(len(drawn.counts) + 1)
        assert list(drawn.counts) == np.histogram(values, edges)[0].tolist()
        assert sum(drawn.counts) == values.size
        assert BINS / 2 * drawn.width <= np.abs(values).max() < BINS * drawn.width
        assert (drawn.first == 0) == rectified


def test_a_unit_that_is_always_off_has_all_its_values_in_one_bin() -> None:
    held = Histograms(1)
    held.add(np.zeros((2, 1, 5)))
    assert (held.of(0).counts[0], sum(held.of(0).counts)) == (10, 10)
