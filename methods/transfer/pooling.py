"""Maps of a layer as one row of numbers for each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from torch.nn import functional

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


def grid_for(units: int, map_size: tuple[int, int], numbers: int) -> tuple[int, int]:
    """The finest grid, of about the map's own shape, that gives at most so many numbers for a picture.

    Args:
        units: of the layer.
        map_size: rows and columns of its map.
        numbers: units x rows x columns of the grid are at most that; 1 is the average over all positions, which is also
            what a layer of more units than that is pooled to.

    Returns:
        rows and columns, at most those of the map.

    Example:
        >>> grid_for(64, (111, 111), 9000), grid_for(512, (13, 13), 9000), grid_for(512, (13, 13), 1)
        ((11, 11), (4, 4), (1, 1))
    """
    tall, wide = map_size
    for rows in range(tall, 1, -1):
        columns = max(1, round(wide * rows / tall))
        if units * rows * columns <= numbers:
            return rows, columns
    return 1, min(wide, max(1, numbers // units)) if tall == 1 else 1


def pooled(maps: Tensor, grid: tuple[int, int]) -> Tensor:
    """Maps averaged over the cells of a grid, each picture's numbers in one row.

    Args:
        maps: N x units x rows x columns.
        grid: rows and columns; cells share positions where the map is no multiple of the grid.

    Returns:
        N x (units x rows x columns of the grid), float32, the unit's cells side by side.

    Example:
        >>> import torch
        >>> pooled(torch.arange(16.0).reshape(1, 1, 4, 4), (2, 2))
        tensor([[ 2.5000,  4.5000, 10.5000, 12.5000]])
    """
    maps = maps.float()
    if tuple(maps.shape[2:]) != grid:
        maps = maps.mean((2, 3), keepdim=True) if grid == (1, 1) else functional.adaptive_avg_pool2d(maps, grid)
    return maps.flatten(1)


@dataclass(frozen=True)
class AveragePool:
    """Averages over square windows, as ``torch.nn.AvgPool2d`` takes them: published protocols name these.

    Args:
        kernel: rows and columns of a window.
        stride: from one window to the next.
        padding: zeros around the map, which count in the averages.

    Example:
        >>> import torch
        >>> pool = AveragePool(10, 10, 4)
        >>> pool.grid((112, 112)), pool(torch.ones(1, 64, 112, 112)).shape
        ((12, 12), torch.Size([1, 9216]))
    """

    kernel: int
    stride: int
    padding: int = 0

    def grid(self, map_size: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of the windows on a map."""
        tall, wide = ((side + 2 * self.padding - self.kernel) // self.stride + 1 for side in map_size)
        return tall, wide

    def __call__(self, maps: Tensor) -> Tensor:
        """Averages, each picture's in one row: N x (units x rows x columns), float32."""
        return functional.avg_pool2d(maps.float(), self.kernel, self.stride, self.padding).flatten(1)


@dataclass(frozen=True)
class Grid:
    """Averages over the cells of a grid; see :func:`pooled`.

    Args:
        size: rows and columns of the grid.

    Example:
        >>> import torch
        >>> Grid((1, 1))(torch.ones(2, 64, 13, 13)).shape
        torch.Size([2, 64])
    """

    size: tuple[int, int]

    def grid(self, map_size: tuple[int, int]) -> tuple[int, int]:  # noqa: ARG002 (as that of AveragePool)
        """Rows and columns, whatever the map's."""
        return self.size

    def __call__(self, maps: Tensor) -> Tensor:
        """Averages, each picture's in one row: N x (units x rows x columns), float32."""
        return pooled(maps, self.size)


def by_length(rows: NDArray[np.floating], *, more: float = 0.0) -> NDArray[np.float64]:
    """Rows divided by their Euclidean length; a row of zeros stays one.

    Args:
        rows: pictures x numbers.
        more: what is added to every length first.

    Example:
        >>> by_length(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    exact = np.asarray(rows, np.float64)
    lengths = np.linalg.norm(exact, axis=1, keepdims=True) + more
    return exact / np.where(lengths == 0, 1.0, lengths)
