"""The part of the input that one position of a layer's map can see."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ReceptiveField:
    """Where the positions of a map look, in pixels of the network's input, (rows, columns).

    Position (i, j) sees the ``size`` pixels around the centre ``offset + (i, j) * stride``, as far as they lie inside
    the input (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning").

    Args:
        size: height and width.
        stride: pixels between the fields of neighbouring positions; 0 where every position sees the whole input.
        offset: the centre of the field of position (0, 0), pixel centres being integers; half of them are possible.
    """

    size: tuple[int, int]
    stride: tuple[float, float]
    offset: tuple[float, float]

    def window(self, row: int, column: int, shape: tuple[int, int]) -> tuple[int, int, int, int]:
        """What position (``row``, ``column``) sees of an input of ``shape`` (height, width).

        Returns:
            (top, left, bottom, right), half open, cut at the input's borders.
        """
        top, bottom = self._span(0, row, shape[0])
        left, right = self._span(1, column, shape[1])
        return top, left, bottom, right

    def centre(self, row: int, column: int) -> tuple[float, float]:
        """The centre of the field of position (``row``, ``column``), before it is cut at the borders."""
        return self.offset[0] + row * self.stride[0], self.offset[1] + column * self.stride[1]

    def _span(self, axis: int, position: int, length: int) -> tuple[int, int]:
        first = math.floor(self.offset[axis] + position * self.stride[axis] - (self.size[axis] - 1) / 2 + 0.5)
        return min(max(first, 0), length - 1), max(min(first + self.size[axis], length), 1)


Window = tuple[int, int, int, int]
