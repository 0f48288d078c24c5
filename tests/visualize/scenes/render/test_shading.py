"""Colours in the light, against a formula for one shape at a time and against Pillow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light
from visualize.scenes.render.palette import mixed, shaded
from visualize.scenes.render.shading import FOREMOST, SHADOW, Veil, halved, lit, shaded_picture

INK = Ink("car", (200, 0, 0), "metal")


def test_halving_is_what_pillow_calls_reducing() -> None:
    plane = np.random.default_rng(0).uniform(0, 300, (34, 22)).astype(np.float32)
    cut = Image.fromarray(np.minimum(plane, 255).astype(np.uint8))
    picture = halved(plane.copy(), np.empty(plane.shape, np.uint16))
    np.testing.assert_array_equal(picture, np.asarray(cut.reduce(2)))


def test_all_shapes_at_once_are_lit_as_one_by_one() -> None:
    light, side = Light((1.1, 0.9, 0.7), (210.0, 190.0, 250.0), 80.0), 64
    inks = [
        INK,
        INK._replace(accent=(10.0, 250.0, 30.0), fade=(0.5, 1.5)),
        Ink("sun", (250, 240, 10), glows=True),
        Ink("wall", (255, 255, 255)),
    ]
    stands = [(0.9, 0.0, 3.0, 40.0), (1.2, 25.0, 0.0, 64.0), (1.0, 60.0, 5.0, 6.5), (1.3, 300.0, 1.0, 2.0)]
    table = lit(inks, np.array(stands).reshape(-1), light, side)
    assert not table[:, 0].any()
    for column, ink, (shade, depth, top, bottom) in zip(table.T[1:], inks, stands, strict=True):
        seen = []
        for colour in (ink.colour, ink.accent or shaded(ink.colour, 0.82)):
            red, green, blue = (
                min(255.0, channel * tint * shade) for channel, tint in zip(colour, light.tint, strict=True)
            )
            haze = 1 - math.exp(-depth / light.reach)
            seen.append(colour if ink.glows else mixed((red, green, blue), light.haze, haze))
        np.testing.assert_allclose(column[:3], seen[0], rtol=1e-6)
        np.testing.assert_allclose(column[3:6], np.subtract(seen[1], seen[0]), rtol=1e-5, atol=1e-4)
        for end, brightness in zip((top, bottom), ink.fade, strict=True):
            assert column[6] + column[7] * end / side == pytest.approx(brightness, abs=1e-4)


def _picture(veils: list[Veil], *, flat: bool = False) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A grey ground (shape 1) whose right half a grey block (shape 2) covers, with veils over them."""
    side = 64
    numbers = np.ones((side, side), np.int32)
    numbers[:, side // 2 :] = 2
    grey = Ink("wall", (120, 120, 120), fade=(1, 1))
    table = lit([grey, grey], np.array([1.0, 0.0, 0.0, 64.0] * 2), Light(), side)
    return shaded_picture(numbers, table, np.zeros((side, side), np.float32), veils, flat=flat)


def test_a_veil_darkens_what_was_drawn_before_it_and_most_in_its_middle() -> None:
    picture = _picture([Veil(2, (32.0, 32.0), (20.0, 20.0), SHADOW, 0.5)])[..., 0]
    assert (picture[:, 16:] == 120).all()  # shape 2 was drawn after the veil
    assert picture[16, 15] == pytest.approx(120 * (1 - 0.5), abs=4)
    assert picture[16, 15] < picture[16, 10] < picture[16, 5] == 120


def test_a_veil_over_all_brightens_what_was_drawn_later_too() -> None:
    picture = _picture([Veil(FOREMOST, (32.0, 32.0), (20.0, 20.0), (255.0, 255.0, 255.0), 0.5)])
    assert picture[16, 16, 0] == pytest.approx(120 + 0.5 * 135, abs=4)
    assert picture[16, 15, 0] == pytest.approx(picture[16, 16, 0], abs=4)


def test_a_flat_picture_has_no_veil() -> None:
    assert (_picture([Veil(FOREMOST, (32.0, 32.0), (20.0, 20.0), SHADOW, 0.9)], flat=True) == 120).all()
