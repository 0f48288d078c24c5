"""Bringing label maps to the geometry of a prepared picture: one nearest-neighbour look-up, no label is ever mixed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from visualize.data.files.picture_files import middle

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation


Size = tuple[int, int]
_KEPT = 512  # geometries remembered: photographs of one collection come in a few hundred sizes at most

# What EXIF's orientation does to an array, so that a label map follows its picture.
_UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.swapaxes(a[::-1], 0, 1),
    7: lambda a: np.swapaxes(a[::-1, ::-1], 0, 1),
    8: lambda a: np.swapaxes(a, 0, 1)[::-1],
}


def half(preparation: Preparation) -> Size:
    """Rows and columns of label maps of half the input's height and width, as Broden's are (112 for 224, 113 for 227).

    The maps of the layers that are dissected are coarser still, a quarter of the pixels takes a quarter of the time,
    and one resolution for all sets keeps their numbers comparable with published ones.
    """
    return max(1, preparation.size[0] // 2), max(1, preparation.size[1] // 2)


def upright(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    """An array turned as the camera's orientation (EXIF, 1 to 8) turns its picture."""
    turned: NDArray[Any] = _UPRIGHT.get(orientation, _UPRIGHT[1])(values)
    return turned


def register(values: NDArray[Any], picture: Size, preparation: Preparation, shape: Size | None = None) -> NDArray[Any]:
    """A label map as the prepared picture shows it.

    Args:
        values: rows x columns (x channels) that cover the whole picture, at any resolution.
        picture: height and width of the picture they belong to, pixels.
        preparation: how the picture is scaled and cropped.
        shape: rows and columns to return; None is :func:`half` of the input.

    Returns:
        ``shape`` (x channels): each entry is the value at the place in the picture that the entry's centre shows.
        ``values`` itself where that changes nothing.
    """
    picked = _places(values.shape[:2], picture, preparation, half(preparation) if shape is None else shape)
    return values if picked is None else values[picked]


@functools.lru_cache(_KEPT)
def _places(stored: Size, picture: Size, preparation: Preparation, shape: Size) -> tuple[NDArray[np.intp], ...] | None:
    """Indices of rows and columns; None if they are all of them, in order."""
    top, left, tall, wide = middle(*picture, preparation)
    scaled_tall, scaled_wide, crop_top, crop_left = preparation.window(tall, wide)
    rows = _line(shape[0], preparation.size[0], crop_top, (tall / scaled_tall, top), (picture[0], stored[0]))
    columns = _line(shape[1], preparation.size[1], crop_left, (wide / scaled_wide, left), (picture[1], stored[1]))
    if shape == stored and _counts(rows) and _counts(columns):
        return None
    return np.ix_(rows, columns)


def _line(count: int, size: int, crop: int, taken: tuple[float, int], lengths: tuple[int, int]) -> NDArray[np.intp]:
    """Where the centres of ``count`` entries along ``size`` pixels of input lie in the stored map.

    ``taken``: pixels of the picture to one of the scaled one, and the first; ``lengths``: of the picture and the map.
    """
    centres = (np.arange(count) + 0.5) * size / count
    in_picture = (centres + crop) * taken[0] + taken[1]
    # a nudge: a centre that falls on the border between two entries must not be left to rounding
    places = np.floor(in_picture * lengths[1] / lengths[0] + 1e-9).astype(np.intp)
    return np.clip(places, 0, lengths[1] - 1)


def _counts(places: NDArray[np.intp]) -> bool:
    return bool((places == np.arange(len(places))).all())
