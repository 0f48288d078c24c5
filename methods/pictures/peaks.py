"""The pictures that excite each unit most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


class Peaks:
    """The pictures with the largest activations of every unit; of equals, the earlier ones.

    Args:
        units: how many.
        count: pictures for each.
        dtype: of the activations.
    """

    def __init__(self, units: int, count: int, dtype: np.dtype[Any] | type) -> None:
        self.values: Values = np.full((units, count), -np.inf, dtype)
        self.indices: NDArray[np.int64] = np.full((units, count), -1)

    def add(self, peaks: Values, indices: NDArray[np.int64]) -> None:
        """Take in some pictures.

        Args:
            peaks: units x pictures.
            indices: of the pictures, or of each unit's pictures; -1 for none.
        """
        count = self.values.shape[1]
        worst = self.values[:, -1:]
        rows = np.flatnonzero((peaks >= worst).any(1))
        if not len(rows):
            return
        values = np.concatenate([self.values[rows], peaks[rows]], 1)
        places = np.concatenate([self.indices[rows], np.broadcast_to(indices, peaks.shape)[rows]], 1)
        order = np.lexsort((places, -values))[:, :count]
        self.values[rows] = np.take_along_axis(values, order, 1)
        self.indices[rows] = np.take_along_axis(places, order, 1)
