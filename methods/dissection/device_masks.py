"""Masks on a GPU: what :mod:`visualize.methods.dissection.masks` finds, to the last pixel, by operations of torch.

The arithmetic is the same, product by product in float64, so that both agree. What differs is how it is shared out: a
GPU would rather look at a few pixels in vain than be told of many small pieces, so all cells are taken for as large as
the largest one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from visualize.methods.network import accelerator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visualize.methods.dissection.alignment import Axis
    from visualize.methods.dissection.masks import Evaluator
    from visualize.methods.dissection.sparse import Sparse

Ints = NDArray[np.int64]

_PIXELS = 1 << 24  # evaluated at once: of each a few numbers of 8 bytes
_LEAST = 1 << 18  # evaluated at once, where the memory does not hold more


class DeviceMasks:
    """Counts, on a device, the pixels of one layer's masks by picture, unit and label.

    Args:
        evaluator: finds the same masks on the processor.
        device: any of torch's.
    """

    def __init__(self, evaluator: Evaluator, device: torch.device) -> None:
        self._numbering, self._shape, self._device = evaluator.numbering, evaluator.resampling.shape, device
        self._rows = _DeviceAxis(evaluator.resampling.rows, evaluator.numbering.rows, device)
        self._columns = _DeviceAxis(evaluator.resampling.columns, evaluator.numbering.columns, device)
        self._thresholds = torch.from_numpy(evaluator.thresholds.copy()).to(device)
        self._exact = self._thresholds.double()
        self._pixels = _PIXELS

    def counted(
        self, sparse: Sparse, pictures: int, planes: Sequence[NDArray[np.int32]], firsts: Ints, size: int
    ) -> tuple[Ints, Ints]:
        """Count the pixels of all units' masks on some pictures.

        Args:
            sparse: the kept parts of the pictures' maps; the bounds were at or below the thresholds.
            pictures: how many.
            planes: label maps of all pictures end to end.
            firsts: for every map (picture * units + unit) where in a table the count of label 0 stands.
            size: of that table.

        Returns:
            The pixels of every map's mask, and the table of those by label.

        Raises:
            torch.OutOfMemoryError: the device's memory does not hold a few of them, of as many maps.
        """
        while True:
            try:
                return self._counted(sparse, pictures, planes, firsts, size)
            except torch.OutOfMemoryError:
                if self._pixels <= _LEAST:
                    raise
            accelerator.give_back(self._device)
            self._pixels //= 2

    def _counted(
        self, sparse: Sparse, pictures: int, planes: Sequence[NDArray[np.int32]], firsts: Ints, size: int
    ) -> tuple[Ints, Ints]:
        areas = torch.zeros(len(firsts), dtype=torch.int64, device=self._device)
        table = torch.zeros(size, dtype=torch.int64, device=self._device)
        labels = [torch.from_numpy(plane).to(self._device).long() for plane in planes]
        starts = torch.from_numpy(firsts).to(self._device)
        for maps, pixels in self._masks(sparse, pictures):
            one = torch.ones_like(maps)
            areas.index_add_(0, maps, one)
            first = starts[maps]
            for plane in labels:
                table.index_add_(0, first + plane[pixels], one)
        return areas.cpu().numpy(), table.cpu().numpy()

    def _masks(self, sparse: Sparse, pictures: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The map and the place of every pixel in a mask, some at a time."""
        dense, corners = self._corners(sparse, pictures)
        step = max(1, self._pixels // (self._rows.longest * self._columns.longest))
        for some in torch.split(corners, step):
            yield self._evaluated(dense, some)

    def _corners(self, sparse: Sparse, pictures: int) -> tuple[Tensor, Tensor]:
        """All activations, 0 where none was kept; and first corners of the cells that have one above the threshold."""
        numbering, size = self._numbering, pictures * self._numbering.size
        step, line = numbering.units, numbering.units * numbering.columns
        keys = torch.from_numpy(sparse.keys.astype(np.int64)).to(self._device)
        values = torch.from_numpy(sparse.values).to(self._device)
        dense = torch.zeros(size + line + step, dtype=values.dtype, device=self._device)
        dense[keys] = values
        hot = torch.zeros(size + line + step, dtype=torch.bool, device=self._device)
        hot[keys] = values > self._thresholds[keys % step]
        near = hot[:size] | hot[step : size + step] | hot[line : size + line] | hot[line + step :]
        there = self._rows.lengths[:, None] * self._columns.lengths > 0  # the last of a row or column begins no cell
        near.view(pictures, numbering.rows, numbering.columns, step).logical_and_(there[None, :, :, None])
        return dense, near.nonzero().flatten()

    def _evaluated(self, dense: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
        numbering, (height, width) = self._numbering, self._shape
        step, line = numbering.units, numbering.units * numbering.columns
        position = torch.div(corners, step, rounding_mode="floor")
        unit = corners - position * step
        picture = torch.div(position, numbering.rows * numbering.columns, rounding_mode="floor")
        place = position - picture * (numbering.rows * numbering.columns)
        row = torch.div(place, numbering.columns, rounding_mode="floor")
        column = place - row * numbering.columns
        threshold = self._exact[unit]
        values = [dense[corners + away] - threshold for away in (0, step, line, line + step)]
        near, far, tall = self._rows.weights(row)
        close, wide, broad = self._columns.weights(column)
        upper = values[0] * close + values[1] * wide
        lower = -(values[2] * close + values[3] * wide)
        # near * upper + far * (value below) > 0, without the rounding of the sum
        inside = near[:, None] * upper > far[:, None] * lower
        inside &= tall[:, None] & broad
        down, right, owner = inside.nonzero(as_tuple=True)
        rows = picture * height + self._rows.starts[row]
        pixels = (rows[owner] + down) * width + self._columns.starts[column][owner] + right
        return (picture * step + unit)[owner], pixels


class _DeviceAxis:
    """One axis of label maps, on a device; its cells are one for each sample, the last of which is empty."""

    def __init__(self, axis: Axis, samples: int, device: torch.device) -> None:
        empty = np.zeros(samples - len(axis.lengths), np.int64)
        self.starts = torch.from_numpy(np.concatenate([axis.starts, empty])).to(device)
        self.lengths = torch.from_numpy(np.concatenate([axis.lengths, empty])).to(device)
        self.longest = max(1, int(axis.lengths.max(initial=0)))
        self._near, self._far = (torch.from_numpy(weights).to(device) for weights in (axis.near, axis.far))
        self._along = torch.arange(self.longest, device=device)[:, None]

    def weights(self, cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The weights of both samples on the pixels of cells, and which of these pixels there are: longest x cells."""
        pixels = (self.starts[cells] + self._along).clamp(max=len(self._near) - 1)
        return self._near[pixels], self._far[pixels], self._along < self.lengths[cells]
