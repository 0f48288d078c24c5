"""The part of the input that one position of a layer's map can see."""

from __future__ import annotations

import math
from dataclasses import dataclass

Window = tuple[int, int, int, int]
"""(top, left, bottom, right) in pixels, half open."""


@dataclass(frozen=True)
class ReceptiveField:
    """Where the positions of a map look, in pixels of the network's input, (rows, columns).

    Position (i, j) sees the ``size`` pixels around the centre ``offset + (i, j) * stride``, as far as they lie inside
    the input (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning").

    Args:
        size: height and width.
        stride: pixels between the fields of neighbouring positions; 0 where every position sees the whole input.
        offset: the centre of the field of position (0, 0), pixel centres being integers; half of them are possible.

    Example:
        >>> field = ReceptiveField(size=(5, 7), stride=(4, 4), offset=(1, 1))
        >>> field.span(0, 0)
        (-1, -2, 4, 5)
        >>> field.window(0, 0, (20, 30))
        (0, 0, 4, 5)
    """

    size: tuple[int, int]
    stride: tuple[float, float]
    offset: tuple[float, float]

    @property
    def whole(self) -> bool:
        """Whether every position sees the whole input, along one axis at least."""
        return min(self.stride) == 0

    def centre(self, row: int, column: int) -> tuple[float, float]:
        """The centre of the field of position (``row``, ``column``), before it is cut at the borders."""
        return self.offset[0] + row * self.stride[0], self.offset[1] + column * self.stride[1]

    def span(self, row: int, column: int) -> Window:
        """The field of position (``row``, ``column``), which may reach over the input's borders, and below zero."""
        top, left = (
            math.floor(centre - (size - 1) / 2 + 0.5)
            for centre, size in zip(self.centre(row, column), self.size, strict=True)
        )
        return top, left, top + self.size[0], left + self.size[1]

    def window(self, row: int, column: int, shape: tuple[int, int]) -> Window:
        """The field of position (``row``, ``column``), cut at the borders of an input of ``shape`` (height, width)."""
        top, left, bottom, right = self.span(row, column)
        return (
            min(max(top, 0), shape[0] - 1),
            min(max(left, 0), shape[1] - 1),
            max(min(bottom, shape[0]), 1),
            max(min(right, shape[1]), 1),
        )
