from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from visualize.data.layouts.polygon_fill import fill

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _both(seed: int, beyond: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    drawn = np.random.default_rng(seed)
    tall, wide = drawn.integers(3, 60, 2).tolist()
    count = int(drawn.integers(1, 14))
    low, high = -beyond, beyond
    points = np.stack([drawn.integers(low, side + high, count) for side in (wide, tall)], 1)
    mask = np.zeros((tall, wide), bool)
    fill(mask, points)
    return mask, cv2.fillPoly(np.zeros((tall, wide), np.uint8), [points.astype(np.int32)], [1]) > 0


@pytest.mark.parametrize("seed", range(20))
def test_outlines_are_filled_as_opencv_does_to_the_pixel(seed: int) -> None:
    for more in range(40):
        given, expected = _both(100 * seed + more, 0)
        np.testing.assert_array_equal(given, expected)


def test_outlines_beyond_the_picture_differ_at_their_edges_alone() -> None:
    differs, pixels = 0, 0
    for seed in range(200):
        given, expected = _both(seed, 20)
        differs, pixels = differs + int((given != expected).sum()), pixels + given.size
    assert differs < 0.005 * pixels


def test_an_outline_without_points_marks_nothing() -> None:
    mask = np.zeros((4, 4), bool)
    fill(mask, np.zeros((0, 2), np.int64))
    assert not mask.any()
