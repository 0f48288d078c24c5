"""Perspective and textures against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.scenes.render.camera import Box, View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light
from visualize.scenes.render.patterns import PATTERNS, noise
from visualize.scenes.vocabulary import NUMBERS

metres = st.floats(-3, 3)


def view_of(size: int = 64, yaw: float = 0.0) -> View:
    return View(Canvas(size, Light(), flat=True), (0.5, 1.6, -1.0), yaw=yaw, focal=0.9, centre=(0.45, 0.4))


@given(metres, st.floats(0, 3), st.floats(1, 20), st.floats(-0.5, 0.5))
def test_points_appear_where_a_pinhole_camera_puts_them(x: float, y: float, z: float, yaw: float) -> None:
    view = view_of(yaw=yaw)
    across = math.cos(yaw) * (x - 0.5) - math.sin(yaw) * (z + 1)
    away = math.sin(yaw) * (x - 0.5) + math.cos(yaw) * (z + 1)
    if away < 0.2:
        return
    expected = (0.45 * 128 + 0.9 * 128 * across / away, 0.4 * 128 - 0.9 * 128 * (y - 1.6) / away)
    assert view.stand(x, z).pixel(0, y) == pytest.approx(expected)
    assert view.ground(y).pixel(x, z) == pytest.approx(expected)
    assert view.spot(x, z, 0.7).flat(y).pixel(0, 0) == pytest.approx(expected)


def test_ground_that_reaches_behind_the_camera_is_cut_off_before_it() -> None:
    view = view_of(size=128)
    view.ground().rect(-500, -500, 500, 500, Ink("grass", (0, 255, 0)))
    grass = view.canvas.finish().maps["object"] == NUMBERS["object"]["grass"]
    rows = np.flatnonzero(grass.all(1))
    assert rows.tolist() == list(range(rows[0], 128))
    assert abs(rows[0] - 0.4 * 128) <= 1  # the horizon
    assert not grass[: rows[0] - 1].any()


def test_a_box_shows_the_sides_that_face_the_camera() -> None:
    box = Box(-0.5, 0.5, 0, 1, -0.5, 0.5)
    seen = {side for side in ("front", "back", "left", "right", "top") if view_of().spot(3, 5).face(box, side)}
    assert seen == {"front", "left", "top"}
    turned = {
        side for side in ("front", "back", "left", "right", "top") if view_of().spot(3, 5, math.pi).face(box, side)
    }
    assert turned == {"back", "right", "top"}


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
