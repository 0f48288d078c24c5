"""Maps beside the photographs that they explain."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kit.pictures import arrays
from visualize.methods.drawing.side_by_side import beside, bright, seen, signed
from visualize.methods.network.receptive_field.field import ReceptiveField


def test_the_window_keeps_its_size_at_the_borders() -> None:
    field = ReceptiveField((5, 7), (4, 4), (1, 1))
    assert seen(field, (2, 2), (20, 30)) == (7, 6, 12, 13)  # as the field itself: rows 9 +- 2, columns 9 +- 3
    assert seen(field, (2, 2), (20, 30)) == field.window(2, 2, (20, 30))
    assert seen(field, (0, 0), (20, 30)) == (0, 0, 5, 7)
    assert seen(field, (4, 7), (20, 30)) == (15, 23, 20, 30)
    assert seen(None, (3, 3), (20, 30)) == (0, 0, 20, 30)


def test_maps_in_colour_are_symmetric_around_grey_and_their_strength_is_light() -> None:
    values = np.zeros((4, 5, 3))
    values[0, 0], values[1, 1] = 2.0, (-2.0, 1.0, 0.0)
    shown = signed(values)
    assert shown[0, 0].tolist() == [255, 255, 255]
    assert shown[1, 1].tolist() == [0, 191, 128]
    assert (shown[2:] == 128).all()
    assert (signed(np.zeros((3, 3, 1))) == 128).all()
    light = bright(np.abs(values).max(2))
    assert (light[0, 0], light[1, 1]) == pytest.approx((255, 255))
    assert not light[2:].any()
    assert not bright(np.zeros((3, 3))).any()


def test_small_pictures_are_enlarged_in_squares_and_large_ones_left() -> None:
    small, large = arrays(1, (6, 8))[0], arrays(1, (300, 240))[0]
    pair = beside(small, small)
    assert pair.shape == (38 * 6, 2 * 38 * 8 + 4, 3)
    np.testing.assert_array_equal(pair[::38, : 38 * 8 : 38], small)
    np.testing.assert_array_equal(beside(large, large)[:, 244:], large)
