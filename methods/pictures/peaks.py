"""The pictures that excite each unit most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Values = NDArray[Any]
Numbers = NDArray[np.int64]


class Peaks:
    """The pictures with the largest activations of every unit so far, in falling order; of equals, the earlier first.

    Args:
        units: how many units.
        count: how many pictures are held for each unit.
        dtype: the type of the activations.
    """

    def __init__(self, units: int, count: int, dtype: np.dtype[Any] | type) -> None:
        self.values: Values = np.full((units, count), -np.inf, dtype)
        self.indices: Numbers = np.full((units, count), -1)

    def add(self, peaks: Values, indices: Numbers) -> tuple[Numbers, Numbers]:
        """Take in some pictures, in any order.

        Args:
            peaks: units x pictures, the largest activation of each unit on each picture.
            indices: the places of the pictures in the set, or units x pictures; -1 for none.

        Returns:
            The units whose pictures are others now; and for each, ``count`` places among the pictures that it had
            followed by the new ones: those that it has now.
        """
        count = self.values.shape[1]
        indices = np.broadcast_to(indices, peaks.shape)
        worst, last = self.values[:, -1:], self.indices[:, -1:]
        rows = np.flatnonzero(((peaks > worst) | ((peaks == worst) & (indices < last))).any(1))
        values = np.concatenate([self.values[rows], peaks[rows]], 1)
        numbers = np.concatenate([self.indices[rows], indices[rows]], 1)
        order = np.lexsort((numbers, -values))[:, :count]
        self.values[rows] = np.take_along_axis(values, order, 1)
        self.indices[rows] = np.take_along_axis(numbers, order, 1)
        return rows, order

    def arrays(self) -> dict[str, Values]:
        """The activations and the numbers of the pictures, for a checkpoint."""
        return {"values": self.values, "indices": self.indices}

    def restore(self, arrays: Mapping[str, Values]) -> None:
        """Take up what another of this shape held."""
        self.values, self.indices = arrays["values"].copy(), arrays["indices"].copy()

    def of(self, unit: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """The numbers of one unit's pictures, the best first, and its activations on them."""
        there = self.indices[unit] >= 0
        return tuple(self.indices[unit][there].tolist()), tuple(self.values[unit][there].tolist())
