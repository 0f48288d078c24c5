"""Views stay within the bounds that are asked for, and are the seed's alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.kit.pictures import pictures
from tests.methods.ascent.geometry import SIZE, geometry, views
from visualize.methods.ascent.transforms import Robustness
from visualize.methods.errors import InputError


def test_shift_scale_and_turn_stay_within_what_was_asked() -> None:
    robustness = Robustness(pad=0, jitter=7, scale=(0.9, 1.2), rotate=10)
    shifts, zooms, turns = [], [], []
    for view in views(robustness, steps=200):
        matrix = geometry(view)
        zoom = 1 / math.hypot(matrix[0, 1], matrix[1, 1])
        there = np.linalg.inv(matrix[:, :2])
        centre = (np.array(SIZE) - 1) / 2
        shifts.append(there @ (centre - matrix[:, 2]) - centre)
        zooms.append(zoom)
        turns.append(math.degrees(math.atan2(matrix[0, 1], matrix[1, 1])))
    assert np.abs(shifts).max() <= 7 + 1e-3
    assert np.abs(np.round(shifts) - shifts).max() < 1e-3
    assert {round(abs(value)) for pair in shifts for value in pair} >= set(range(8))
    assert 0.9 - 1e-3 <= min(zooms) < 0.92
    assert 1.18 < max(zooms) <= 1.2 + 1e-3
    assert 9 < max(map(abs, turns)) <= 10 + 1e-3
    assert min(turns) < 0 < max(turns)


def test_no_robustness_leaves_every_picture_exactly_as_it_is() -> None:
    shown = pictures(2, SIZE)
    for view in views(Robustness(0, 0, (1.0, 1.0), 0.0)):
        assert torch.equal(view(shown), shown)


def test_views_are_the_seeds_and_the_same_for_every_picture() -> None:
    shown = pictures(1, SIZE).expand(3, -1, -1, -1)
    for view, same in zip(views(Robustness()), views(Robustness()), strict=True):
        assert torch.equal(view(shown), same(shown))
        assert torch.equal(view(shown)[0], view(shown)[2])
    different = [
        torch.equal(a(shown), b(shown)) for a, b in zip(views(Robustness()), views(Robustness(), seed=1), strict=True)
    ]
    assert not any(different)


@pytest.mark.parametrize(
    "wrong", [{"pad": -1}, {"jitter": -1}, {"rotate": -0.1}, {"scale": (0.0, 1.0)}, {"scale": (1.1, 1.0)}]
)
def test_impossible_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="impossible"):
        Robustness(**wrong)  # type: ignore[arg-type]
