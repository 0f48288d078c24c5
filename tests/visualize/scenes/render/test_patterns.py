"""Textures against their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.scenes.render.patterns import PATTERNS, half_if_odd, noise


@pytest.mark.parametrize(
    ("texture", "share"),
    [
        ("striped", 0.5),
        ("banded", 0.5),
        ("chequered", 0.5),
        ("tiled", 1 - 0.9**2),
        ("dotted", math.pi * 0.085),
        ("leafy", 0.42),
    ],
)
def test_textures_cover_the_share_that_their_formula_says(texture: str, share: float) -> None:
    steps = (np.arange(800) + 0.5) / 200
    if texture == "leafy":  # every cell of the noise tile once
        steps = (np.arange(256) + 0.5) / 11
    u, v = (grid.astype(np.float32) for grid in np.meshgrid(steps, steps))
    assert PATTERNS[texture](u, v).mean() == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("texture", sorted(PATTERNS))
def test_textures_stay_between_none_and_all_of_the_second_colour(texture: str) -> None:
    v, u = (np.mgrid[0:90, 0:90] / 5 - 9).astype(np.float32)
    share = PATTERNS[texture](u, v)
    assert share.shape == u.shape
    assert share.min() >= 0
    assert share.max() <= 1
    assert share.std() > 0.05


def test_noise_is_evenly_distributed_and_joins_at_its_rims() -> None:
    tile = noise(2.0)
    np.testing.assert_allclose(np.sort(tile, axis=None), np.linspace(0, 1, tile.size), atol=1e-6)
    inside = np.abs(np.diff(tile, axis=0)).mean()
    assert np.abs(tile[0] - tile[-1]).mean() < 1.3 * inside


@given(st.integers(-(2**22), 2**22))
def test_odd_whole_numbers_give_a_half(whole: int) -> None:
    assert half_if_odd(np.array([whole], np.float32)).tolist() == [0.5 * (whole % 2)]
