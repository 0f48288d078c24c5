"""Maps laid over photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from visualize.methods.drawing.colour_maps import coloured
from visualize.methods.drawing.overlay import Overlay, blurred

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture


@pytest.fixture(scope="module")
def photograph() -> Picture:
    return np.ascontiguousarray(data.astronaut()[::8, ::8])


_VALUES = np.random.default_rng(0).random((64, 64))


def test_without_opacity_the_photograph_is_left_and_with_all_of_it_the_map_alone(photograph: Picture) -> None:
    np.testing.assert_array_equal(Overlay(opacity=0).over(photograph, _VALUES), photograph)
    np.testing.assert_array_equal(
        Overlay(opacity=1, colours="viridis").over(photograph, _VALUES), coloured(_VALUES, "viridis")
    )


@pytest.mark.parametrize("opacity", [0.3, 0.75, 0.95])
def test_a_map_of_nothing_leaves_the_photograph_visible(photograph: Picture, opacity: float) -> None:
    shown = Overlay(opacity=opacity).over(photograph, np.zeros((64, 64)))
    before, after = (values.astype(float) @ (0.299, 0.587, 0.114) for values in (photograph, shown))
    kept = (1 - opacity) + opacity * 0.65  # of every difference of light
    np.testing.assert_allclose(after, opacity * 45 + kept * before, atol=0.51)


@pytest.mark.parametrize("value", [0.1, 0.4, 0.7, 1.0])
def test_the_more_a_pixel_matters_the_more_of_its_colour_is_seen(photograph: Picture, value: float) -> None:
    ground = Overlay().over(photograph, np.zeros((64, 64))).astype(float)
    colour = coloured(np.full((64, 64), value)).astype(float)
    share = 0.75 * value**0.25
    shown = Overlay().over(photograph, np.full((64, 64), value))
    np.testing.assert_allclose(shown, (1 - share) * ground + share * colour, atol=1.1)


def test_signed_values_of_one_size_cover_the_photograph_alike(photograph: Picture) -> None:
    overlay = Overlay(colours="signed")
    ground = overlay.over(photograph, np.zeros((64, 64))).astype(float)
    for value in (-0.6, 0.6):
        colour = coloured(np.full((64, 64), value), "signed").astype(float)
        shown = overlay.over(photograph, np.full((64, 64), value))
        share = 0.75 * 0.6
        np.testing.assert_allclose(shown, (1 - share) * ground + share * colour, atol=1.1)


@pytest.mark.parametrize("width", [0.0, 0.6, 1.3, 4.0])
def test_a_blur_is_scipy_s(width: float) -> None:
    theirs = gaussian_filter(_VALUES, width, mode="reflect", radius=max(0, int(np.ceil(4 * width))))
    np.testing.assert_allclose(blurred(_VALUES, width), theirs if width else _VALUES, atol=1e-12)


def test_a_map_of_one_pixel_is_not_blurred() -> None:
    assert blurred(np.ones((1, 1)), 3).tolist() == [[1.0]]
