"""Names of colours, against scikit-image's CIELAB and against CSS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from visualize.scenes import NUMBERS
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.palette import CLOTH, DARK, LINEN, SHADES, lab, mixed, named_colours, shaded, some


def test_cielab_is_what_scikit_image_says() -> None:
    colours = np.random.default_rng(0).uniform(0, 255, (500, 3))
    np.testing.assert_allclose(lab(colours), rgb2lab(colours / 255), atol=0.01)


def test_colours_are_named_by_the_nearest_shade_in_cielab() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    middles = rgb2lab(((picture >> 3) * 8 + 3.5) / 255)
    names = [(name, shade) for name, shades in SHADES.items() for shade in shades]
    distances = np.stack([np.linalg.norm(middles - rgb2lab(np.array(shade) / 255), axis=-1) for _, shade in names], -1)
    sorted_two = np.sort(distances, -1)
    clear = sorted_two[..., 1] - sorted_two[..., 0] > 0.01  # a tie may fall either way
    expected = np.array([NUMBERS["color"][name] for name, _ in names])[distances.argmin(-1)]
    np.testing.assert_array_equal(named_colours(picture)[clear], expected[clear])


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((128, 128, 128), "grey"),
        ((255, 0, 0), "red"),
        ((0, 128, 0), "green"),
        ((0, 0, 255), "blue"),
        ((255, 255, 0), "yellow"),
        ((139, 69, 19), "brown"),
        ((255, 165, 0), "orange"),
        ((255, 192, 203), "pink"),
        ((128, 0, 128), "purple"),
    ],
)
def test_the_colours_that_css_calls_by_a_basic_name_get_that_name(colour: tuple[int, int, int], name: str) -> None:
    assert named_colours(np.array([[colour]], np.uint8)).tolist() == [[NUMBERS["color"][name]]]


@given(st.floats(0, 1))
def test_mixing_goes_straight_from_one_colour_to_the_other(share: float) -> None:
    start, end = (10.0, 200.0, 0.0), (250.0, 100.0, 255.0)
    np.testing.assert_allclose(mixed(start, end, share), np.array(start) * (1 - share) + np.array(end) * share)


def test_shading_never_leaves_the_range() -> None:
    assert shaded((100.0, 200.0, 255.0), 0.5) == (50.0, 100.0, 127.5)
    assert shaded((100.0, 200.0, 255.0), 2.0) == (200.0, 255.0, 255.0)


@given(st.integers(0, 1000))
def test_a_varied_colour_stays_near_one_of_those_to_choose_from(seed: int) -> None:
    for colours in (DARK, LINEN, CLOTH):
        colour = np.array(some(Dice(seed), colours, 14))
        assert colour.min() >= 0
        assert colour.max() <= 255
        assert np.abs(np.array(colours) - colour).max(1).min() <= 14 + 7
