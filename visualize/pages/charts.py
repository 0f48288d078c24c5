"""Charts of pages: stacked bars by category, and histograms, as the numbers of plain SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DIGITS = 2


@dataclass(frozen=True)
class Segment:
    """One category's part of a bar.

    Args:
        name: the category's.
        value: how many.
        left: where the part begins, in per cent of the longest bar.
        width: how long it is, likewise.
        colour: ``"#rrggbb"``.
    """

    name: str
    value: int
    left: float
    width: float
    colour: str


@dataclass(frozen=True)
class Bar:
    """A stacked bar.

    Args:
        name: what it is of.
        segments: its parts, from the left.
    """

    name: str
    segments: tuple[Segment, ...]

    @property
    def total(self) -> int:
        """How many in all."""
        return sum(segment.value for segment in self.segments)

    @property
    def words(self) -> str:
        """The numbers, for who does not see the bar."""
        return ", ".join(f"{segment.name} {segment.value}" for segment in self.segments) or "none"


def bars(rows: Sequence[tuple[str, Mapping[str, int]]], colours: Mapping[str, str]) -> tuple[Bar, ...]:
    """Stacked bars that share one scale.

    Args:
        rows: the name of each bar, and its numbers by category.
        colours: of categories, in the order in which they are stacked.

    Example:
        >>> (bar,) = bars([("conv5", {"object": 3, "scene": 1})], {"scene": "#3b9a6d", "object": "#2f6fb3"})
        >>> [(part.name, part.left, part.width) for part in bar.segments]
        [('scene', 0.0, 25.0), ('object', 25.0, 75.0)]
    """
    most = max([1, *(sum(values.values()) for _, values in rows)])
    made = []
    for name, values in rows:
        segments, left = [], 0
        for category, colour in colours.items():
            value = values.get(category, 0)
            if value:
                place, width = (round(100 * part / most, _DIGITS) for part in (left, value))
                segments.append(Segment(category, value, place, width, colour))
            left += value
        made.append(Bar(name, tuple(segments)))
    return tuple(made)


@dataclass(frozen=True)
class Histogram:
    """A histogram with its threshold, drawn in a box of 100 x 100.

    Args:
        path: outline of the columns, whose heights grow with the logarithm of the counts.
        threshold: where the threshold stands; None outside the box.
        first: the smallest value.
        last: the largest value.
        level: the threshold's value; None where there is none.
        share: the part of all values that lie above it.
    """

    path: str
    threshold: float | None
    first: float
    last: float
    level: float | None
    share: float | None


def histogram(counts: Sequence[int], first: float, width: float, level: float | None) -> Histogram | None:
    """Draw a histogram; None where nothing was counted.

    Args:
        counts: values in each bin.
        first: lower edge of the first bin.
        width: of every bin.
        level: the threshold, if there is one.

    Example:
        >>> drawn = histogram([9, 0, 1], 0.0, 1.0, 2.0)
        >>> drawn.path, drawn.last, round(drawn.threshold, 1)
        ('M0 100V0H33.33V100H66.67V69.9H100V100Z', 3.0, 66.7)
    """
    used = [place for place, count in enumerate(counts) if count]
    if not used or not width > 0:
        return None
    start, end = used[0], used[-1] + 1
    shown = counts[start:end]
    tallest = math.log1p(max(shown))
    step = 100 / len(shown)
    corners = []
    for place, count in enumerate(shown):
        height = 100 * math.log1p(count) / tallest
        corners.append(f"V{_short(100 - height)}H{_short((place + 1) * step)}")
    low, high = first + start * width, first + end * width
    inside = level is not None and low <= level <= high
    at = 100 * (level - low) / (high - low) if inside and level is not None else None
    return Histogram(f"M0 100{''.join(corners)}V100Z", at, low, high, level, None)


def _short(value: float) -> str:
    return f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")
