"""Geometry of a view, measured on ramps that are seen through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.ascent.transforms import Robustness
    from visualize.methods.ascent.views import View

SIZE = (40, 52)


def views(robustness: Robustness, steps: int = 12, seed: int = 0) -> list[View]:
    return robustness.views(steps, SIZE, torch.Generator().manual_seed(seed))


def geometry(view: View) -> NDArray[np.float64]:
    """2 x 3: from (row, column, 1) of the view to (row, column) of the picture, fitted to ramps that it was shown."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    ramps = torch.from_numpy(np.stack([rows, columns, np.ones(SIZE)]))[None]
    seen = view(ramps)[0].numpy()
    whole = np.isclose(seen[2], 1, atol=1e-6)  # nothing of the frame is mixed in
    assert whole.mean() > 0.2
    places = np.stack([rows[whole], columns[whole], np.ones(whole.sum())], 1)
    fitted, *_ = np.linalg.lstsq(places, seen[:2, whole].T, rcond=None)
    result: NDArray[np.float64] = fitted.T
    return result
