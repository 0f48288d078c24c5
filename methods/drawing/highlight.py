"""A photograph with the place in it that matters brought out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.receptive_field.field import Window


_FRAMED = 48  # pixels: the shorter side from which on there is room for lines
FRAME = (255, 255, 255)
"""The colour, RGB, of the frame around what a unit sees."""
DARK = (40, 40, 40)
"""The colour, RGB, of the thin line outside that frame, which sets it off from a light photograph."""
GREYED = (142, 142, 142)
"""A middling grey, RGB, as the surroundings have it: for legends."""
OUTLINE = (255, 214, 10)
"""The colour, RGB, in which the regions where a unit is active are outlined."""
CONCEPT = (0, 190, 255)
"""The colour, RGB, in which labelled concepts are outlined."""


@dataclass(frozen=True)
class _Tone:
    """Tone of the surroundings: black becomes ``lift``, contrasts and colours are weakened to a share."""

    lift: float
    contrast: float
    colour: float

    def of(self, picture: Picture) -> NDArray[np.float64]:
        shown: NDArray[np.float64] = np.multiply(picture, self.colour, dtype=np.float64)
        shown += (1 - self.colour) * (picture @ _LUMA)[..., None]
        shown *= self.contrast  # in place: reports draw thousands of photographs
        shown += self.lift
        return shown


_LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue: how light each is to the eye (Rec. 601)
_SEEN = _Tone(24, 0.85, 0.7)  # within the receptive field, where the unit is not active
_FAR = _Tone(75, 0.5, 0.15)  # beyond it
_GROUND = _Tone(45, 0.65, 0)  # under a map


def greyed(picture: Picture) -> NDArray[np.float64]:
    """A photograph without colours, for a map to lie on: H x W x 3 of float64, from 45 for black to 210 for white."""
    return _GROUND.of(picture)


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
    """Bring out where a unit is active: all else is paler, and the region is outlined.

    The surroundings lose colour and half of their contrast, but no detail: they keep that half however dark or light
    the photograph is. What the window holds, which the unit sees as well, loses less.

    Args:
        picture: H x W x 3, RGB, uint8.
        mask: H x W; True, or at least 0.5, inside the region. Pixels inside stay as they are.
        window: (top, left, bottom, right), half-open, of the receptive field to frame.

    Returns:
        H x W x 3, uint8, a new array.

    Raises:
        InputError: the mask has another size than the picture.
    """
    inside: NDArray[np.bool_] = np.asarray(mask) >= 0.5
    if inside.shape != picture.shape[:2]:
        raise InputError(f"a mask of {inside.shape} does not fit a picture of {picture.shape[:2]}; give it H x W")
    shown = _paler(picture, inside, window)
    if min(inside.shape) >= _FRAMED:
        if window is not None:
            framed = frame(shown, window)
            framed[inside] = shown[inside]
            shown = framed
        thick = max(1, round(min(inside.shape) / 120))
        line = _around(inside, thick)
        halo = np.nonzero(_around(inside | line, 1))
        shown[halo] = (0.5 * shown[halo] + 0.5 * np.array(DARK)).astype(np.uint8)
        shown[line] = OUTLINE
    return shown


def frame(picture: Picture, window: Window) -> Picture:
    """A picture with a white frame just inside a window, and a thin dark line around it.

    Args:
        picture: H x W x 3, RGB, uint8.
        window: (top, left, bottom, right), half open.
    """
    shown = picture.copy()
    shown[_border(picture.shape[:2], window, 1)] = DARK
    shown[_border(picture.shape[:2], window, 0)] = FRAME
    return shown


def _paler(picture: Picture, inside: NDArray[np.bool_], window: Window | None) -> Picture:
    """Paler away from the region, over a soft edge; less so in the window, which the unit sees as well."""
    radius = max(picture.shape[:2]) / 60
    soft = Image.fromarray((inside * np.uint8(255)).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    blurred = np.asarray(soft)
    pale = _far_and_seen(picture, window)
    shown = np.where(inside[..., None], picture, np.rint(pale).astype(np.uint8))
    edge = np.nonzero((blurred > 0) & ~inside)  # few pixels: the others are all of one or all of the other
    near = blurred[edge][:, None] / 255
    shown[edge] = np.rint(near * picture[edge] + (1 - near) * pale[edge])
    return shown


def _far_and_seen(picture: Picture, window: Window | None) -> NDArray[np.float64]:
    """The surroundings, paler beyond the window than within it."""
    if window is None:
        return _FAR.of(picture)
    top, left, bottom, right = window
    if top <= 0 and left <= 0 and bottom >= picture.shape[0] and right >= picture.shape[1]:
        return _SEEN.of(picture)
    pale = _FAR.of(picture)
    pale[top:bottom, left:right] = _SEEN.of(picture[top:bottom, left:right])
    return pale


def _around(inside: NDArray[np.bool_], thick: int) -> NDArray[np.bool_]:
    """The pixels just outside a region: those with a neighbour in it, ``thick`` times over."""
    grown = inside
    for _ in range(thick):
        before, grown = grown, grown.copy()
        grown[1:] |= before[:-1]
        grown[:-1] |= before[1:]
        grown[:, 1:] |= before[:, :-1]
        grown[:, :-1] |= before[:, 1:]
    return np.asarray(grown & ~inside)


def _border(shape: tuple[int, ...], window: Window, outside: int) -> NDArray[np.bool_]:
    """The outermost pixels of a window, or those ``outside`` pixels around it, as far as they are on the picture."""
    top, left, bottom, right = window
    border = np.zeros((shape[0] + 2 * outside, shape[1] + 2 * outside), dtype=bool)
    border[top : bottom + 2 * outside, left : right + 2 * outside] = True
    border[top + 1 : bottom + 2 * outside - 1, left + 1 : right + 2 * outside - 1] = False
    return border[outside : outside + shape[0], outside : outside + shape[1]]
