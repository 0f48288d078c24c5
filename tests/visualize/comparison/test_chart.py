"""The figure of a comparison."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.comparison.tables import two_tables
from visualize.comparison.chart import comparison_block
from visualize.comparison.comparison import Comparison

if TYPE_CHECKING:
    from pathlib import Path


def test_the_figure_says_that_probe_sets_differ(tmp_path: Path) -> None:
    table, other = two_tables(tmp_path).tables
    heights = [
        comparison_block(Comparison((dataclasses.replace(table, data=first), dataclasses.replace(other, data=second))))
        .draw()
        .height
        for first, second in (("street", "street"), ("street", "scenes"))
    ]
    assert heights[0] < heights[1]


def test_the_bars_of_the_figure_are_as_long_as_the_counts(tmp_path: Path) -> None:
    picture = np.asarray(comparison_block(two_tables(tmp_path)).draw())
    blue = (picture == (0x2F, 0x6F, 0xB3)).all(2)
    rows = np.flatnonzero(blue[:, 300:].sum(1) > 0)
    lengths = blue[:, 300:].sum(1)[rows]
    # unique objects 2 and 1, detecting units 3 and 1; on scales of 3 concepts and of 4 detectors in all
    bands = np.split(lengths, np.flatnonzero(np.diff(rows) > 1) + 1)
    assert len(bands) == 4
    first, second, third, fourth = (int(band.max()) for band in bands)
    assert first / second == pytest.approx(2, rel=0.02)
    assert third / fourth == pytest.approx(3, rel=0.02)
    assert first / third == pytest.approx((2 / 3) / (3 / 4), rel=0.02)
