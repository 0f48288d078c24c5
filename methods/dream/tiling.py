"""Sizes and tiles: how a dream goes over a picture, from coarse to fine and, where it is large, piece by piece."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SMALLEST = 64  # pixels: a shorter side that no octave but the last goes below
ALIGNED = 32  # pixels: tiles begin at multiples of it, and so in step with the strides of most networks


@dataclass(frozen=True)
class Span:
    """Piece of an axis.

    Args:
        first, last: the pixels that the network is shown, half open.
        inner, outer: the pixels that the piece answers for, half open: the rest belongs to its neighbours.
    """

    first: int
    last: int
    inner: int
    outer: int

    @property
    def shown(self) -> slice:
        """Pixels of the axis that are shown."""
        return slice(self.first, self.last)

    @property
    def owned(self) -> slice:
        """Pixels of the axis that the piece answers for."""
        return slice(self.inner, self.outer)

    @property
    def within(self) -> slice:
        """Pixels that the piece answers for, counted from the first that is shown."""
        return slice(self.inner - self.first, self.outer - self.first)


def octaves(size: tuple[int, int], count: int, scale: float) -> list[tuple[int, int]]:
    """Sizes of a picture from the smallest to its own, each ``scale`` times the one before.

    Those with a side of less than 64 pixels are left out, but never the last.

    Args:
        size: (height, width).
        count: the most sizes there are.
        scale: the factor from one size to the next, above 1.
    """
    powers = [scale**power for power in reversed(range(1, count))]
    smaller = [(round(size[0] / power), round(size[1] / power)) for power in powers]
    return [*(sides for sides in smaller if min(sides) >= _SMALLEST), size]


def spans(length: int, tile: int, margin: int) -> list[Span]:
    """Part an axis into pieces that overlap.

    Args:
        length: of the axis.
        tile: the most pixels of it that are shown at once.
        margin: how far a piece is shown beyond what it answers for, except at the ends of the axis.

    Returns:
        pieces whose own parts lie next to each other and cover the axis; they are alike, but for the last.
    """
    if length <= tile:
        return [Span(0, length, 0, length)]
    most = max(ALIGNED, (tile - 2 * margin) // ALIGNED * ALIGNED)
    piece = math.ceil(length / math.ceil(length / most) / ALIGNED) * ALIGNED
    firsts = range(0, length, piece)
    return [
        Span(max(0, first - margin), min(length, first + piece + margin), first, min(length, first + piece))
        for first in firsts
    ]
