"""Outlines of things in pixels: their bounds, and filling them as Pillow does, which labelling programs draw with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.label_maps import MOST_PIXELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.data.files.registration import Size

MOST_POINTS = 1_000_000
"""Points that one outline may have."""

FARTHEST = float(1 << 20)
"""Pixels from the picture's corner that a point may lie at: as far as the sides of the largest pictures."""

_LONGEST = 2_000_000  # pixels along one outline; filling takes time and memory in proportion
_MOST_FILLED = 2_000_000_000  # pixels that all outlines of one picture may fill


def require_size(size: Size) -> None:
    """Refuse to draw a label map larger than those that are read.

    Raises:
        ValueError: it is.
    """
    if size[0] * size[1] > MOST_PIXELS:
        raise ValueError(f"{size[1]} x {size[0]} pixels are more than the {MOST_PIXELS:,} that are drawn")


def length(points: NDArray[np.float64]) -> float:
    """Length of an outline in steps along rows or columns, pixels.

    Args:
        points: n x 2, x and y; the last is joined to the first.
    """
    return float(np.abs(points - np.roll(points, 1, 0)).max(1).sum()) if len(points) else 0.0


def require_modest(points: NDArray[np.float64]) -> None:
    """Refuse an outline that runs to and fro so much that filling it would take minutes or gigabytes.

    Raises:
        ValueError: it does.
    """
    run = length(points)
    if run > _LONGEST:
        raise ValueError(f"an outline of {len(points):,} points is {run:,.0f} pixels long; at most {_LONGEST:,}")


def require_few(outlines: list[NDArray[np.float64]], size: Size) -> None:
    """Refuse so many outlines, as large as the picture, that drawing them would take minutes.

    Args:
        outlines: all of one picture.
        size: height and width of the picture, pixels.

    Raises:
        ValueError: they fill too much.
    """
    filled = 0.0
    for points in outlines:
        if len(points):
            across = points.max(0).clip(0, size[::-1]) - points.min(0).clip(0, size[::-1]) + 1
            filled += float(across[0] * across[1])
    if filled > _MOST_FILLED:
        raise ValueError(f"{len(outlines):,} outlines fill {filled:,.0f} pixels; at most {_MOST_FILLED:,}")
