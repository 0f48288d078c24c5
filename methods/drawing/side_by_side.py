"""Drawings of explanations: a part of a photograph beside the map of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.methods.drawing.panel import to_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.receptive_field.field import ReceptiveField, Window


_WHITEST = 0.998  # the share of a map's values that are told apart; a single pixel must not make all others dark
_SQUARES = 32  # pixels: up to this side, pictures are enlarged in squares, for what is seen is pixels
_SIDE = 224  # pixels that each half has at least, so that enlarging it further blurs no edge between the two
_GAP = 4


def seen(field: ReceptiveField | None, position: tuple[int, int], shape: tuple[int, int]) -> Window:
    """The window that a position sees, as large at the borders of the input as elsewhere: it is shifted inwards there.

    Args:
        field: the receptive field of the layer; None stands for the whole input.
        position: (row, column) on the layer's map.
        shape: (height, width) of the input.

    Returns:
        (top, left, bottom, right), half open; not larger than the input.
    """
    if field is None or field.whole:
        return 0, 0, *shape
    tall, wide = (min(field.size[axis], shape[axis]) for axis in (0, 1))
    top, left = field.span(*position)[:2]
    top, left = min(max(top, 0), shape[0] - tall), min(max(left, 0), shape[1] - wide)
    return top, left, top + tall, left + wide


def signed(values: NDArray[np.floating]) -> Picture:
    """Values in colour around grey: H x W x C (3, or 1 for grey) of any range to H x W x 3, uint8; zero is grey."""
    shown = 0.5 + 0.5 * np.clip(values / _scale(values), -1, 1)
    return to_uint8(np.broadcast_to(shown, (*shown.shape[:2], 3)))


def bright(values: NDArray[np.floating]) -> Picture:
    """Values above zero as light on black: H x W to H x W x 3, uint8."""
    return to_uint8(np.repeat(relative(values)[..., None], 3, axis=2))


def relative(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Values above zero as shares of their largest, in 0..1; the few above all others are cut, and zeros stay zeros."""
    shares: NDArray[np.floating] = np.clip(values / _scale(values), 0, 1)
    return shares


def relative_signed(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Values as shares of the largest size among them, in -1..1; the few sizes above all others are cut."""
    shares: NDArray[np.floating] = np.clip(values / _scale(values), -1, 1)
    return shares


def _scale(values: NDArray[np.floating]) -> float:
    size = np.abs(values)
    return float(np.quantile(size, _WHITEST)) or float(size.max()) or 1.0


def beside(left: Picture, right: Picture) -> Picture:
    """Two pictures of one size, enlarged if they are small, with a white line between them."""
    tall, wide = left.shape[:2]
    scale = max(1.0, _SIDE / min(tall, wide))
    squares = max(tall, wide) <= _SQUARES
    size = (wide * math.ceil(scale), tall * math.ceil(scale)) if squares else (round(wide * scale), round(tall * scale))
    how = Image.Resampling.NEAREST if squares else Image.Resampling.BICUBIC
    halves = [np.asarray(Image.fromarray(half).resize(size, how)) for half in (left, right)]
    gap = np.full((size[1], _GAP, 3), 255, np.uint8)
    joined: Picture = np.concatenate([halves[0], gap, halves[1]], axis=1)
    return joined
