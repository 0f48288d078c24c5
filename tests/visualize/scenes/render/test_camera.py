"""Perspective against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation

from tests.visualize.scenes.render.planes import some_planes
from visualize.scenes.render.camera import Box, Frame, View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light
from visualize.scenes.vocabulary import NUMBERS

INK = Ink("car", (200, 0, 0), "metal")
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


@settings(max_examples=60)
@given(some_planes, st.tuples(*[st.floats(-3, 3)] * 2), st.tuples(*[st.floats(0.01, 30)] * 2))
def test_a_rectangle_is_the_polygon_through_its_corners(
    frames: list[Frame], low: tuple[float, float], size: tuple[float, float]
) -> None:
    left, bottom, right, top = *low, low[0] + size[0], low[1] + size[1]
    for frame in frames:
        drawn = []
        for shape in ("rect", "poly"):
            frame.canvas = Canvas(32, Light(), flat=True)
            if shape == "rect":
                frame.rect(left, bottom, right, top, INK)
            else:
                frame.poly(((left, top), (right, top), (right, bottom), (left, bottom)), INK)
            drawn.append(frame.canvas.finish().picture)
        np.testing.assert_array_equal(drawn[0], drawn[1])


@given(metres, st.floats(3, 15), st.floats(-3, 3))
def test_a_prism_over_a_rectangle_covers_what_a_box_covers(x: float, z: float, heading: float) -> None:
    covered = []
    for body in ("box", "prism"):
        view = view_of()
        spot = view.spot(x, z, heading)
        if body == "box":
            spot.box(Box(-0.6, 0.6, 0, 1.2, -0.4, 0.4), INK)
        else:  # clockwise as seen from the front; its foot is not seen from above
            spot.prism([(-0.6, 1.2), (0.6, 1.2), (0.6, 0), (-0.6, 0)], (-0.4, 0.4), INK)
        covered.append(view.canvas.finish().maps["object"] > 0)
    for mask, other in (covered, covered[::-1]):
        assert not (mask & ~binary_dilation(other)).any()  # rims may be rounded to the next pixel


def test_the_nearer_of_two_boxes_hides_the_farther() -> None:
    view = view_of()
    near, far = Box(-0.5, 0.5, 0, 1, -0.5, 0.5), Box(-0.5, 0.5, 0, 1, 1.5, 2.5)
    view.spot(0.5, 4).boxes([(near, INK), (far, Ink("truck", (0, 0, 200)))])
    objects = view.canvas.finish().maps["object"]
    row, column = (int(place / 2) for place in reversed(view.stand(0.5, 3.5).pixel(0, 0.5)))
    assert objects[row, column] == NUMBERS["object"]["car"]


def test_a_shadow_darkens_and_a_shine_brightens() -> None:
    pictures = []
    for change in ("nothing", "shadow", "shine"):
        view = View(Canvas(64, Light()), (0.5, 1.6, -1.0), focal=0.9, centre=(0.45, 0.4))
        wall = view.stand(0.5, 4)
        wall.rect(-5, -5, 5, 5, Ink("wall", (120, 120, 120)))
        if change == "shadow":
            wall.shadow(0, 1.6, 0.6, 0.6)
        if change == "shine":
            wall.shine(0, 1.6, 0.6)
        x, y = (int(place / 2) for place in wall.pixel(0, 1.6))
        pictures.append(int(view.canvas.finish().picture[y, x].sum()))
    assert pictures[1] < pictures[0] < pictures[2]
