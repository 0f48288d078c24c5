"""A picture and its labels, drawn as one: every shape is painted once, as a number that both are looked up from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from visualize.data.scenes.palette import RGB, mixed, shaded
from visualize.data.scenes.patterns import PATTERNS, Field
from visualize.data.scenes.vocabulary import NUMBERS

if TYPE_CHECKING:
    from visualize.data.scenes.light import Light

Pixel = tuple[float, float]  # (x, y), x to the right and y down, in pixels of the fine picture
Numbers = NDArray[np.signedinteger[Any]]  # which shape a pixel shows
Matrix = tuple[float, float, float, float, float, float, float, float, float]  # plane -> pixels, row by row

SHADOW: RGB = (0.0, 0.0, 0.0)  # the colour of veils that only darken
FINE = 2  # the fine picture has this many pixels to one of the finished picture, each way
_LAST = 1 << 30  # the number of a veil over everything
_SMALLEST = 120  # fine pixels that a shape needs for its texture to be drawn


class Ink(NamedTuple):
    """What a shape is made of, and what it is called.

    Args:
        thing: the object; a name of the vocabulary, as ``part``, ``material`` and ``texture`` are ("" for none).
        colour: RGB in 0..255 by full, white light.
        accent: the second colour of the texture; None takes a darker ``colour``.
        period: one repeat of the texture, metres.
        fade: brightness at the shape's upper and lower end.
        glows: it gives light, and so keeps its colour at night and in haze.
        beyond: an object that is seen through this one, such as a tree through a window.
    """

    thing: str
    colour: RGB
    material: str = ""
    part: str = ""
    texture: str = ""
    accent: RGB | None = None
    period: float = 0.3
    fade: tuple[float, float] = (1.05, 0.94)
    glows: bool = False
    beyond: str = ""


class _Textured(NamedTuple):
    """Shapes drawn one after the other, from number ``first`` to ``last``, that share a plane and a texture."""

    first: int
    last: int
    box: tuple[int, int, int, int]
    texture: str
    period: float
    matrix: Matrix


class _Veil(NamedTuple):
    """Something soft that colours what was drawn before it: a shadow, mist, the shine of a lamp."""

    number: int
    centre: Pixel
    radii: Pixel
    colour: RGB
    strength: float


@dataclass(frozen=True)
class Drawing:
    """What a canvas holds when it is finished.

    Args:
        picture: H x W x 3, RGB, uint8.
        maps: of "object", "part", "material" and "texture", each H x W; and "beyond", the objects behind glass.
    """

    picture: NDArray[np.uint8]
    maps: dict[str, NDArray[np.int16]]


@cache
def _disc() -> Image.Image:
    """A soft disc: 255 in the middle, 0 from the rim on."""
    away = np.hypot(*np.meshgrid(np.linspace(-1, 1, 64), np.linspace(-1, 1, 64)))
    return Image.fromarray((255 * np.clip(1.25 * (1 - away), 0, 1) ** 1.2).clip(0, 255).astype(np.uint8))


def _labels(ink: Ink) -> tuple[int, ...]:
    """An ink's object, part, material, texture and what is seen through it, as numbers."""
    return (
        NUMBERS["object"][ink.thing],
        NUMBERS["part"][ink.part] if ink.part else 0,
        NUMBERS["material"][ink.material] if ink.material else 0,
        NUMBERS["texture"][ink.texture] if ink.texture else 0,
        NUMBERS["object"][ink.beyond] if ink.beyond else 0,
    )


class Canvas:
    """Where shapes are drawn, back to front.

    Args:
        size: height and width of the finished picture, pixels.
        light: what colours the shapes.
        flat: leave out texture, shadow and shading, so that one shape has exactly one colour.
    """

    def __init__(self, size: int, light: Light, *, flat: bool = False) -> None:
        self.side = size * FINE
        self.light = light
        self.flat = flat
        self._numbers = Image.new("I", (self.side, self.side), 0)
        self._brush = ImageDraw.Draw(self._numbers)
        self._colours: list[tuple[float, ...]] = [(0.0,) * 8]  # colour, difference to the accent, brightness, its slope
        self._labels: list[tuple[int, ...]] = [(0,) * 5]
        self._looks: dict[tuple[Ink, float, float], tuple[tuple[float, ...], tuple[int, ...]]] = {}
        self._textured: list[_Textured] = []
        self._veils: list[_Veil] = []

    def fill(self, outline: list[Pixel], ink: Ink, shade: float, depth: float, matrix: Matrix) -> None:
        """Draw one shape over everything drawn before.

        Args:
            outline: its corners.
            ink: what it is made of.
            shade: how bright its plane stands in the light; 1 is full.
            depth: metres from the camera, for the haze.
            matrix: from its plane (metres) to pixels, for the texture.
        """
        xs, ys = zip(*outline, strict=True)
        left, right = max(0.0, min(xs)), min(float(self.side), max(xs))
        top, bottom = max(0.0, min(ys)), min(float(self.side), max(ys))
        if right - left < 0.3 or bottom - top < 0.3:
            return
        number = len(self._colours)
        look = (ink, shade, depth)
        known = self._looks.get(look)
        if known is None:
            known = self._looks[look] = (self._lit(ink, shade, depth), _labels(ink))
        slope = (ink.fade[1] - ink.fade[0]) / (bottom / self.side - top / self.side)
        self._colours.append((*known[0], ink.fade[0] - slope * (top / self.side), slope))
        self._labels.append(known[1])
        self._brush.polygon(outline, fill=number)
        if ink.texture and (right - left) * (bottom - top) > _SMALLEST:
            box = (int(left), int(top), min(self.side, int(right) + 2), min(self.side, int(bottom) + 2))
            self._remember(_Textured(number, number, box, ink.texture, ink.period, matrix))

    def _remember(self, new: _Textured) -> None:
        """Note a texture to be laid on at the end, together with the shape before if that is of the same kind."""
        old = self._textured[-1] if self._textured else None
        if old and old.matrix is new.matrix and old[3:5] == new[3:5]:
            (l0, t0, r0, b0), (l1, t1, r1, b1) = old.box, new.box
            new = new._replace(first=old.first, box=(min(l0, l1), min(t0, t1), max(r0, r1), max(b0, b1)))
            self._textured.pop()
        self._textured.append(new)

    def veil(self, centre: Pixel, radii: Pixel, colour: RGB, strength: float, *, over_all: bool = False) -> None:
        """Blend a soft disc of one colour into what has been drawn so far, or into everything."""
        if radii[0] > 1 and radii[1] > 1 and strength > 0.01:
            number = _LAST if over_all else len(self._colours)
            self._veils.append(_Veil(number, centre, radii, colour, strength))

    def finish(self) -> Drawing:
        """Bring the fine drawing to its size: the picture by averaging, the labels by what covers most of a pixel."""
        numbers = np.asarray(self._numbers)
        share, seen = self._texture(numbers)
        picture = np.asarray(Image.fromarray(self._shaded(numbers.astype(np.intp), share)).reduce(FINE))
        chosen, offset = _majority(numbers)
        labels = np.array(self._labels, np.int16).T.copy()
        names = ("object", "part", "material", "texture", "beyond")
        maps = {name: labels[place].take(chosen) for place, name in enumerate(names)}
        maps["texture"] *= seen.reshape(-1)[offset]
        return Drawing(picture, maps)

    def _shaded(self, numbers: Numbers, share: Field) -> NDArray[np.uint8]:
        """The fine picture: plain colours, with texture, brightness, shadows, mist and shine laid on them."""
        table = np.array(self._colours, np.float32).T.copy()
        fine = np.empty((*numbers.shape, 3), np.uint8)
        bright = np.ones(numbers.shape, np.float32) if self.flat else self._brightness(numbers, table[6], table[7])
        covers = (
            [] if self.flat else [(*_cover(numbers, one), one.colour) for one in self._veils if one.colour != SHADOW]
        )
        # the same memory for all channels: fresh pages cost as much as the sums (in "clip" mode take needs no buffer)
        plane, other = np.empty(numbers.shape, np.float32), np.empty(numbers.shape, np.float32)
        for channel in range(3):
            np.take(table[channel], numbers, out=plane, mode="clip")
            if not self.flat:
                np.take(table[3 + channel], numbers, out=other, mode="clip")
                other *= share
                plane += other
                plane *= bright
            for where, density, colour in covers:
                plane[where] += density * (np.float32(colour[channel]) - plane[where])
            fine[..., channel] = np.minimum(plane, 255, out=plane)
        return fine

    def _brightness(self, numbers: Numbers, top: Field, slope: Field) -> Field:
        """How bright each fine pixel is: shapes fade from top to bottom, and shadows lie on some."""
        bright = slope.take(numbers)
        bright *= np.linspace(0, 1, self.side, dtype=np.float32)[:, None]
        bright += top.take(numbers)
        for veil in self._veils:
            if veil.colour == SHADOW:
                where, density = _cover(numbers, veil)
                bright[where] *= 1 - density
        return bright

    def _lit(self, ink: Ink, shade: float, depth: float) -> tuple[float, ...]:
        """An ink's colour in this light, and what its second colour differs by."""
        colour = ink.colour
        accent = ink.accent if ink.accent is not None else shaded(colour, 0.82)
        if not ink.glows:
            mist = self.light.mist(depth)
            colour = mixed(self.light.tinted(colour, shade), self.light.haze, mist)
            accent = mixed(self.light.tinted(accent, shade), self.light.haze, mist)
        return (*colour, accent[0] - colour[0], accent[1] - colour[1], accent[2] - colour[2])

    def _texture(self, numbers: Numbers) -> tuple[Field, NDArray[np.bool_]]:
        """How much of the second colour each fine pixel has, and where a texture can be made out."""
        share, seen = np.zeros(numbers.shape, np.float32), np.zeros(numbers.shape, bool)
        for one in self._textured:
            left, top, right, bottom = one.box
            patch = numbers[top:bottom, left:right]
            inside = patch == one.first if one.first == one.last else (patch >= one.first) & (patch <= one.last)
            rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
            if not len(rows):
                continue
            inside = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            left, right, top, bottom = left + columns[0], left + columns[-1] + 1, top + rows[0], top + rows[-1] + 1
            u, v, scale = _unproject(one.matrix, (left, top, right, bottom), one.period)
            contrast = np.clip(scale * (0.5 / FINE) - 0.6, 0, 1)  # a period needs a few pixels to be seen
            if not self.flat:
                np.copyto(share[top:bottom, left:right], PATTERNS[one.texture](u, v) * contrast, where=inside)
            np.copyto(seen[top:bottom, left:right], contrast > 0.5, where=inside)
        return share, seen


def _unproject(
    matrix: Matrix, box: tuple[int, int, int, int], period: float
) -> tuple[Field, Field, Field | np.float32]:
    """Where the pixels of a box lie on a plane, in periods; and the fine pixels to a period, the shorter way."""
    back = np.linalg.inv(np.array(matrix, np.float64).reshape(3, 3))
    back = (back / np.abs(back[2]).max()).astype(np.float32)
    left, top, right, bottom = box
    x, y = np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32)[:, None]
    across = back[0, 0] * x + (back[0, 1] * y + back[0, 2])
    along = back[1, 0] * x + (back[1, 1] * y + back[1, 2])
    if abs(back[2, 0]) + abs(back[2, 1]) < 1e-6 * abs(back[2, 2]):  # it faces the camera: all of it is equally far
        narrow = 1 / np.float32(period * back[2, 2])
        scale = abs(1 / narrow) / max(np.hypot(back[0, 0], back[0, 1]), np.hypot(back[1, 0], back[1, 1]))
        return across * narrow, along * narrow, np.float32(scale)
    near = back[2, 0] * x + (back[2, 1] * y + back[2, 2])
    far = 1 / np.where(np.abs(near) < 1e-9, np.float32(1e-9), near)
    u, v = across * far, along * far
    step_u = np.abs(back[0, 0] - u * back[2, 0]) + np.abs(back[0, 1] - u * back[2, 1])
    step_v = np.abs(back[1, 0] - v * back[2, 0]) + np.abs(back[1, 1] - v * back[2, 1])
    scale = np.float32(period) * np.abs(near) / np.maximum(np.maximum(step_u, step_v), np.float32(1e-12))
    u *= np.float32(1 / period)
    v *= np.float32(1 / period)
    return u, v, np.asarray(scale, np.float32)


def _cover(numbers: Numbers, veil: _Veil) -> tuple[tuple[slice, slice], Field]:
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
    share = np.asarray(disc, np.float32) * np.float32(veil.strength / 255)
    if veil.number != _LAST:
        share *= numbers[top:bottom, left:right] < veil.number
    return (slice(top, bottom), slice(left, right)), share


def _majority(numbers: Numbers) -> tuple[Numbers, Numbers]:
    """The number that covers most of each 2 x 2 block, the first of several alike; and where it stands."""
    one, two = numbers[0::2, 0::2], numbers[0::2, 1::2]
    three, four = numbers[1::2, 0::2], numbers[1::2, 1::2]
    alone = (one != two) & (one != three) & (one != four)
    take_two = alone & ((two == three) | (two == four))
    take_three = alone & ~take_two & (three == four)
    chosen = np.where(take_two, two, np.where(take_three, three, one))
    side = len(numbers)
    first = (np.arange(0, side, 2)[:, None] * side + np.arange(0, side, 2)[None, :]).astype(np.intp)
    return chosen, np.where(take_two, first + 1, np.where(take_three, first + side, first))
