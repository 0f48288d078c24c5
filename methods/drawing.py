"""Small drawings that go into panels: a line chart, and a photograph with the place that matters brought out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from methods.errors import InputError
from methods.lettering import legible, letters, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from methods.panel import Picture

Window = tuple[int, int, int, int]

_FINE = 4  # lines are drawn so many times larger, then scaled down
_SIZE = 13  # of the chart's letters, pixels
_INK, _QUIET, _RULE = "#14181f", "#6b7685", "#d9dee5"
_LINE, _FAINT, _MARK = "#0b5cad", "#a9c6e3", "#c2410c"
_SEEN, _FAR = 0.75, 0.5  # the light that is left outside the mask: within the receptive field, and beyond it
_FRAMED = 48  # pixels: the shorter side from which on there is room for lines
_OUTLINE = (255, 214, 10)
_FRAME = (255, 255, 255)
CONCEPT = (0, 190, 255)
"""The colour, RGB, in which labelled concepts are outlined."""


@dataclass(frozen=True)
class Axes:
    """Where a chart's values lie, in its pixels.

    Args:
        left, top, right, bottom: the edges of the plotted area.
        steps: how many steps the lines have.
        low, high: the values at the bottom and at the top edge.
    """

    left: int
    top: int
    right: int
    bottom: int
    steps: int
    low: float
    high: float

    def x(self, step: float) -> float:
        """The column of a step."""
        return self.left + step / max(1, self.steps - 1) * (self.right - self.left)

    def y(self, value: float) -> float:
        """The row of a value."""
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


def curve(
    values: NDArray[np.floating],
    *,
    width: int = 460,
    height: int = 200,
    label: str = "activation",
    marks: Mapping[str, float] | None = None,
) -> Picture:
    """A line chart of values over steps; the line that ends highest stands out.

    Args:
        values: lines x steps; what is not finite leaves a gap.
        width: of the picture, pixels.
        height: likewise.
        label: what is plotted, written above the vertical axis.
        marks: dashed levels to compare with, each by its name.

    Returns:
        height x width x 3, uint8, with its words in it.

    Raises:
        InputError: there is no finite value to draw.
    """
    lines, marks = np.atleast_2d(np.asarray(values, dtype=np.float64)), dict(marks or {})
    axes = fit_axes(lines, marks.values(), width=width, height=height)
    chart = _fine(lines, marks.values(), axes, (width, height))
    _letter(chart, axes, label, marks)
    return np.asarray(chart)


def fit_axes(lines: NDArray[np.floating], marks: Iterable[float], *, width: int, height: int) -> Axes:
    """The axes of a chart that shows every line and mark, with room for the tick labels at the left.

    Raises:
        InputError: there is no finite value to draw.
    """
    shown = np.array([*lines[np.isfinite(lines)], *(mark for mark in marks if math.isfinite(mark))])
    if not np.isfinite(lines).any():
        raise InputError("a curve needs at least one finite value; every value here is infinite or no number")
    low, high = float(min(0.0, shown.min())), float(shown.max())
    if high == low:
        high = low + 1.0
    high += 0.04 * (high - low)
    ticks = [letters(_SIZE).length(_number(tick)) for tick in nice_ticks(low, high)]
    line = letters(_SIZE).height
    return Axes(math.ceil(max(ticks)) + 8, line + 8, width - 10, height - line - 7, lines.shape[1], low, high)


def nice_ticks(low: float, high: float, *, most: int = 4) -> list[float]:
    """Round numbers from ``low`` to ``high``: multiples of 1, 2 or 5 times a power of ten, at most ``most`` + 1."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _number(value: float) -> str:
    return f"{value:.4g}".replace("e+0", "e").replace("e-0", "e-")


def _fine(lines: NDArray[np.floating], marks: Iterable[float], axes: Axes, size: tuple[int, int]) -> Image.Image:
    """Everything but the words, drawn large and scaled down, so that lines are smooth."""
    large = Image.new("RGB", (size[0] * _FINE, size[1] * _FINE), "white")
    draw = ImageDraw.Draw(large)
    for tick in nice_ticks(axes.low, axes.high):
        _level(draw, axes, tick, colour=_RULE, thick=1)
    finals = [row[np.isfinite(row)][-1] if np.isfinite(row).any() else -math.inf for row in lines]
    order = np.argsort(finals, kind="stable")
    for number in order:
        best = number == order[-1]
        _trace(draw, axes, lines[number], colour=_LINE if best else _FAINT, thick=2.2 if best else 1.4)
    for mark in marks:
        if math.isfinite(mark):
            _level(draw, axes, mark, colour=_MARK, thick=1.3, dash=5)
    return large.reduce(_FINE)


def _level(draw: ImageDraw.ImageDraw, axes: Axes, value: float, *, colour: str, thick: float, dash: float = 0) -> None:
    """A horizontal line at a value, whole or dashed."""
    top = round((axes.y(value) - thick / 2) * _FINE)
    bottom = max(top, round((axes.y(value) + thick / 2) * _FINE) - 1)
    spans = (
        [(axes.left + 2 * dash * part, dash) for part in range(math.ceil((axes.right - axes.left) / (2 * dash)))]
        if dash
        else []
    )
    for left, length in spans or [(axes.left, axes.right - axes.left)]:
        right = min(left + length, axes.right)
        draw.rectangle((left * _FINE, top, right * _FINE - 1, bottom), fill=colour)


def _trace(draw: ImageDraw.ImageDraw, axes: Axes, values: NDArray[np.floating], *, colour: str, thick: float) -> None:
    """One line through its finite values; a value with none beside it is a dot."""
    radius = thick * _FINE / 2
    before: tuple[float, float] | None = None
    for step, value in enumerate(values):
        if not math.isfinite(value):
            before = None
            continue
        x, y = axes.x(step) * _FINE, axes.y(float(value)) * _FINE
        if before is not None:
            draw.line((*before, x, y), fill=colour, width=round(2 * radius))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        before = x, y


def _letter(chart: Image.Image, axes: Axes, label: str, marks: Mapping[str, float]) -> None:
    """Write the chart's words: what is plotted, the ticks, and the names of the marks."""
    font = letters(_SIZE)
    font.write(chart, (0, 0), shorten(legible(label), font, axes.right), colour=_QUIET)
    for tick in nice_ticks(axes.low, axes.high):
        text = _number(tick)
        place = (axes.left - 6 - font.length(text), axes.y(tick) - font.height / 2)
        font.write(chart, place, text, colour=_QUIET)
    font.write(chart, (axes.left, axes.bottom + 5), "0", colour=_QUIET)
    steps = f"{axes.steps - 1} steps"
    font.write(chart, (axes.right - font.length(steps), axes.bottom + 5), steps, colour=_QUIET)
    shown = {name: value for name, value in marks.items() if math.isfinite(value)}
    tops = _clear([axes.y(value) for value in shown.values()], axes, font.height)
    for (name, value), top in zip(shown.items(), tops, strict=True):
        text = shorten(legible(f"{name} {_number(value)}"), font, axes.right - axes.left)
        font.write(chart, (axes.right - font.length(text), top), text, colour=_MARK, halo="white")


def _clear(levels: Sequence[float], axes: Axes, line: int) -> list[float]:
    """Where the marks' words begin: under or over each level, as near as they are not on one another."""
    taken: list[float] = []
    for level in levels:
        near = [level + 2 + line * away for away in range(len(levels))]
        near += [level - 2 - line * away for away in range(1, len(levels) + 1)]
        inside = [top for top in near if axes.top - line / 2 <= top <= axes.bottom - line]
        free = [top for top in inside if all(abs(top - other) >= line for other in taken)]
        taken.append(min(free or inside or near, key=lambda top: abs(top + line / 2 - level)))
    return taken


def outlined(picture: Picture, mask: NDArray[np.bool_], colour: tuple[int, int, int] = CONCEPT) -> Picture:
    """A picture with the outline of a region.

    Args:
        picture: H x W x 3, RGB, uint8.
        mask: the region, rows x columns of any size, scaled to the picture's.
        colour: RGB, 0..255.
    """
    size = (picture.shape[1], picture.shape[0])
    whole = mask if mask.shape == picture.shape[:2] else _scaled_to(mask, size)
    padded = np.pad(whole, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    found = picture.copy()
    found[whole & ~inner] = colour
    return found


def _scaled_to(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    grey = Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(grey) > 127


def highlight(
    picture: Picture, mask: NDArray[np.floating] | NDArray[np.bool_], window: Window | None = None
) -> Picture:
    """Bring out where a unit is active: all else is dimmed, and the region is outlined.

    Args:
        picture: H x W x 3, RGB, uint8.
        mask: H x W; True, or at least 0.5, inside the region. Pixels inside stay as they are.
        window: (top, left, bottom, right), half-open, of the receptive field to frame.

    Returns:
        H x W x 3, uint8, a new array.

    Raises:
        InputError: the mask has another size than the picture.
    """
    inside = np.asarray(mask, dtype=np.float64) >= 0.5
    if inside.shape != picture.shape[:2]:
        raise InputError(f"a mask of {inside.shape} does not fit a picture of {picture.shape[:2]}; give it H x W")
    shown = _dimmed(picture, inside, window)
    if min(inside.shape) >= _FRAMED:
        if window is not None:
            edge = _border(inside.shape, window) & ~inside
            shown[edge] = (0.55 * np.array(_FRAME) + 0.45 * shown[edge]).astype(np.uint8)
        shown[_around(inside, max(1, round(min(inside.shape) / 120)))] = _OUTLINE
    return shown


def _dimmed(picture: Picture, inside: NDArray[np.bool_], window: Window | None) -> Picture:
    """Greyer and darker away from the region, over a soft edge; less so in the window, which the unit sees as well."""
    radius = max(picture.shape[:2]) / 60
    soft = Image.fromarray((inside * np.uint8(255)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    near = np.asarray(soft, dtype=np.float64)[..., None] / 255
    light = np.full((*inside.shape, 1), _FAR)
    if window is not None:
        light[window[0] : window[2], window[1] : window[3]] = _SEEN
    grey = picture.mean(axis=2, keepdims=True)
    outside = near * picture + (1 - near) * light * (0.5 * picture + 0.5 * grey)
    return np.where(inside[..., None], picture, np.minimum(outside, picture * 0.95)).astype(np.uint8)


def _around(inside: NDArray[np.bool_], thick: int) -> NDArray[np.bool_]:
    """The pixels just outside a region: those with a neighbour in it, ``thick`` times over."""
    grown = inside
    for _ in range(thick):
        padded = np.pad(grown, 1)
        grown = grown | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return np.asarray(grown & ~inside)


def _border(shape: tuple[int, ...], window: Window) -> NDArray[np.bool_]:
    """The outermost pixels of a window."""
    top, left, bottom, right = window
    border = np.zeros(shape, dtype=bool)
    border[top:bottom, left:right] = True
    border[top + 1 : bottom - 1, left + 1 : right - 1] = False
    return border
