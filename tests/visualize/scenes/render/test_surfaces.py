"""Textures are laid on by shorter ways that give what the longer ways give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.visualize.scenes.render.planes import planes, some_planes
from visualize.scenes.render.surfaces import Textured, inverted, linear, surely_clear, textures, unprojected

if TYPE_CHECKING:
    from visualize.scenes.render.camera import Frame

corner = st.integers(0, 40)
boxes = st.tuples(corner, corner, st.integers(1, 23), st.integers(1, 23)).map(
    lambda drawn: (drawn[0], drawn[1], drawn[0] + drawn[2], drawn[1] + drawn[3])
)


@given(some_planes, boxes)
def test_a_row_or_a_column_stands_for_all_pixels_only_where_float32_says_the_same(
    frames: list[Frame], box: tuple[int, int, int, int]
) -> None:
    x, y = np.arange(box[0], box[2], dtype=np.float32), np.arange(box[1], box[3], dtype=np.float32)[:, None]
    narrow = 0
    for back in inverted([frame.matrix for frame in frames]):
        for row in back:
            values = linear(row.tolist(), box)
            everywhere = row[0] * x + (row[1] * y + row[2])
            np.testing.assert_array_equal(np.broadcast_to(values, everywhere.shape), everywhere)
            narrow += values.shape != (box[3] - box[1], box[2] - box[0])
    assert narrow or min(box[2] - box[0], box[3] - box[1]) == 1


@settings(max_examples=300)
@given(some_planes, boxes, st.floats(0.05, 8))
def test_a_texture_that_is_taken_for_clear_has_full_contrast_at_every_pixel(
    frames: list[Frame], box: tuple[int, int, int, int], period: float
) -> None:
    backs = inverted([frame.matrix for frame in frames])
    with np.errstate(all="ignore"):
        for back, clear in zip(backs, surely_clear(backs, [box] * len(backs), [period] * len(backs)), strict=True):
            scale = unprojected(back, box, period, scaled=True)[2]
            assert scale is not None
            if clear:
                assert (0.25 * scale - 0.6 >= 1).all()


def test_planes_near_the_camera_are_taken_for_clear_and_those_at_the_horizon_are_not() -> None:
    ground, wall, *_ = planes(0, 3, 0.2)
    backs = inverted([ground.matrix, wall.matrix, ground.matrix])
    horizon = int(0.4 * 64)
    expected = [True, True, False]
    assert surely_clear(backs, [(0, 50, 64, 64), (0, 0, 64, 64), (0, horizon - 3, 64, 64)], [2.0] * 3) == expected


def test_stripes_stand_where_the_points_of_the_plane_say() -> None:
    """An upright plane: a pixel shows the point that a pinhole camera would send back to it, in float64."""
    frame, period = planes(0, 3, 0.0)[1], 0.5
    numbers = np.ones((64, 64), np.int32)
    numbers[:, 40:] = 2  # hidden by another shape
    share, seen = textures(numbers, [Textured(1, 1, (0, 0, 64, 64), "striped", period, frame.matrix)], drawn=True)
    columns, rows = np.meshgrid(np.arange(64), np.arange(64))
    points = np.linalg.inv(np.array(frame.matrix).reshape(3, 3)) @ np.stack([columns, rows, np.ones_like(rows)], 1)
    u = (points[:, 0] / points[:, 2]) / period
    clear = np.abs(np.abs(u % 1 - 0.5) - 0.25) < 0.24  # away from the rims of stripes, where rounding may decide
    visible = (numbers == 1) & clear
    np.testing.assert_array_equal(share[visible], (u % 1 < 0.5)[visible])
    assert not share[numbers == 2].any()
    np.testing.assert_array_equal(seen, numbers == 1)


def test_a_texture_is_left_out_where_it_is_not_to_be_drawn_but_still_seen() -> None:
    frame = planes(0, 3, 0.0)[1]
    laid = [Textured(1, 1, (0, 0, 64, 64), "striped", 0.5, frame.matrix)]
    share, seen = textures(np.ones((64, 64), np.int32), laid, drawn=False)
    assert not share.any()
    assert seen.all()
