"""Labels follow the picture pixel by pixel, since both are drawn as one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visualize.scenes import NUMBERS
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
RED, BLUE = Ink("car", (200, 0, 0), "metal"), Ink("sea", (0, 0, 200), "water")


def square(canvas: Canvas, low: float, high: float, ink: Ink) -> None:
    canvas.fill([low, low, high, low, high, high, low, high], ink, 1, 0, IDENTITY)


@settings(max_examples=40)
@given(st.integers(2, 30), st.integers(32, 60), st.integers(0, 62), st.integers(1, 40))
def test_labels_follow_the_picture_pixel_by_pixel(low: int, high: int, start: int, long: int) -> None:
    canvas = Canvas(32, Light(), flat=True)
    square(canvas, -5, 80, Ink("wall", (0, 200, 0)))
    square(canvas, low, high, RED)
    square(canvas, start, start + long, BLUE)
    drawing = canvas.finish()
    painted = {"wall": 1, "car": 0, "sea": 2}
    for name, channel in painted.items():
        value = canvas.colours()[channel].max()
        pure = drawing.picture[..., channel] == int(value)
        others = np.delete(drawing.picture, channel, -1)
        pure &= (others == 0).all(-1)
        assert (drawing.maps["object"][pure] == NUMBERS["object"][name]).all()
    mixed = (drawing.picture > 0).sum(-1) > 1
    labelled = drawing.maps["object"]
    for name, channel in painted.items():  # on a rim the label is one of the colours that meet there
        here = mixed & (labelled == NUMBERS["object"][name])
        assert (drawing.picture[..., channel][here] > 0).all()


def test_what_is_hidden_has_no_label() -> None:
    canvas = Canvas(32, Light())
    square(canvas, -5, 80, Ink("wall", (90, 90, 90), "plaster"))
    square(canvas, 10, 30, RED._replace(part="wheel", texture="striped", period=8))
    square(canvas, 5, 40, BLUE)
    maps = canvas.finish().maps
    assert set(np.unique(maps["object"]).tolist()) == {NUMBERS["object"]["wall"], NUMBERS["object"]["sea"]}
    assert not maps["part"].any()
    assert not maps["texture"].any()


@pytest.mark.parametrize(("period", "visible"), [(12.0, True), (1.0, False)])
def test_a_texture_is_labelled_only_where_it_can_be_made_out(period: float, visible: bool) -> None:  # noqa: FBT001 - a case
    canvas = Canvas(32, Light())
    square(canvas, -5, 80, Ink("wall", (90, 90, 90), texture="striped", accent=(200, 200, 200), period=period))
    drawing = canvas.finish()
    assert (drawing.maps["texture"] == (NUMBERS["texture"]["striped"] if visible else 0)).all()
    assert (drawing.picture[10].std() > 20) == visible


def test_an_empty_canvas_is_black_and_has_no_label() -> None:
    drawing = Canvas(16, Light()).finish()
    assert not drawing.picture.any()
    assert not any(labels.any() for labels in drawing.maps.values())
