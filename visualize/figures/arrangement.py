"""Which sections stand side by side, in how many columns and how large: the arrangement that reads best."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.section import TALLEST, Plan, Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_CELL = 236  # pixels that a square picture should be wide
_LARGEST = 300
_NARROWEST = 330  # pixels that a section's words need
_MOST_BESIDE = 3
_SMALLNESS = 4000  # what it costs, in pixels of height, to draw pictures e times too small or too large
_ORPHAN = 90  # what an empty place in a grid costs
_HOLLOW = 0.4  # what a pixel of height costs that is empty beside a taller section


def arrange(sections: Sequence[Section], width: int) -> list[list[Plan]]:
    """Rows of sections in their order: the cheapest way to cut the list into rows.

    Args:
        sections: in the order in which they are read.
        width: the width of every row, pixels.
    """

    @functools.cache
    def best(start: int) -> tuple[float, list[list[Plan]]]:
        if start == len(sections):
            return 0.0, []
        ways = []
        for end in range(start + 1, min(len(sections), start + _MOST_BESIDE) + 1):
            cost, plans = _best_row(sections[start:end], width)
            rest_cost, rest = best(end)
            ways.append((cost + rest_cost, [plans, *rest]))
        return min(ways, key=lambda pair: pair[0])

    return best(0)[1]


def _best_row(sections: Sequence[Section], width: int) -> tuple[float, list[Plan]]:
    shapes = itertools.product(*(_shapes(section) for section in sections))
    return min((_row(row, width) for row in shapes), key=lambda pair: pair[0])


@dataclass(frozen=True)
class _Shape:
    """A section with so many columns, its diagrams aside or under them."""

    section: Section
    columns: int
    aside: bool

    @property
    def diagrams(self) -> int:
        return max((panel.picture.shape[1] for panel in self.section.diagrams), default=0)

    @property
    def fixed(self) -> int:
        """Pixels of its width that do not grow with the cells."""
        return max(0, self.columns - 1) * style.GAP + (2 * style.GAP + self.diagrams if self.aside else 0)

    @property
    def growing(self) -> float:
        """Cells of shape 1 that its width holds."""
        return self.columns * self.section.shape

    def needs(self, unit: float) -> tuple[int, int]:
        """The width of a cell and of the section when a cell of shape 1 is ``unit`` wide."""
        cell = _natural(self.section, unit * self.section.shape)
        pictures = self.columns * cell + self.fixed
        return cell, max(pictures, self.diagrams, _NARROWEST)

    @property
    def empty(self) -> int:
        """Places of its grid that hold no picture."""
        return sum(-len(part.pictures) % self.columns for part in self.section.parts) if self.columns else 0

    def height(self, cell: int) -> float:
        """About how tall it will be, pixels."""
        return sum(self._height(part, cell) for part in self.section.parts)

    def _height(self, part: Section, cell: int) -> float:
        panels = part.pictures
        rows = math.ceil(len(panels) / self.columns) if self.columns else 0
        tallest = max((panel.picture.shape[0] / panel.picture.shape[1] for panel in panels), default=0)
        lines = max((panel.caption.count("\n") + 1 for panel in panels), default=0)
        pictures: float = rows * (cell * min(tallest, TALLEST) + 22 + 19 * lines)
        diagrams: int = sum(panel.picture.shape[0] + 36 for panel in part.diagrams)
        return 100 + (max(pictures, diagrams) if self.aside else pictures + diagrams)


def _shapes(section: Section) -> Iterator[_Shape]:
    for columns in section.columns:
        yield _Shape(section, columns, aside=False)
        if columns and section.diagrams:
            yield _Shape(section, columns, aside=True)


def _row(shapes: Sequence[_Shape], width: int) -> tuple[float, list[Plan]]:
    """The cost of a row, in pixels of height, and its sections' plans."""
    free = width - style.GUTTER * (len(shapes) - 1)
    growing = sum(shape.growing for shape in shapes)
    unit = (free - sum(shape.fixed for shape in shapes)) / growing if growing else float(_CELL)
    unit = min(unit, _LARGEST)
    if unit < 40:
        return math.inf, []
    needs = [shape.needs(unit) for shape in shapes]
    slack = free - sum(wide for _, wide in needs)
    heights = [shape.height(cell) for shape, (cell, _) in zip(shapes, needs, strict=True)]
    cost = max(heights) + _HOLLOW * sum(max(heights) - height for height in heights)
    cost += _SMALLNESS * math.log(unit / _CELL) ** 2 + 1000 * max(0, -slack)
    cost += _ORPHAN * sum(shape.empty for shape in shapes)
    share = max(0, slack) // len(shapes)
    plans = [
        Plan(shape.section, shape.columns, cell, shape.aside, min(wide + share, free))
        for shape, (cell, wide) in zip(shapes, needs, strict=True)
    ]
    return cost, plans


def _natural(section: Section, cell: float) -> int:
    """A cell's width, or that of the pictures where they are nearly as wide: unscaled pixels are the sharpest."""
    wide = max((panel.picture.shape[1] for panel in section.pictures), default=0)
    return wide if wide <= cell <= 1.16 * wide else math.floor(cell)
