"""Where the pixels of a label map lie between the samples of a unit's map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from visualize.methods.network.receptive_field.sampling import places

if TYPE_CHECKING:
    from visualize.methods.dissection.settings import Alignment
    from visualize.methods.network.receptive_field.field import ReceptiveField

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Axis:
    """One axis of a label map: between which samples each pixel lies, and how near to which.

    Pixel p has the value ``near[p] * sample[cell[p]] + far[p] * sample[cell[p] + 1]``.

    Args:
        cell: for every pixel, the number of the first of its two samples; it never falls.
        near: for every pixel, the weight of that sample, in 0..1.
        far: for every pixel, the weight of the next sample, 1 - near.
        starts: for every cell (pair of neighbouring samples) its first pixel.
        lengths: for every cell how many pixels it has; 0 where samples lie closer than pixels.
    """

    cell: Ints
    near: Floats
    far: Floats
    starts: Ints
    lengths: Ints


@dataclass(frozen=True)
class Resampling:
    """How the samples of a map lie under the pixels of a label map: its two axes.

    Args:
        rows: the vertical axis.
        columns: the horizontal axis.
    """

    rows: Axis
    columns: Axis

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the label map."""
        return len(self.rows.cell), len(self.columns.cell)


def _axis(at: Floats, samples: int) -> Axis:
    """The axis on which pixels have these places among ``samples``; a single sample is taken as two equal ones."""
    cell = np.minimum(np.floor(at).astype(np.int64), max(samples - 2, 0))
    far = at - cell
    cells = np.arange(max(samples - 1, 1))
    starts = np.searchsorted(cell, cells, "left")
    return Axis(cell, 1 - far, far, starts, np.searchsorted(cell, cells, "right") - starts)


def resampling(
    labels: tuple[int, int],
    maps: tuple[int, int],
    inputs: tuple[int, int],
    *,
    alignment: Alignment,
    field: ReceptiveField | None,
) -> Resampling:
    """How a layer's maps lie on label maps, which may have another size than the input: see :func:`places`.

    Args:
        labels: rows and columns of the label maps.
        maps: rows and columns of the layer's maps.
        inputs: rows and columns of the network's input.
        alignment: see :class:`~visualize.methods.dissection.settings.Settings`.
        field: the receptive field of the layer; None, or one that sees the whole input, is aligned by plain resizing.
    """
    along = places(labels, maps, inputs, field if alignment == "receptive-field" else None)
    rows, columns = (_axis(at.numpy(), samples) for at, samples in zip(along, maps, strict=True))
    return Resampling(rows, columns)
