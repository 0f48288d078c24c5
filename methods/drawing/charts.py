"""Small line charts: one by itself, or several in a row with one legend for all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from visualize.methods.drawing import palette
from visualize.methods.drawing.panel import figure
from visualize.methods.drawing.text import legible, letters, shorten, wrap
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture

    Point = tuple[float, float]


_SIZE = 13  # of a chart's letters, pixels
_FINE = 4  # lines are drawn so many times larger, then scaled down
_GAP = 18  # between charts in a row
_DASH = 5.0 * _FINE  # how long a dash is, before that
_LEVEL = 1.3  # pixels: how thick a level is
_FEW, _DOT = 12, 2.2  # a line of fewer points has each of them marked by a dot of this radius, pixels


@dataclass(frozen=True)
class Chart:
    """Lines over one axis.

    Args:
        title: what is shown, over the chart.
        lines: by name, each at evenly spaced places from left to right; None, or what is not finite, leaves a gap.
        below: what the horizontal axis is, under it.
        ends: what its left and right end are.
        span: the smallest range that the vertical axis shows.
        label: what the vertical axis is, over it.
        levels: dashed levels to compare with, each by its name; those that are not finite are left out.
    """

    title: str
    lines: Mapping[str, Sequence[float | None]]
    below: str
    ends: tuple[str, str]
    span: tuple[float, float] = (0.0, 1.0)
    label: str = ""
    levels: Mapping[str, float] = field(default_factory=dict)

    @property
    def shown(self) -> dict[str, float]:
        """The levels that can be drawn."""
        return {name: value for name, value in self.levels.items() if math.isfinite(value)}

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest value of the vertical axis; what lies three spans away is cut off."""
        values = [value for line in self.lines.values() for value in line if value is not None and math.isfinite(value)]
        values += self.shown.values()
        reach = self.span[1] - self.span[0]
        low = max(min([self.span[0], *values]), self.span[0] - reach)
        high = min(max([self.span[1], *values]), self.span[1] + 3 * reach)
        return low, high


@dataclass(frozen=True)
class Axes:
    """Where a chart's values lie, in its pixels.

    Args:
        left, top, right, bottom: the edges of the plotted area.
        low, high: the values at the bottom and at the top edge.
    """

    left: int
    top: int
    right: int
    bottom: int
    low: float
    high: float

    @property
    def ticks(self) -> list[float]:
        """The values that are written beside the vertical axis."""
        return nice_ticks(self.low, self.high)

    def x(self, share: float) -> float:
        """The column of a place, 0 at the left end and 1 at the right."""
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """The row of a value; a value outside of the axis lies at the end of it."""
        inside = min(max(value, self.low), self.high)
        return self.bottom - (inside - self.low) / (self.high - self.low) * (self.bottom - self.top)


def fit_axes(chart: Chart, *, width: int, height: int) -> Axes:
    """The axes of a chart, with room for its words: over it, under it, and for the tick labels at its left."""
    font, (low, high) = letters(_SIZE), chart.limits
    left = 8 + max(font.length(_number(tick)) for tick in nice_ticks(low, high))
    over = len(_titled(chart, width)) + bool(chart.label)
    under = 1 + bool(chart.below)
    return Axes(left, font.height * over + 8, width - 10, height - font.height * under - 7, low, high)


def nice_ticks(low: float, high: float, *, most: int = 4) -> list[float]:
    """Round numbers from ``low`` to ``high``: multiples of 1, 2 or 5 times a power of ten, at most ``most`` + 1."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def charts(
    shown: Sequence[Chart], *, width: int = 920, height: int = 230, compared: str = "random", legend: bool = True
) -> Picture:
    """Draw charts side by side; a name has the same colour in all of them.

    Args:
        shown: at least one.
        width: the width of the picture, pixels.
        height: the height of the charts, pixels; the legend comes under them.
        compared: the line that is only there to compare with, dashed and grey.
        legend: name the lines under the charts.

    Returns:
        H x width x 3, RGB, uint8.

    Raises:
        InputError: there is no chart.
    """
    if not shown:
        raise InputError("a row of charts needs at least one chart")
    names = list(dict.fromkeys(name for chart in shown for name in chart.lines))
    turns = iter(range(len(names)))
    pens = {
        name: _Pen(palette.REFERENCE, dashed=True)
        if name == compared
        else _Pen(palette.LINES[next(turns) % len(palette.LINES)])
        for name in names
    }
    wide = (width - _GAP * (len(shown) - 1)) // len(shown)
    axes = [fit_axes(chart, width=wide, height=height) for chart in shown]
    top, bottom = max(frame.top for frame in axes), min(frame.bottom for frame in axes)
    entries = list(_legend(names, width)) if legend else []
    font = letters(_SIZE)
    tall = height + (8 + (font.height + 3) * (1 + max(line for line, *_ in entries)) if entries else 0)
    sheet = Image.new("RGB", (width, tall), palette.PAPER)
    for place, (chart, frame) in enumerate(zip(shown, axes, strict=True)):
        drawn = _drawn(chart, pens, replace(frame, top=top, bottom=bottom), (wide, height))
        sheet.paste(drawn, (place * (wide + _GAP), 0))
    draw = ImageDraw.Draw(sheet)
    for line, left, name in entries:
        top = height + 6 + line * (font.height + 3)
        middle = top + font.height // 2
        draw.rectangle((left, middle - 1, left + 17, middle + 1), fill=pens[name].colour)
        font.write(sheet, (left + 23, top), name, colour=palette.INK)
    return np.asarray(sheet)


def _legend(names: Sequence[str], width: int) -> Iterator[tuple[int, int, str]]:
    """Line, left edge and name of each entry."""
    font, line, left = letters(_SIZE), 0, 0
    for name in names:
        need = 23 + font.length(legible(name)) + 20
        if left and left + need > width:
            line, left = line + 1, 0
        yield line, left, name
        left += need


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
        width: the width of the picture, pixels.
        height: the height of the picture, pixels.
        label: what is plotted, written above the vertical axis.
        marks: dashed levels to compare with, each by its name.

    Returns:
        height x width x 3, uint8, with its words in it.

    Raises:
        InputError: there is no finite value to draw.
    """
    chart = course(values, label=label, marks=marks)
    pens = {name: _Pen(palette.FAINT, 1.4) for name in chart.lines} | {list(chart.lines)[-1]: _Pen(palette.ACCENT, 2.2)}
    axes = fit_axes(chart, width=width, height=height)
    return np.asarray(_drawn(chart, pens, axes, (width, height)))


def course(
    values: NDArray[np.floating], *, label: str = "activation", marks: Mapping[str, float] | None = None
) -> Chart:
    """The chart that :func:`curve` draws, from zero to a little above all that it shows; the best line comes last.

    Raises:
        InputError: there is no finite value to draw.
    """
    lines = np.atleast_2d(np.asarray(values, dtype=np.float64))
    there = np.isfinite(lines)
    if not there.any():
        raise InputError("a curve needs at least one finite value; every value here is infinite or no number")
    finals = [row[finite][-1] if finite.any() else -math.inf for row, finite in zip(lines, there, strict=True)]
    ordered = {str(number): lines[number].tolist() for number in np.argsort(finals, kind="stable")}
    chart = Chart("", ordered, "", ("0", f"{lines.shape[1] - 1} steps"), label=label, levels=dict(marks or {}))
    every = [*lines[there].tolist(), *chart.shown.values()]
    low, high = min(0.0, *every), max(every)
    if high == low:
        high = low + 1.0
    return replace(chart, span=(low, high + 0.04 * (high - low)))


@dataclass(frozen=True)
class _Pen:
    """Colour and thickness, in pixels, of a line, and whether it is dashed."""

    colour: str
    thick: float = 2.0
    dashed: bool = False


def _drawn(chart: Chart, pens: Mapping[str, _Pen], axes: Axes, size: tuple[int, int]) -> Image.Image:
    """The chart with its words; all but the words is drawn large and scaled down, so that lines are smooth."""
    large = Image.new("RGB", (size[0] * _FINE, size[1] * _FINE), palette.PAPER)
    draw = ImageDraw.Draw(large)
    for tick in axes.ticks:
        _level(draw, axes, tick, _Pen(palette.RULE if tick else palette.QUIET, 1.0))
    for name, values in chart.lines.items():
        _line(draw, axes, values, pens[name])
    for value in chart.shown.values():
        _level(draw, axes, value, _Pen(palette.MARK, _LEVEL, dashed=True))
    picture = large.reduce(_FINE)
    _letter(picture, chart, axes)
    return picture


def _level(draw: ImageDraw.ImageDraw, axes: Axes, value: float, pen: _Pen) -> None:
    """A horizontal line at a value."""
    top = round((axes.y(value) - pen.thick / 2) * _FINE)
    bottom = max(top, round((axes.y(value) + pen.thick / 2) * _FINE) - 1)
    ends = (axes.left * _FINE, 0), (axes.right * _FINE, 0)
    for (left, _), (right, _) in dashes(*ends, _DASH) if pen.dashed else [ends]:
        draw.rectangle((round(left), top, round(right) - 1, bottom), fill=pen.colour)


def _line(draw: ImageDraw.ImageDraw, axes: Axes, values: Sequence[float | None], pen: _Pen) -> None:
    """One line through its values; whole lines have their points marked where they are few."""
    radius = _FINE * (_DOT if len(values) < _FEW else pen.thick / 2)
    before: Point | None = None
    for place, value in enumerate(values):
        if value is None or not math.isfinite(value):
            before = None
            continue
        x, y = axes.x(place / max(1, len(values) - 1)) * _FINE, axes.y(value) * _FINE
        if before is not None:
            for start, end in dashes(before, (x, y), _DASH) if pen.dashed else [(before, (x, y))]:
                draw.line((*start, *end), fill=pen.colour, width=round(pen.thick * _FINE))
        if not pen.dashed:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=pen.colour)
        before = x, y


def dashes(start: Point, end: Point, length: float) -> Iterator[tuple[Point, Point]]:
    """Pieces of a dashed line, from their starts to their ends; the gaps are as long as the dashes.

    Args:
        start: (x, y) of the line, pixels.
        end: likewise.
        length: of a dash, pixels; the last may be shorter.

    Example:
        >>> list(dashes((0, 0), (5, 0), 2))
        [((0.0, 0.0), (2.0, 0.0)), ((4.0, 0.0), (5.0, 0.0))]
    """
    whole = math.dist(start, end)
    for number in range(math.ceil(whole / (2 * length))):
        low, high = 2 * number * length / whole, min(1.0, (2 * number + 1) * length / whole)
        yield (
            (start[0] + low * (end[0] - start[0]), start[1] + low * (end[1] - start[1])),
            (start[0] + high * (end[0] - start[0]), start[1] + high * (end[1] - start[1])),
        )


def _titled(chart: Chart, width: int) -> list[str]:
    return wrap(chart.title, letters(_SIZE), width, most=2) if chart.title else []


def _letter(picture: Image.Image, chart: Chart, axes: Axes) -> None:
    """Write the chart's words: what it shows, the axes, and the names of the levels."""
    font, room = letters(_SIZE), axes.right - axes.left
    titled = _titled(chart, picture.width)
    for number, line in enumerate(titled):
        font.write(picture, (0, number * font.height), line, colour=palette.INK)
    label = shorten(legible(chart.label), font, axes.right)
    font.write(picture, (0, len(titled) * font.height), label, colour=palette.QUIET)
    for tick in axes.ticks:
        text = _number(tick)
        place = (axes.left - 6 - font.length(text), axes.y(tick) - font.height / 2)
        font.write(picture, place, text, colour=palette.QUIET)
    under = axes.bottom + 5
    left, right = (shorten(legible(text), font, room / 2 - 4) for text in chart.ends)
    font.write(picture, (axes.left, under), left, colour=palette.QUIET)
    font.write(picture, (axes.right - font.length(right), under), right, colour=palette.QUIET)
    below = shorten(legible(chart.below), font, room)
    middle = (axes.left + axes.right - font.length(below)) / 2
    font.write(picture, (middle, under + font.height), below, colour=palette.QUIET)
    tops = apart([axes.y(value) for value in chart.shown.values()], axes, font.height)
    for (name, value), top in zip(chart.shown.items(), tops, strict=True):
        text = shorten(legible(f"{name} {figure(value)}"), font, room)
        font.write(picture, (axes.right - font.length(text), top), text, colour=palette.MARK, halo=palette.PAPER)


def _number(value: float) -> str:
    return f"{value:.4g}".replace("e+0", "e").replace("e-0", "e-")


def apart(levels: Sequence[float], axes: Axes, line: int) -> list[float]:
    """Where the words of levels begin: under or over each, as near as they are not on one another.

    Args:
        levels: the rows that they are at.
        axes: the axes of the chart, within which the words stay.
        line: how tall a line of words is.
    """
    taken: list[float] = []
    for level in levels:
        near = [level + 2 + line * away for away in range(len(levels))]
        near += [level - 2 - line * away for away in range(1, len(levels) + 1)]
        inside = [top for top in near if axes.top - line / 2 <= top <= axes.bottom - line]
        free = [top for top in inside if all(abs(top - other) >= line for other in taken)]
        taken.append(min(free or inside or near, key=lambda top: abs(top + line / 2 - level)))
    return taken
