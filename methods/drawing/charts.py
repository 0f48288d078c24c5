"""Small line charts in a row, with one legend for all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from methods.drawing.text import legible, letters, shorten, wrap
from methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from methods.drawing.panel import Picture


_FINE = 4  # drawn so many times larger, then scaled down
_SIZE, _GAP = 13, 18
_INK, _QUIET, _RULE = "#14181f", "#6b7685", "#d9dee5"
_COLOURS = ("#0b5cad", "#c2410c", "#0f8a5f", "#8b3fb0", "#b3860b", "#d4357f", "#3a3f47", "#2a9db5")
_RANDOM = "#9aa3ae"  # of the line that others are compared with


@dataclass(frozen=True)
class Chart:
    """Lines over one axis.

    Args:
        title: what is shown, over the chart.
        lines: by name, each at evenly spaced places from left to right; None leaves a gap.
        below: what the horizontal axis is, under it.
        ends: what its left and right end are.
        span: the smallest range that the vertical axis shows.
    """

    title: str
    lines: Mapping[str, Sequence[float | None]]
    below: str
    ends: tuple[str, str]
    span: tuple[float, float] = (0.0, 1.0)

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest value of the vertical axis; what lies three spans away is cut off."""
        values = [value for line in self.lines.values() for value in line if value is not None]
        reach = self.span[1] - self.span[0]
        low = max(min([self.span[0], *values]), self.span[0] - reach)
        high = min(max([self.span[1], *values]), self.span[1] + 3 * reach)
        return low, high


def charts(shown: Sequence[Chart], *, width: int = 920, height: int = 230, compared: str = "random") -> Picture:
    """Draw charts side by side; a name has the same colour in all of them.

    Args:
        shown: at least one.
        width: of the picture, pixels.
        height: of the charts, pixels; the legend comes under them.
        compared: the line that is only there to compare with, dashed and grey.

    Returns:
        H x width x 3, RGB, uint8.

    Raises:
        InputError: there is no chart.
    """
    if not shown:
        raise InputError("a row of charts needs at least one chart")
    names = list(dict.fromkeys(name for chart in shown for name in chart.lines))
    own = iter(range(len(names)))
    colours = {name: _RANDOM if name == compared else _COLOURS[next(own) % len(_COLOURS)] for name in names}
    wide = (width - _GAP * (len(shown) - 1)) // len(shown)
    drawn = [_Plot(chart, colours, (wide, height), compared).drawn() for chart in shown]
    legend = list(_legend(colours, width))
    font = letters(_SIZE)
    sheet = Image.new("RGB", (width, height + 8 + (font.height + 3) * (1 + max(line for line, *_ in legend))), "white")
    for place, plot in enumerate(drawn):
        sheet.paste(plot, (place * (wide + _GAP), 0))
    draw = ImageDraw.Draw(sheet)
    for line, left, name in legend:
        top = height + 6 + line * (font.height + 3)
        draw.rectangle((left, top + font.height // 2 - 1, left + 17, top + font.height // 2 + 1), fill=colours[name])
        font.write(sheet, (left + 23, top), name, colour=_INK)
    return np.asarray(sheet)


def _legend(names: Mapping[str, str], width: int) -> Iterator[tuple[int, int, str]]:
    """Line, left edge and name of each entry."""
    font, line, left = letters(_SIZE), 0, 0
    for name in names:
        need = 23 + font.length(legible(name)) + 20
        if left and left + need > width:
            line, left = line + 1, 0
        yield line, left, name
        left += need


class _Plot:
    """One chart on its way to a picture."""

    def __init__(self, chart: Chart, colours: Mapping[str, str], size: tuple[int, int], compared: str) -> None:
        font = letters(_SIZE)
        self._chart, self._colours, self._size, self._compared = chart, colours, size, compared
        self._low, self._high = chart.limits
        self._ticks = nice_ticks(self._low, self._high)
        self._left = 8 + max(font.length(f"{tick:.4g}") for tick in self._ticks)
        self._title = wrap(chart.title, font, size[0], most=2)
        self._top = 6 + font.height * len(self._title)
        self._right, self._bottom = size[0] - 4, size[1] - 2 * font.height - 8

    def _x(self, place: int, count: int) -> float:
        return self._left + place / max(1, count - 1) * (self._right - self._left)

    def _y(self, value: float) -> float:
        inside = min(max(value, self._low), self._high)
        return self._bottom - (inside - self._low) / (self._high - self._low) * (self._bottom - self._top)

    def drawn(self) -> Image.Image:
        """The chart with its words."""
        large = Image.new("RGB", (self._size[0] * _FINE, self._size[1] * _FINE), "white")
        draw = ImageDraw.Draw(large)
        for tick in self._ticks:
            top = round(self._y(tick) * _FINE)
            colour = _QUIET if tick == 0 else _RULE
            draw.rectangle((self._left * _FINE, top - 2, self._right * _FINE, top + 1), fill=colour)
        for name, values in self._chart.lines.items():
            self._line(draw, values, self._colours[name], dashed=name == self._compared)
        chart = large.reduce(_FINE)
        self._letter(chart)
        return chart

    def _line(self, draw: ImageDraw.ImageDraw, values: Sequence[float | None], colour: str, *, dashed: bool) -> None:
        before: tuple[float, float] | None = None
        for place, value in enumerate(values):
            if value is None:
                before = None
                continue
            point = self._x(place, len(values)) * _FINE, self._y(value) * _FINE
            if before is not None:
                for start, end in _dashes(before, point) if dashed else [(before, point)]:
                    draw.line((*start, *end), fill=colour, width=2 * _FINE)
            if not dashed:
                radius = _FINE * (2.2 if len(values) < 12 else 1)
                draw.ellipse((point[0] - radius, point[1] - radius, point[0] + radius, point[1] + radius), fill=colour)
            before = point

    def _letter(self, chart: Image.Image) -> None:
        font = letters(_SIZE)
        for number, line in enumerate(self._title):
            font.write(chart, (0, number * font.height), line, colour=_INK)
        for tick in self._ticks:
            text = f"{tick:.4g}"
            font.write(
                chart, (self._left - 6 - font.length(text), self._y(tick) - font.height / 2), text, colour=_QUIET
            )
        room = (self._right - self._left) / 2 - 4
        left, right = (shorten(legible(text), font, room) for text in self._chart.ends)
        font.write(chart, (self._left, self._bottom + 4), left, colour=_QUIET)
        font.write(chart, (self._right - font.length(right), self._bottom + 4), right, colour=_QUIET)
        below = shorten(legible(self._chart.below), font, self._right - self._left)
        middle = (self._left + self._right - font.length(below)) / 2
        font.write(chart, (middle, self._bottom + 4 + font.height), below, colour=_QUIET)


def _dashes(
    start: tuple[float, float], end: tuple[float, float], length: float = 5 * _FINE
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The pieces of a dashed line."""
    whole = math.dist(start, end)
    for number in range(math.ceil(whole / (2 * length))):
        low, high = 2 * number * length / whole, min(1.0, (2 * number + 1) * length / whole)
        yield (
            (start[0] + low * (end[0] - start[0]), start[1] + low * (end[1] - start[1])),
            (start[0] + high * (end[0] - start[0]), start[1] + high * (end[1] - start[1])),
        )


def grid(rows: Mapping[str, Mapping[str, str]], *, title: str, width: int = 920) -> Picture:
    """A small table: a title, a line of headings, and a line for each row.

    Args:
        rows: name -> heading -> text; all rows have the same headings.
        title: over the table.
        width: of the picture, pixels.

    Returns:
        H x width x 3, RGB, uint8.
    """
    font = letters(_SIZE)
    headings = list(next(iter(rows.values())))
    first = max(font.length(legible(name)) for name in rows) + 16
    each, tall = (width - first) / len(headings), font.height + 4
    sheet = Image.new("RGB", (width, 10 + tall * (len(rows) + 2)), "white")
    font.write(sheet, (0, 8), title, colour=_INK)
    lines = [
        ("", dict(zip(headings, headings, strict=True)), _QUIET),
        *((name, row, _INK) for name, row in rows.items()),
    ]
    for number, (name, row, colour) in enumerate(lines, 1):
        font.write(sheet, (0, 8 + number * tall), legible(name), colour=_QUIET)
        for place, heading in enumerate(headings):
            text = shorten(legible(row[heading]), font, each - 8)
            left = first + (place + 1) * each - 8 - font.length(text)
            font.write(sheet, (left, 8 + number * tall), text, colour=colour)
    return np.asarray(sheet)


_FINE = 4  # lines are drawn so many times larger, then scaled down
_SIZE = 13  # of the chart's letters, pixels
_INK, _QUIET, _RULE = "#14181f", "#6b7685", "#d9dee5"
_LINE, _FAINT, _MARK = "#0b5cad", "#a9c6e3", "#c2410c"


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
