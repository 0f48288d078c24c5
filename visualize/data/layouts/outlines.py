"""Outlines of things in pixels: their bounds, and filling them as Pillow does, which labelling programs draw with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.label_maps import MOST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.data.files.registration import Size

MOST_POINTS = 100_000
"""Points that one outline may have."""

MOST_OUTLINES = 20_000
"""Outlines that one picture may have."""

FARTHEST = float(1 << 20)
"""Pixels from the picture's corner that a point may lie at: as far as the sides of the largest pictures."""

_LONGEST = 2_000_000  # pixels along one outline; filling takes time and memory in proportion
_LONGEST_TOGETHER = 5_000_000  # pixels along all outlines of one picture, and points of them
_MOST_MAPS = 500  # concepts that one picture may have where each is drawn into a map of its own
_MOST_FILLED = 2_000_000_000  # pixels that all outlines of one picture, and the maps themselves, may fill
_DECODING = 16  # pixels that could be filled while one of a stored mask is decoded


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


def require_few(
    outlines: Sequence[NDArray[np.float64]],
    size: Size,
    *,
    maps: int = 1,
    runs: int = 0,
    stored: Sequence[NDArray[np.float64]] = (),
) -> None:
    """Refuse so many outlines, so long or as large as the picture, that drawing them would take more than seconds.

    Args:
        outlines: all of one picture.
        size: height and width of the picture, pixels.
        maps: label maps that they are drawn into.
        runs: run lengths of masks that are drawn beside them.
        stored: outlines of masks that are stored as pictures, each of which is decoded.

    Raises:
        ValueError: they take too much.
    """
    count = len(outlines) + len(stored)
    if count > MOST_OUTLINES:
        raise ValueError(f"{count:,} outlines in one picture; at most {MOST_OUTLINES:,}: leave out the smallest")
    if maps > _MOST_MAPS:
        raise ValueError(f"{maps:,} concepts in one picture; at most {_MOST_MAPS:,}: leave some out")
    run = sum(length(points) + len(points) for points in (*outlines, *stored)) + runs
    if run > _LONGEST_TOGETHER:
        raise ValueError(
            f"{count:,} outlines are {run:,.0f} pixels long together; at most {_LONGEST_TOGETHER:,}: simplify them"
        )
    filled = sum(_reach(points, size) for points in outlines) + _DECODING * sum(
        _reach(points, size) for points in stored
    )
    filled += maps * size[0] * size[1]
    if filled > _MOST_FILLED:
        raise ValueError(
            f"{count:,} outlines fill {filled:,.0f} pixels; at most {_MOST_FILLED:,}: draw fewer, or make the picture "
            f"smaller"
        )


def _reach(points: NDArray[np.float64], size: Size) -> float:
    """Pixels of the picture within an outline's bounds."""
    if not len(points):
        return 0.0
    across = points.max(0).clip(0, size[::-1]) - points.min(0).clip(0, size[::-1]) + 1
    return float(across[0] * across[1])
