"""Colour maps: those that matplotlib has, and even to the eye."""

from __future__ import annotations

from typing import get_args

import matplotlib as mpl
import numpy as np
import pytest
from skimage import color

from visualize.methods.drawing.colour_maps import coloured
from visualize.methods.drawing.palette import ColourMap

_STEPS = np.linspace(0, 1, 256)[None]


@pytest.mark.parametrize("name", ["inferno", "magma", "viridis"])
def test_the_maps_are_those_of_matplotlib(name: ColourMap) -> None:
    theirs = mpl.colormaps[name](_STEPS)[..., :3] * 255
    np.testing.assert_allclose(coloured(_STEPS, name), theirs, atol=2)


@pytest.mark.parametrize("name", get_args(ColourMap))
def test_lightness_grows_from_nothing_to_the_most(name: ColourMap) -> None:
    lightness = color.rgb2lab(coloured(_STEPS, name))[0, :, 0]
    assert (np.diff(lightness) > -0.3).all()  # a byte's rounding
    assert (np.diff(lightness[::8]) > 0).all()
    assert lightness[-1] - lightness[0] > 70


def test_signed_colours_grow_lighter_alike_to_both_sides() -> None:
    values = np.linspace(-1, 1, 49)[None]
    lightness = color.rgb2lab(coloured(values, "signed"))[0, :, 0]
    np.testing.assert_allclose(lightness, 5 + 75 * np.abs(values[0]), atol=1.2)
    red, _, blue = np.moveaxis(coloured(values, "signed").astype(int), -1, 0)
    assert (np.sign(red - blue) == np.sign(values)).all()


def test_values_outside_take_the_colour_of_the_end() -> None:
    assert (coloured(np.array([[-1.0, 2.0]]), "magma") == coloured(np.array([[0.0, 1.0]]), "magma")).all()
