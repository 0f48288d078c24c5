"""What is drawn by a shorter way is what the longer way draws."""

from __future__ import annotations

import gc
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from visualize.scenes import KINDS, render
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.camera import Frame, View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light
from visualize.scenes.render.palette import mixed, shaded
from visualize.scenes.render.patterns import _odd
from visualize.scenes.render.shading import _halved, lit
from visualize.scenes.render.surfaces import _clear, _inverted, _line, _unproject

INK = Ink("car", (200, 0, 0), "metal")
corner = st.integers(0, 40)
boxes = st.tuples(corner, corner, st.integers(1, 23), st.integers(1, 23)).map(
    lambda one: (one[0], one[1], one[0] + one[2], one[1] + one[3])
)


def planes(x: float, z: float, yaw: float) -> list[Frame]:
    """A floor, an upright plane to the camera, one askew and a slope, as a level camera sees them."""
    view = View(Canvas(32, Light()), (0.3, 1.6, -1), yaw=yaw, focal=1.1, centre=(0.45, 0.4))
    askew = view.spot(x, z, 0.7)
    return [
        view.ground(),
        view.stand(x, z),
        askew.frame((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, -1)),
        askew.frame((0, 0, 0), (0.6, 0.8, 0), (0, 0, 1), (0, 1, 0)),
    ]


scenes = st.builds(planes, st.floats(-4, 4), st.floats(1, 40), st.floats(-0.6, 0.6))


@settings(deadline=None)
@given(scenes, boxes)
def test_a_row_or_a_column_stands_for_all_pixels_only_where_float32_says_the_same(
    frames: list[Frame], box: tuple[int, int, int, int]
) -> None:
    x, y = np.arange(box[0], box[2], dtype=np.float32), np.arange(box[1], box[3], dtype=np.float32)[:, None]
    narrow = 0
    for back in _inverted([frame.matrix for frame in frames]):
        for row in back:
            found = _line(row.tolist(), box)
            everywhere = row[0] * x + (row[1] * y + row[2])
            np.testing.assert_array_equal(np.broadcast_to(found, everywhere.shape), everywhere)
            narrow += found.shape != (box[3] - box[1], box[2] - box[0])
    assert narrow or min(box[2] - box[0], box[3] - box[1]) == 1


@settings(deadline=None, max_examples=300)
@given(scenes, boxes, st.floats(0.05, 8))
def test_a_texture_that_is_taken_for_clear_has_full_contrast_at_every_pixel(
    frames: list[Frame], box: tuple[int, int, int, int], period: float
) -> None:
    backs = _inverted([frame.matrix for frame in frames])
    with np.errstate(all="ignore"):
        for back, clear in zip(backs, _clear(backs, [box] * len(backs), [period] * len(backs)), strict=True):
            scale = _unproject(back, box, period, scaled=True)[2]
            assert scale is not None
            if clear:
                assert (0.25 * scale - 0.6 >= 1).all()


def test_planes_near_the_camera_are_taken_for_clear_and_those_at_the_horizon_are_not() -> None:
    ground, wall, *_ = planes(0, 3, 0.2)
    backs = _inverted([ground.matrix, wall.matrix, ground.matrix])
    horizon = int(0.4 * 64)
    assert _clear(backs, [(0, 50, 64, 64), (0, 0, 64, 64), (0, horizon - 3, 64, 64)], [2.0] * 3) == [True, True, False]


@given(st.integers(-(2**22), 2**22))
def test_odd_whole_numbers_give_a_half(whole: int) -> None:
    assert _odd(np.array([whole], np.float32)).tolist() == [0.5 * (whole % 2)]


def test_halving_is_what_pillow_calls_reducing() -> None:
    plane = np.random.default_rng(0).uniform(0, 300, (34, 22)).astype(np.float32)
    cut = Image.fromarray(np.minimum(plane, 255).astype(np.uint8))
    found = _halved(plane.copy(), np.empty(plane.shape, np.uint16))
    np.testing.assert_array_equal(found, np.asarray(cut.reduce(2)))


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
    for found, ink, (shade, depth, top, bottom) in zip(table.T[1:], inks, stands, strict=True):
        seen = []
        for colour in (ink.colour, ink.accent or shaded(ink.colour, 0.82)):
            bright = tuple(min(255.0, one * tint * shade) for one, tint in zip(colour, light.tint, strict=True))
            haze = 1 - math.exp(-depth / light.reach)
            seen.append(colour if ink.glows else mixed((bright[0], bright[1], bright[2]), light.haze, haze))
        np.testing.assert_allclose(found[:3], seen[0], rtol=1e-6)
        np.testing.assert_allclose(found[3:6], np.subtract(seen[1], seen[0]), rtol=1e-5, atol=1e-4)
        for end, brightness in zip((top, bottom), ink.fade, strict=True):
            assert found[6] + found[7] * end / side == pytest.approx(brightness, abs=1e-4)


@settings(deadline=None, max_examples=60)
@given(scenes, st.tuples(*[st.floats(-3, 3)] * 2), st.tuples(*[st.floats(0.01, 30)] * 2))
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


def test_dice_are_the_generators_numbers_each_block_from_its_end() -> None:
    dice, generator = Dice(3, 4), np.random.Generator(np.random.PCG64([3, 4]))
    expected = [generator.random(1024)[::-1] for _ in range(3)]
    assert [dice.unit() for _ in range(3 * 1024)] == np.concatenate(expected).tolist()


def test_an_empty_canvas_is_black_and_has_no_label() -> None:
    drawing = Canvas(16, Light()).finish()
    assert not drawing.picture.any()
    assert not any(one.any() for one in drawing.maps.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawn_scene_leaves_nothing_to_the_garbage_collector(kind: str) -> None:
    render(kind, 0)
    gc.collect()
    gc.disable()
    try:
        for seed in range(1, 6):
            render(kind, seed)
        assert gc.collect() == 0
    finally:
        gc.enable()
