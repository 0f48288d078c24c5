"""A chart of scores by depth: lines with intervals, from the first layer to the last."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from visualize.methods.drawing import palette
from visualize.methods.drawing.charts import dashes, nice_ticks
from visualize.methods.drawing.text import letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.drawing.panel import Picture

    Spot = tuple[float | None, float | None, float | None]
    """Score, and the ends of its interval, as far as they are known."""
    Point = tuple[float, float]

_FINE = 3  # drawn so many times larger, then scaled down
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 14, 34  # pixels around the plotted area
_SIZE = 14  # of the letters, pixels
_DASH = 6.0 * _FINE


@dataclass(frozen=True)
class Curve:
    """One line of the chart.

    Args:
        spots: evenly spaced from the left end to the right.
        colour: of the line.
        dashed: a thin dashed line.
        dots: dots alone.
        hollow: a dotted line with hollow dots.
        shift: pixels to the right of the layers' places, so that intervals do not lie over each other.
    """

    spots: Sequence[Spot]
    colour: str
    dashed: bool = False
    dots: bool = False
    hollow: bool = False
    shift: float = 0.0


def depth_chart(
    curves: Sequence[Curve], *, chance: float, width: int, height: int, names: Sequence[str] = ()
) -> Picture:
    """Draw curves over depth.

    Args:
        curves: drawn one over the other.
        chance: a level that is drawn in grey; NaN draws none.
        width: of the picture, pixels.
        height: of the picture, pixels.
        names: of the layers, where all curves have the same; without them the ends say first and last layer.

    Returns:
        height x width x 3, RGB, uint8.
    """
    values = [value for curve in curves for spot in curve.spots for value in spot if value is not None]
    known = [value for value in [*values, chance] if math.isfinite(value)] or [0.0, 1.0]
    low, high = max(0.0, min(known) - 0.04), min(1.0, max(known) + 0.04)
    frame = _Frame(width, height, low, high)
    sheet = Image.new("RGB", (width * _FINE, height * _FINE), palette.PAPER)
    draw = ImageDraw.Draw(sheet)
    for tick in nice_ticks(low, high, most=6):
        draw.line((*frame.at(0, tick), *frame.at(1, tick)), fill=palette.RULE, width=_FINE)
    if math.isfinite(chance):
        draw.line((*frame.at(0, chance), *frame.at(1, chance)), fill=palette.REFERENCE, width=2 * _FINE)
    for curve in curves:
        _draw(draw, curve, frame)
    picture = sheet.resize((width, height), Image.Resampling.LANCZOS)
    _letter(picture, frame, names)
    return np.asarray(picture)


@dataclass(frozen=True)
class _Frame:
    """Places of values, in fine pixels."""

    width: int
    height: int
    low: float
    high: float

    def at(self, share: float, value: float, shift: float = 0.0) -> Point:
        across = _LEFT + shift + share * (self.width - _LEFT - _RIGHT)
        up = (value - self.low) / (self.high - self.low) * (self.height - _TOP - _BOTTOM)
        return across * _FINE, (self.height - _BOTTOM - up) * _FINE


def _draw(draw: ImageDraw.ImageDraw, curve: Curve, frame: _Frame) -> None:
    places = _places(len(curve.spots))
    before: Point | None = None
    for place, (score, low, high) in zip(places, curve.spots, strict=True):
        if score is None or not math.isfinite(score):
            before = None
            continue
        point = frame.at(place, score, curve.shift)
        if low is not None and high is not None:
            ends = (*frame.at(place, low, curve.shift), *frame.at(place, high, curve.shift))
            draw.line(ends, fill=curve.colour, width=_FINE)
        radius = (2 if curve.dots or curve.dashed else 4) * _FINE
        draw.ellipse((point[0] - radius, point[1] - radius, point[0] + radius, point[1] + radius), fill=curve.colour)
        if curve.hollow:
            inner = radius - _FINE
            draw.ellipse((point[0] - inner, point[1] - inner, point[0] + inner, point[1] + inner), fill=palette.PAPER)
        if before is not None and not curve.dots:
            for start, end in dashes(before, point, _DASH) if curve.dashed or curve.hollow else [(before, point)]:
                draw.line((*start, *end), fill=curve.colour, width=(1 if curve.dashed or curve.hollow else 3) * _FINE)
        before = point


def _places(count: int) -> list[float]:
    """Shares of the width at which layers stand."""
    return np.linspace(0.02, 0.98, count).tolist() if count > 1 else [0.5] * count


def _letter(picture: Image.Image, frame: _Frame, names: Sequence[str]) -> None:
    font = letters(_SIZE)
    for tick in nice_ticks(frame.low, frame.high, most=6):
        text = f"{tick:.2g}"
        top = frame.at(0, tick)[1] / _FINE - font.height / 2
        font.write(picture, (_LEFT - 8 - font.length(text), top), text, colour=palette.QUIET)
    under = frame.height - _BOTTOM + 8
    if names:
        _name(picture, frame, names, under)
        return
    font.write(picture, (_LEFT, under), "first layer", colour=palette.QUIET)
    last = "last layer"
    font.write(picture, (frame.width - _RIGHT - font.length(last), under), last, colour=palette.QUIET)


def _name(picture: Image.Image, frame: _Frame, names: Sequence[str], top: int) -> None:
    """Write the layers' names under their places, as far as there is room between them."""
    font = letters(_SIZE)
    free = 0.0
    for place, name in zip(_places(len(names)), names, strict=True):
        wide = font.length(name)
        left = min(frame.at(place, frame.low)[0] / _FINE - wide / 2, frame.width - wide)
        if left >= free:
            font.write(picture, (left, top), name, colour=palette.QUIET)
            free = left + wide + 12
