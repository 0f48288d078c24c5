"""Pictures with captions: all that a result shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visualize.methods.errors import InputError

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Panel:
    """One picture and the words under it.

    Args:
        picture: H x W x 3, RGB, uint8.
        caption: plain text; line breaks are kept, long lines are wrapped where it is drawn.
        wide: the picture is a diagram with its own text, to be drawn at its own size and not scaled like a photograph.
        of: the name of the photograph that the panel shows or explains, or nothing. Figures keep a method's panels of
            one photograph together, and stand those of several methods under each other.

    Raises:
        InputError: the picture has another shape or dtype.

    Example:
        >>> from visualize.methods.drawing.row import row
        >>> panel = Panel(np.zeros((60, 80, 3), np.uint8), "night")
        >>> row([panel, panel], height=60, gap=10).size[0]  # two of them on one sheet, each with room for its caption
        270
    """

    picture: Picture
    caption: str
    wide: bool = False
    of: str = ""

    def __post_init__(self) -> None:
        shape, dtype = self.picture.shape, self.picture.dtype
        if len(shape) != 3 or shape[2] != 3 or 0 in shape or dtype != np.uint8:
            raise InputError(f"a panel's picture is H x W x 3 of uint8, not {shape} of {dtype}")


def to_uint8(values: NDArray[np.floating]) -> Picture:
    """Values in 0..1 as bytes, rounded to the nearest: H x W x C of floats to H x W x C, uint8."""
    picture: Picture = np.rint(values * 255).astype(np.uint8)
    return picture


def figure(value: float) -> str:
    """A number as every caption shows it: three digits that count, and no power of ten below a billion.

    Example:
        >>> figure(5.4921), figure(43.0), figure(0.04), figure(12084.7)
        ('5.49', '43.0', '0.0400', '12085')
    """
    if 99.95 <= abs(value) < 1e9:
        return f"{value:.0f}"
    return f"{value:#.3g}" if value else "0"
