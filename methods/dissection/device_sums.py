"""Sums of counts over the pictures that resamples draw, on a GPU: exact, as all are whole numbers below 2^53."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRAWN = 1 << 25  # draws of pictures that are looked at at once, 8 bytes each


class DeviceSums:
    """Adds counts up over the pictures that each resample draws.

    Args:
        drawn: how often each resample draws each picture: pictures x resamples.
        device: any of torch's that computes in float64.

    Example:
        >>> sums = DeviceSums(np.array([[1, 0], [0, 3]], np.uint8), torch.device("cpu"))
        >>> sums(np.array([[5.0, 7.0]]), np.array([0, 1]))
        array([[ 5., 21.]])
    """

    def __init__(self, drawn: NDArray[np.uint8], device: torch.device) -> None:
        self._drawn = torch.from_numpy(drawn).to(device)

    def __call__(self, counts: NDArray[np.float64], pictures: NDArray[np.int64]) -> NDArray[np.float64]:
        """Sums of counts that are rows x pictures: rows x resamples.

        Args:
            counts: whole numbers.
            pictures: numbers of the pictures that they are of.
        """
        device, resamples = self._drawn.device, self._drawn.shape[1]
        step = max(1, _DRAWN // max(1, resamples))
        sums = torch.zeros(len(counts), resamples, dtype=torch.float64, device=device)
        for first in range(0, len(pictures), step):
            some = slice(first, first + step)
            drawn = self._drawn[torch.from_numpy(pictures[some]).to(device)].double()
            sums += torch.from_numpy(np.ascontiguousarray(counts[:, some])).to(device) @ drawn
        return np.asarray(sums.cpu().numpy())
