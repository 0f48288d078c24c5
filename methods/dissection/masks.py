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

from visualize.methods.dissection.sparse import remainders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visualize.methods.dissection.alignment import Axis, Resampling
    from visualize.methods.dissection.sparse import Numbering, Sparse


Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_PIXELS = 1 << 18  # evaluated at once: long enough for another thread to work meanwhile, short enough for a cache


@dataclass(frozen=True)
class Covered:
    """Pixels of some cells that lie in masks.

    Args:
        maps: for every cell, the number of its map: picture * units + unit.
        counts: for every cell, how many of its pixels are in the mask.
        cells: for every pixel, the number of the cell that it lies in.
        pixels: their places (picture * rows * columns + row * columns + column of the label map), one for each of
            ``cells``.
    """

    maps: Ints
    counts: Ints
    cells: Ints
    pixels: Ints


@dataclass(frozen=True)
class _Cells:
    """Some cells of a layer's maps, by their first corners: place in memory and on the map, picture and unit."""

    corners: Ints
    place: Ints
    picture: Ints
    unit: Ints


class _Scratch:
    """Memory that is kept from one call to the next."""

    def __init__(self) -> None:
        self._held: dict[str, NDArray[Any]] = {}

    def __call__(self, name: str, size: int, dtype: np.dtype[Any] | type) -> NDArray[Any]:
        """Room for ``size`` values, whatever lay there before."""
        held = self._held.get(name)
        if held is None or held.size < size or held.dtype != dtype:
            held = self._held[name] = np.empty(size, dtype)
        return held[:size]


class Evaluator:
    """Finds the masks of one layer's units; keeps its memory, so that it serves one caller at a time.

    Args:
        numbering: how the activations of the layer are numbered.
        resampling: how the layer's maps lie on the label maps.
        thresholds: the threshold of every unit.
    """

    def __init__(self, numbering: Numbering, resampling: Resampling, thresholds: NDArray[Any]) -> None:
        self.numbering, self.resampling, self.thresholds = numbering, resampling, thresholds
        self._exact = thresholds.astype(np.float64)
        self._room = _Scratch()
        height = _padded(resampling.rows.lengths, numbering.rows)
        width = _padded(resampling.columns.lengths, numbering.columns)
        self._radix = int(width.max()) + 1
        self._size = np.where(np.outer(height, width) > 0, height[:, None] * self._radix + width, 0).reshape(-1)

    def masks(self, sparse: Sparse, pictures: int) -> Iterator[Covered]:
        """The pixels in the masks of all units on some pictures.

        Args:
            sparse: the kept parts of the pictures' maps; the bounds were at or below the thresholds.
            pictures: how many.
        """
        size = pictures * self.numbering.size
        corners = self._corners(sparse, size)
        dense = self._room("dense", size + self.numbering.units * (self.numbering.columns + 1), self.thresholds.dtype)
        dense[sparse.keys] = sparse.values
        units = self.numbering.units
        position = corners // units
        unit = corners - position * units
        picture = position // (self.numbering.rows * self.numbering.columns)
        place = position - picture * (self.numbering.rows * self.numbering.columns)
        sizes = self._size.take(place)
        for extent in np.flatnonzero(np.bincount(sizes, minlength=1)):
            if extent == 0:  # no pixel lies there
                continue
            chosen = np.flatnonzero(sizes == extent)
            shape = divmod(int(extent), self._radix)
            step = max(1, _PIXELS // (shape[0] * shape[1]))
            for first in range(0, len(chosen), step):
                some = chosen[first : first + step]
                cells = _Cells(corners[some], place[some], picture[some], unit[some])
                yield self._evaluate(dense, cells, shape)

    def _corners(self, sparse: Sparse, size: int) -> Ints:
        """The first corners of all cells with a corner above the threshold, rising."""
        step = self.numbering.units
        line = step * self.numbering.columns
        thresholds = self.thresholds.take(remainders(sparse.keys, step))
        hot = sparse.keys.take(np.flatnonzero(sparse.values > thresholds))
        away = [hot.dtype.type(offset) for offset in (step, line, line + step)]
        corners = np.concatenate(
            [hot, *(hot - offset for offset in away)]
        )  # what would lie before the first wraps around
        corners.sort()
        corners = corners[: np.searchsorted(corners, hot.dtype.type(size))]
        first = np.ones(len(corners), np.bool_)
        np.not_equal(corners[1:], corners[:-1], out=first[1:])
        return corners.take(np.flatnonzero(first)).astype(np.int64)

    def _evaluate(self, dense: NDArray[Any], cells: _Cells, shape: tuple[int, int]) -> Covered:
        """The masks in cells of the same height and width."""
        numbering, count = self.numbering, len(cells.corners)
        step, line = numbering.units, numbering.units * numbering.columns
        threshold = self._exact.take(cells.unit)
        values = [dense[away:].take(cells.corners) - threshold for away in (0, step, line, line + step)]
        row = cells.place // numbering.columns
        column = cells.place - row * numbering.columns
        near, far = _weights(self.resampling.rows, row, shape[0])
        close, wide = _weights(self.resampling.columns, column, shape[1])
        upper = values[0] * close + values[1] * wide
        lower = -(values[2] * close + values[3] * wide)
        bits = max(0, count - 1).bit_length()  # a power of two of cells, for quick divisions
        inside = self._room("inside", shape[0] * shape[1] << bits, np.bool_).reshape(*shape, 1 << bits)
        inside[:, :, count:] = False
        left = self._room("left", shape[0] * shape[1] * count, np.float64).reshape(*shape, count)
        right = self._room("right", shape[0] * shape[1] * count, np.float64).reshape(*shape, count)
        np.multiply(near[:, None], upper, out=left)
        np.multiply(far[:, None], lower, out=right)
        # near * upper + far * (value below) > 0, without the rounding of the sum
        np.greater(left, right, out=inside[:, :, :count])
        flat = inside.reshape(-1, 1 << bits)
        counts = flat[:, :count].view(np.uint8).sum(0, dtype=np.uint8 if len(flat) < 256 else np.int64)
        hits = np.flatnonzero(flat)
        owners = hits & ((1 << bits) - 1)
        height, across = self.resampling.shape
        offsets = (np.arange(shape[0])[:, None] * across + np.arange(shape[1])).reshape(-1)
        top, first = self.resampling.rows.starts.take(row), self.resampling.columns.starts.take(column)
        base = (cells.picture * height + top) * across + first
        pixels = offsets.take(hits >> bits) + base.take(owners)
        return Covered(cells.picture * numbering.units + cells.unit, counts, owners, pixels)


def _padded(lengths: Ints, samples: int) -> Ints:
    """Lengths of cells by their first sample: the last sample begins none."""
    return np.concatenate([lengths, np.zeros(samples - len(lengths), np.int64)])


def _weights(axis: Axis, cells: Ints, length: int) -> tuple[Floats, Floats]:
    """The weights of both samples on the pixels of cells of one length: length x cells."""
    pixels = np.minimum(axis.starts + np.arange(length)[:, None], len(axis.near) - 1)  # of all cells, in vain of some
    return axis.near[pixels].take(cells, 1), axis.far[pixels].take(cells, 1)
