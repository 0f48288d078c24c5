"""Where the pixels of a label map lie between the samples of a unit's map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from methods.dissection.settings import Alignment
    from methods.network.receptive_field.field import ReceptiveField

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Axis:
    """One axis of a label map: between which samples each pixel lies, and how near to which.

    Pixel p has the value ``near[p] * sample[cell[p]] + far[p] * sample[cell[p] + 1]``.

    Args:
        cell: for every pixel the first of its two samples; never falling.
        near: the weight of that sample, in 0..1.
        far: the weight of the next one, 1 - near.
        starts: for every cell (pair of neighbouring samples) its first pixel.
        lengths: for every cell how many pixels it has; 0 where samples lie closer than pixels.
    """

    cell: Ints
    near: Floats
    far: Floats
    starts: Ints
    lengths: Ints


@dataclass(frozen=True)
class Grid:
    """Both axes, and the size of the label map."""

    rows: Axis
    columns: Axis

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the label map."""
        return len(self.rows.cell), len(self.columns.cell)


def axis(pixels: int, samples: int, offset: float, stride: float) -> Axis:
    """Pixels along samples centred at ``offset + k * stride``; beyond the outermost centres the nearest one goes on.

    Args:
        pixels: along the label map.
        samples: along the unit's map; a single one is taken as two equal ones.
        offset: the centre of sample 0, in pixels of the label map, whose centres are integers.
        stride: between centres, likewise.
    """
    at = ((np.arange(pixels, dtype=np.float64) - offset) / stride).clip(0, samples - 1)
    cell = np.minimum(np.floor(at).astype(np.int64), max(samples - 2, 0))
    far = at - cell
    cells = np.arange(max(samples - 1, 1))
    starts = np.searchsorted(cell, cells, "left")
    return Axis(cell, 1 - far, far, starts, np.searchsorted(cell, cells, "right") - starts)


def grid(
    labels: tuple[int, int],
    maps: tuple[int, int],
    inputs: tuple[int, int],
    *,
    alignment: Alignment,
    field: ReceptiveField | None,
) -> Grid:
    """How a layer's maps lie on label maps.

    A label map of another size than the input covers the same picture: pixel r of it has its centre at input
    coordinate ``(r + 0.5) * input / labels - 0.5``.

    Args:
        labels: rows and columns of the label maps.
        maps: of the layer's maps.
        inputs: of the network's input.
        alignment: see :class:`~methods.dissection.settings.Settings`.
        field: of the layer; None, or one that sees the whole input, is aligned by plain resizing.
    """
    anchored = field if alignment == "receptive-field" and field is not None and min(field.stride) > 0 else None
    axes = []
    for side in (0, 1):
        scale = labels[side] / inputs[side]
        stride = anchored.stride[side] * scale if anchored else labels[side] / maps[side]
        offset = (anchored.offset[side] + 0.5) * scale - 0.5 if anchored else 0.5 * stride - 0.5
        axes.append(axis(labels[side], maps[side], offset, stride))
    return Grid(*axes)
