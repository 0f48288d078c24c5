"""A picture and its labels, drawn as one: every shape is painted once, as a number that both are looked up from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from visualize.scenes.render.ink import Ink
from visualize.scenes.render.shading import FOREMOST, SHADOW, Veil, lit, shaded_picture
from visualize.scenes.render.surfaces import Matrix, Textured, textures
from visualize.scenes.vocabulary import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.scenes.render.light import Light
    from visualize.scenes.render.palette import RGB


__all__ = ["FINE", "SHADOW", "Canvas", "Drawing", "Ink", "Matrix", "Pixel"]

Pixel = tuple[float, float]  # (x, y), x to the right and y down, in pixels of the fine picture
Numbers = NDArray[np.signedinteger[Any]]  # which shape a pixel shows

FINE = 2  # the fine picture has this many pixels to one of the finished picture, each way
_SMALLEST = 120  # fine pixels that a shape needs for its texture to be drawn


@dataclass(frozen=True)
class Drawing:
    """A finished picture with its label maps.

    Args:
        picture: H x W x 3, RGB, uint8.
        maps: of "object", "part", "material" and "texture", each H x W; and "beyond", the objects behind glass.
    """

    picture: NDArray[np.uint8]
    maps: dict[str, NDArray[np.int16]]


_MAPS = ("object", "part", "material", "texture", "beyond")
_names = itemgetter(*(Ink._fields.index(name) for name in ("thing", "part", "material", "texture", "beyond")))


@cache
def _label(names: tuple[str, ...]) -> tuple[int, ...]:
    """An ink's object, part, material, texture and what is seen through it, as numbers; 0 for none."""
    categories = ("object", "part", "material", "texture", "object")
    return tuple(NUMBERS[category][name] if name else 0 for category, name in zip(categories, names, strict=True))


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
        self._inks: list[Ink] = []  # of shape 1 and so on: 0 is where nothing has been drawn
        self._stands: list[float] = []  # four numbers a shape: its shade, its depth, its top and its bottom
        self._textured: list[Textured] = []
        self._veils: list[Veil] = []

    def fill(self, outline: Sequence[float], ink: Ink, shade: float, depth: float, matrix: Matrix) -> None:
        """Draw one shape over everything drawn before.

        Args:
            outline: its corners, as x, y, x, y and so on, in fine pixels.
            ink: what it is made of.
            shade: how bright its plane stands in the light; 1 is full.
            depth: metres from the camera, for the haze.
            matrix: from its plane (metres) to pixels, for the texture.
        """
        xs, ys, side = outline[0::2], outline[1::2], self.side
        left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
        # comparisons, not min and max: this is where most of the drawing's time goes
        left, right = left if left > 0 else 0.0, right if right < side else float(side)
        top, bottom = top if top > 0 else 0.0, bottom if bottom < side else float(side)
        wide, high = right - left, bottom - top
        if wide < 0.3 or high < 0.3:
            return
        self._inks.append(ink)
        self._stands += shade, depth, top, bottom
        number = len(self._inks)
        self._brush.polygon(outline, number)
        if ink.texture and wide * high > _SMALLEST:
            box = (int(left), int(top), min(side, int(right) + 2), min(side, int(bottom) + 2))
            self._remember(Textured(number, number, box, ink.texture, ink.period, matrix))

    def _remember(self, new: Textured) -> None:
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
            number = FOREMOST if over_all else len(self._inks) + 1
            self._veils.append(Veil(number, centre, radii, colour, strength))

    @property
    def blank(self) -> int:
        """Number of fine pixels on which nothing has been drawn."""
        return int(np.count_nonzero(np.asarray(self._numbers) == 0))

    def colours(self) -> NDArray[np.float32]:
        """The colour of every shape, from shape 0 (nothing): 8 x N, see :func:`lit`."""
        return lit(self._inks, np.array(self._stands), self.light, self.side)

    def labels(self) -> NDArray[np.int16]:
        """The object, part, material, texture and object beyond of every shape, from shape 0: 5 x N; 0 for none."""
        labels = map(_label, map(_names, self._inks))
        table = np.fromiter(chain((0,) * len(_MAPS), chain.from_iterable(labels)), np.int16)
        return table.reshape(-1, len(_MAPS)).T.copy()

    def finish(self) -> Drawing:
        """Bring the fine drawing to its size: the picture by averaging, the labels by what covers most of a pixel."""
        numbers = np.asarray(self._numbers)
        share, seen = textures(numbers, self._textured, drawn=not self.flat)
        picture = shaded_picture(numbers, self.colours(), share, self._veils, flat=self.flat)
        chosen, visible = _majority(numbers, seen)
        maps = dict(zip(_MAPS, self.labels().take(chosen, axis=1, mode="clip"), strict=True))
        maps["texture"] *= visible
        return Drawing(picture, maps)


def _majority(numbers: Numbers, seen: NDArray[np.bool_]) -> tuple[Numbers, NDArray[np.bool_]]:
    """The number that covers most of each 2 x 2 block (the first of several alike), and the mask ``seen`` there."""
    corners = [(slice(down, None, FINE), slice(right, None, FINE)) for down in (0, 1) for right in (0, 1)]
    first, second, third, fourth = (numbers[corner].copy() for corner in corners)
    alone = np.flatnonzero((first != second) & (first != third) & (first != fourth))  # few: the rest keep their first
    visible = seen[corners[0]].copy()
    for other, partners, corner in ((third, (fourth,), corners[2]), (second, (third, fourth), corners[1])):
        candidate = other.take(alone)
        paired = np.zeros(len(alone), bool)
        for partner in partners:
            paired |= candidate == partner.take(alone)
        first.put(alone[paired], candidate[paired])
        visible.put(alone[paired], seen[corner].reshape(-1)[alone[paired]])
    return first, visible
