"""A photograph with the place in it that matters brought out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.drawing.panel import Picture
    from methods.network.receptive_field.field import Window


_SEEN, _FAR = 0.75, 0.5  # the light that is left outside the mask: within the receptive field, and beyond it
_FRAMED = 48  # pixels: the shorter side from which on there is room for lines
_FRAME = (255, 255, 255)
OUTLINE = (255, 214, 10)
"""The colour, RGB, in which the regions where a unit is active are outlined."""
CONCEPT = (0, 190, 255)
"""The colour, RGB, in which labelled concepts are outlined."""


def outlined(picture: Picture, mask: NDArray[np.bool_], colour: tuple[int, int, int] = CONCEPT) -> Picture:
    """A picture with the outline of a region.

    Args:
        picture: H x W x 3, RGB, uint8.
        mask: the region, rows x columns of any size, scaled to the picture's.
        colour: RGB, 0..255.
    """
    whole = enlarged(mask, picture)
    padded = np.pad(whole, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    drawn = picture.copy()
    drawn[whole & ~inner] = colour
    return drawn


def enlarged(mask: NDArray[np.bool_], picture: Picture) -> NDArray[np.bool_]:
    """A mask of any size scaled to that of a picture."""
    if mask.shape == picture.shape[:2]:
        return mask
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BILINEAR)) > 127


def highlight(
    picture: Picture, mask: NDArray[np.floating] | NDArray[np.bool_], window: Window | None = None
) -> Picture:
    """Bring out where a unit is active: all else is dimmed, and the region is outlined.

    Args:
        picture: H x W x 3, RGB, uint8.
        mask: H x W; True, or at least 0.5, inside the region. Pixels inside stay as they are.
        window: (top, left, bottom, right), half-open, of the receptive field to frame.

    Returns:
        H x W x 3, uint8, a new array.

    Raises:
        InputError: the mask has another size than the picture.
    """
    inside = np.asarray(mask, dtype=np.float64) >= 0.5
    if inside.shape != picture.shape[:2]:
        raise InputError(f"a mask of {inside.shape} does not fit a picture of {picture.shape[:2]}; give it H x W")
    shown = _dimmed(picture, inside, window)
    if min(inside.shape) >= _FRAMED:
        if window is not None:
            edge = _border(inside.shape, window) & ~inside
            shown[edge] = (0.55 * np.array(_FRAME) + 0.45 * shown[edge]).astype(np.uint8)
        shown[_around(inside, max(1, round(min(inside.shape) / 120)))] = OUTLINE
    return shown


def _dimmed(picture: Picture, inside: NDArray[np.bool_], window: Window | None) -> Picture:
    """Greyer and darker away from the region, over a soft edge; less so in the window, which the unit sees as well."""
    radius = max(picture.shape[:2]) / 60
    soft = Image.fromarray((inside * np.uint8(255)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    near = np.asarray(soft, dtype=np.float64)[..., None] / 255
    light = np.full((*inside.shape, 1), _FAR)
    if window is not None:
        light[window[0] : window[2], window[1] : window[3]] = _SEEN
    grey = picture.mean(axis=2, keepdims=True)
    outside = near * picture + (1 - near) * light * (0.5 * picture + 0.5 * grey)
    return np.where(inside[..., None], picture, np.minimum(outside, picture * 0.95)).astype(np.uint8)


def _around(inside: NDArray[np.bool_], thick: int) -> NDArray[np.bool_]:
    """The pixels just outside a region: those with a neighbour in it, ``thick`` times over."""
    grown = inside
    for _ in range(thick):
        padded = np.pad(grown, 1)
        grown = grown | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    return np.asarray(grown & ~inside)


def _border(shape: tuple[int, ...], window: Window) -> NDArray[np.bool_]:
    """The outermost pixels of a window."""
    top, left, bottom, right = window
    border = np.zeros(shape, dtype=bool)
    border[top:bottom, left:right] = True
    border[top + 1 : bottom - 1, left + 1 : right - 1] = False
    return border
