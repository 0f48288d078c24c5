"""From numbers of shapes to the colours that they have in the light, with shadows, mist and shine."""

from __future__ import annotations

from functools import cache
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.scenes.render.ink import Ink
    from visualize.scenes.render.light import Light
    from visualize.scenes.render.palette import RGB
    from visualize.scenes.render.patterns import Field


Numbers = NDArray[np.signedinteger[Any]]

SHADOW: RGB = (0.0, 0.0, 0.0)  # the colour of veils that only darken
FOREMOST = 1 << 30  # the number of a veil over everything
_DARKER = 0.82  # the second colour of a texture that names none


class Veil(NamedTuple):
    """Something soft that colours what was drawn before it: a shadow, mist, the shine of a lamp.

    Args:
        number: of the first shape that lies before it.
        centre, radii: of an ellipse, fine pixels.
        colour: RGB in 0..255; :data:`SHADOW` darkens.
        strength: its share in the middle.
    """

    number: int
    centre: tuple[float, float]
    radii: tuple[float, float]
    colour: RGB
    strength: float


def lit(inks: Sequence[Ink], stands: NDArray[np.float64], light: Light, side: int) -> NDArray[np.float32]:
    """The colours and the brightness of shapes in a light.

    Args:
        inks: of the shapes, shape 1 first.
        stands: four numbers for each: how bright its plane is, its distance, and its top and bottom in fine pixels.
        light: the light.
        side: of the fine picture, pixels.

    Returns:
        8 x N, shape 0 (nothing, black) first: RGB, what RGB of the second colour differ by, the brightness at the top
        of the picture, and what it changes by down to the foot of the picture.
    """
    shade, depth, top, bottom = stands.reshape(-1, 4).T
    depths = depth.tolist()
    mists = {away: light.mist(away) for away in set(depths)}
    mist = np.fromiter(map(mists.__getitem__, depths), np.float64)
    colour = _numbers_of(inks, "colour", 3)
    accent = np.minimum(255.0, colour * _DARKER)
    named = [place for place, ink in enumerate(inks) if ink.accent is not None]
    accent[:, named] = _numbers_of([inks[place] for place in named], "accent", 3)
    glows = np.fromiter(map(attrgetter("glows"), inks), bool)
    tint, haze = np.array(light.tint)[:, None], np.array(light.haze)[:, None]
    colour, accent = (
        np.where(glows, plain, np.minimum(255.0, plain * tint * shade) * (1 - mist) + haze * mist)
        for plain in (colour, accent)
    )
    upper, lower = _numbers_of(inks, "fade", 2)
    slope = (lower - upper) / (bottom / side - top / side)
    table = np.zeros((8, len(inks) + 1), np.float32)
    table[:3, 1:], table[3:6, 1:], table[6, 1:], table[7, 1:] = (
        colour,
        accent - colour,
        upper - slope * (top / side),
        slope,
    )
    return table


def _numbers_of(inks: Sequence[Ink], name: str, count: int) -> NDArray[np.float64]:
    """A property of inks that is a tuple of ``count`` numbers, as ``count`` rows with a column for each ink."""
    flat = np.fromiter(chain.from_iterable(map(attrgetter(name), inks)), np.float64)
    return flat.reshape(-1, count).T


def shaded_picture(
    numbers: Numbers, table: NDArray[np.float32], share: Field, veils: Sequence[Veil], *, flat: bool
) -> NDArray[np.uint8]:
    """The finished picture: plain colours, with texture, brightness, shadows, mist and shine laid on them.

    Args:
        numbers: the shape that each fine pixel shows.
        table: of :func:`lit`.
        share: how much of the second colour each fine pixel has.
        veils: back to front.
        flat: plain colours alone.

    Returns:
        H x W x 3, half as high and wide as the fine picture; every pixel is the mean of four.
    """
    index = numbers.astype(np.intp)
    textured = _filled_rows(share)
    # the same memory again and again: fresh pages and a full cache cost as much as the sums
    plane, other = np.empty(numbers.shape, np.float32), np.empty(numbers.shape, np.float32)
    whole = np.empty(numbers.shape, np.uint16)
    bright = None if flat else _brightness(index, table[6:], veils, other)
    covers = [] if flat else [(*_cover(numbers, veil), veil.colour) for veil in veils if veil.colour != SHADOW]
    picture = np.empty((len(numbers) // 2, len(numbers) // 2, 3), np.uint8)
    # views, since "plane[rows] += more" would copy the rows onto themselves once more
    share, accent, under, with_texture = share[textured], other[textured], plane[textured], index[textured]
    for channel in range(3):
        table[channel].take(index, out=plane, mode="wrap")  # in this mode take needs no buffer
        if bright is not None:
            table[3 + channel].take(with_texture, out=accent, mode="wrap")
            accent *= share
            under += accent
            plane *= bright
        for where, density, colour in covers:
            below = plane[where]
            below += density * (np.float32(colour[channel]) - below)
        picture[..., channel] = halved(plane, whole)
    return picture


def _filled_rows(share: Field) -> slice:
    """From the first to the last row with anything but zeros."""
    rows = np.flatnonzero(share.max(1))
    return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def halved(plane: Field, whole: NDArray[np.uint16]) -> NDArray[np.integer[Any]]:
    """The means of 2 x 2 fine pixels, which are themselves cut to whole numbers in 0..255.

    Args:
        plane: H x W, one channel; changed in place.
        whole: H x W of scratch.

    Returns:
        H / 2 x W / 2, rounded to the nearest whole number, halves upwards.
    """
    np.copyto(whole, plane.clip(0, 255, out=plane), casting="unsafe")
    pairs = (whole[0::2] + whole[1::2]).view(np.uint32)  # two neighbours in one number: sums stay below 2 ** 16
    return ((pairs & 0xFFFF) + (pairs >> 16) + 2) >> 2


def _brightness(index: NDArray[np.intp], fades: Field, veils: Sequence[Veil], other: Field) -> Field:
    """How bright each fine pixel is: shapes fade from top to bottom, and shadows lie on some; ``other`` is scratch."""
    bright: Field = fades[1].take(index, mode="wrap")
    bright *= _downwards(len(index))
    bright += fades[0].take(index, out=other, mode="wrap")
    for veil in veils:
        if veil.colour == SHADOW:
            where, density = _cover(index, veil)
            below = bright[where]
            below *= 1 - density
    return bright


@cache
def _downwards(side: int) -> Field:
    """A column from 0 at the top to 1 at the foot of the picture."""
    down: Field = np.linspace(0, 1, side, dtype=np.float32)[:, None]
    return down


@cache
def _disc() -> Image.Image:
    """A soft disc: 255 in the middle, 0 from the rim on."""
    away = np.hypot(*np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 64)))
    return Image.fromarray((255 * np.clip(1.25 * (1 - away), 0, 1) ** 1.2).clip(0, 255).astype(np.uint8))


def _cover(numbers: Numbers, veil: Veil) -> tuple[tuple[slice, slice], Field]:
    """Where a veil lies, and how dense it is there."""
    side = len(numbers)
    (x, y), (wide, high) = veil.centre, veil.radii
    left, right = max(0, int(x - wide)), min(side, int(x + wide) + 1)
    top, bottom = max(0, int(y - high)), min(side, int(y + high) + 1)
    scale_x, scale_y = 63 / (2 * wide), 63 / (2 * high)
    box = (
        max(0.0, (left - x + wide) * scale_x),
        max(0.0, (top - y + high) * scale_y),
        min(64.0, (right - x + wide) * scale_x),
        min(64.0, (bottom - y + high) * scale_y),
    )
    if right - left < 1 or bottom - top < 1 or box[2] - box[0] < 0.5 or box[3] - box[1] < 0.5:
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), np.float32)
    disc = _disc().resize((right - left, bottom - top), Image.Resampling.BILINEAR, box)
    share = np.frombuffer(disc.tobytes(), np.uint8).reshape(bottom - top, -1) * np.float32(veil.strength / 255)
    if veil.number != FOREMOST:
        share *= numbers[top:bottom, left:right] < veil.number
    return (slice(top, bottom), slice(left, right)), share
