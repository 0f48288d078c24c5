"""Which pixels of a label map a unit's mask covers, worked out only where the map comes near the threshold.

A cell is the square between four neighbouring samples of a map (at the map's border, with all that lies beyond it). A
pixel is in the mask where sum w_i (a_i - T) > 0 over the four samples around it, in float64: the sign of each term is
exact, so that no pixel between samples that do not exceed T is ever in the mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from methods.dissection.sparse import remainders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from methods.dissection.alignment import Axis, Grid
    from methods.dissection.sparse import Layout, Sparse

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_PIXELS = 1 << 16  # evaluated at once: what is computed on the way stays in the processor's cache


@dataclass(frozen=True)
class Covered:
    """Some pixels in masks.

    Args:
        maps: (picture * units + unit) of every cell.
        counts: how many pixels of each cell are in the mask.
        pixels: their places (picture * rows * columns + row * columns + column of the label map), cell by cell.
    """

    maps: Ints
    counts: Ints
    pixels: Ints


@dataclass(frozen=True)
class _Cells:
    """Some cells of a layer's maps, by their first corners: where in memory, where on the map, on which map."""

    corners: Ints
    place: Ints
    picture: Ints
    unit: Ints


class Evaluator:
    """Finds the masks of one layer's units; keeps its memory from one call to the next.

    Args:
        layout: of the layer's maps.
        grid: how they lie on the label maps.
        thresholds: of the units.
    """

    def __init__(self, layout: Layout, grid: Grid, thresholds: NDArray[Any]) -> None:
        self.layout, self.grid, self.thresholds = layout, grid, thresholds
        self._exact = thresholds.astype(np.float64)
        self._dense: NDArray[Any] = np.empty(0, thresholds.dtype)
        height = _padded(grid.rows.lengths, layout.rows)
        width = _padded(grid.columns.lengths, layout.columns)
        self._radix = int(width.max()) + 1
        self._size = np.where(np.outer(height, width) > 0, height[:, None] * self._radix + width, 0).reshape(-1)

    def masks(self, sparse: Sparse, pictures: int) -> Iterator[Covered]:
        """The pixels in the masks of all units on some pictures.

        Args:
            sparse: of the pictures, kept with bounds at or below the thresholds.
            pictures: how many.
        """
        corners = self._corners(sparse, pictures)
        units = self.layout.units
        position = corners // units
        unit = corners - position * units
        picture = position // (self.layout.rows * self.layout.columns)
        place = position - picture * (self.layout.rows * self.layout.columns)
        sizes = self._size[place]
        for size in np.flatnonzero(np.bincount(sizes, minlength=1)):
            if size == 0:  # no pixel lies there
                continue
            own = np.flatnonzero(sizes == size)
            shape = divmod(int(size), self._radix)
            step = max(1, _PIXELS // (shape[0] * shape[1]))
            for first in range(0, len(own), step):
                some = own[first : first + step]
                yield self._evaluate(_Cells(corners[some], place[some], picture[some], unit[some]), shape)

    def _corners(self, sparse: Sparse, pictures: int) -> Ints:
        """The first corners of all cells with a corner above the threshold; spreads the values out in ``_dense``."""
        layout = self.layout
        size, step = pictures * layout.size, layout.units
        line = step * layout.columns
        hot = sparse.values > self.thresholds[remainders(sparse.keys, layout.units)]
        if len(self._dense) < size + line + step:
            self._dense = np.empty(size + line + step, self.thresholds.dtype)
        self._dense[sparse.keys] = sparse.values
        above = np.zeros(size + line + step, np.bool_)
        above[sparse.keys[hot]] = True
        touched = above[:-line] | above[line:]
        return np.flatnonzero(touched[:-step] | touched[step:])

    def _evaluate(self, cells: _Cells, shape: tuple[int, int]) -> Covered:
        """The masks in cells of the same height and width."""
        layout, corners = self.layout, cells.corners
        step, line = layout.units, layout.units * layout.columns
        threshold = self._exact[cells.unit]
        values = [self._dense[corners + away] - threshold for away in (0, step, line, line + step)]
        row = cells.place // layout.columns
        top, near, far = _pixels(self.grid.rows, row, shape[0])
        left, close, wide = _pixels(self.grid.columns, cells.place - row * layout.columns, shape[1])
        upper = values[0] * close + values[1] * wide
        lower = -(values[2] * close + values[3] * wide)
        # near * upper + far * (value below) > 0, without the rounding of the sum
        inside = near[:, None] * upper > far[:, None] * lower
        covered = np.ascontiguousarray(inside.reshape(-1, len(corners)).T)
        counts = covered.view(np.uint8).sum(1, dtype=np.int64)
        found = np.flatnonzero(covered)
        height, across = self.grid.shape
        offsets = (np.arange(shape[0])[:, None] * across + np.arange(shape[1])).reshape(-1)
        base = (cells.picture * height + top) * across + left
        inner = np.arange(len(corners)) * len(offsets)
        pixels = offsets[found - np.repeat(inner, counts)] + np.repeat(base, counts)
        return Covered(cells.picture * layout.units + cells.unit, counts, pixels)


def _padded(lengths: Ints, samples: int) -> Ints:
    """Lengths of cells by their first sample: the last sample begins none."""
    return np.concatenate([lengths, np.zeros(samples - len(lengths), np.int64)])


def _pixels(axis: Axis, cells: Ints, length: int) -> tuple[Ints, Floats, Floats]:
    """First pixel of cells, and the weights of both samples: length x cells."""
    starts = axis.starts[cells]
    pixels = starts + np.arange(length)[:, None]
    return starts, axis.near[pixels], axis.far[pixels]
