"""Textures laid on planes in space: which point of the plane a pixel shows, and whether the texture can be made out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from visualize.scenes.render.patterns import PATTERNS, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


Matrix = tuple[float, float, float, float, float, float, float, float, float]  # plane -> pixels, row by row
Box = tuple[int, int, int, int]  # left, top, right, bottom in fine pixels
Numbers = NDArray[np.signedinteger[Any]]
Mask = NDArray[np.bool_]

_FULL = 6.8  # fine pixels to a period that give full contrast; 6.4 and a margin
_UNTOLD = 2.0**-27  # a summand smaller than the sum by this factor is lost when a float32 is rounded


class Textured(NamedTuple):
    """Shapes drawn one after the other, from number ``first`` to ``last``, that share a plane and a texture."""

    first: int
    last: int
    box: Box
    texture: str
    period: float
    matrix: Matrix


def textures(numbers: Numbers, laid: Sequence[Textured], *, drawn: bool) -> tuple[Field, Mask]:
    """The share of the second colour in each fine pixel, and where a texture can be made out.

    Args:
        numbers: the shape that each fine pixel shows.
        laid: back to front.
        drawn: False leaves the second colour out.
    """
    share, seen = np.zeros(numbers.shape, np.float32), np.zeros(numbers.shape, bool)
    visible = list(_visible(numbers, laid))
    if not visible:
        return share, seen
    backs = inverted([layer.matrix for layer, _, _ in visible])
    with np.errstate(divide="ignore", invalid="ignore"):  # at the horizon, where no texture is seen, numbers burst
        clear = surely_clear(backs, [box for _, box, _ in visible], [layer.period for layer, _, _ in visible])
        for (layer, box, inside), back, full in zip(visible, backs, clear, strict=True):
            here = (slice(box[1], box[3]), slice(box[0], box[2]))
            u, v, scale = unprojected(back, box, layer.period, scaled=not full)
            pattern = PATTERNS[layer.texture](u, v) if drawn else np.float32(0)
            if scale is None:
                np.logical_or(seen[here], inside, out=seen[here])
            else:
                contrast = (0.25 * scale - 0.6).clip(0, 1)
                pattern = pattern * contrast
                np.copyto(seen[here], contrast > 0.5, where=inside)
            np.copyto(share[here], pattern, where=inside)
    return share, seen


def _visible(numbers: Numbers, laid: Sequence[Textured]) -> Iterator[tuple[Textured, Box, Mask]]:
    """Textures that are not hidden altogether, each with the box round its pixels and a mask of them there."""
    for layer in laid:
        left, top, right, bottom = layer.box
        patch = numbers[top:bottom, left:right]
        alone = layer.first == layer.last
        inside = patch == layer.first if alone else (patch >= layer.first) & (patch <= layer.last)
        upper, lower = (place // inside.shape[1] for place in _ends(inside))
        if upper >= 0:
            first, last = _ends(np.logical_or.reduce(inside[upper : lower + 1], 0))
            box = (left + first, top + upper, left + last + 1, top + lower + 1)
            yield layer, box, inside[upper : lower + 1, first : last + 1]


def _ends(mask: Mask) -> tuple[int, int]:
    """Where the first and the last True stand, counted row by row; -1 for none."""
    flags = mask.tobytes()  # searched far faster than numpy reduces
    return flags.find(1), flags.rfind(1)


def inverted(matrices: Sequence[Matrix]) -> Field:
    """Matrices from pixels back to planes, N x 3 x 3; the largest number in the last row of each is 1 or -1."""
    backs = np.linalg.inv(np.array(matrices, np.float64).reshape(-1, 3, 3))  # all at once: a call costs more than nine
    backs /= np.abs(backs[:, 2:]).max(2, keepdims=True)
    return backs.astype(np.float32)


def surely_clear(backs: Field, boxes: Sequence[Box], periods: Sequence[float]) -> list[bool]:
    """Whether each texture is surely so near that it has full contrast all over its box.

    A corner of the box tells: over a plane before the camera u and v are monotonous along x and y, what a step of one
    pixel changes is convex in them, and the distance is greatest at a corner. A margin is left for rounding.

    Args:
        backs: N x 3 x 3, see :func:`inverted`.
        boxes: the pixels of each texture.
        periods: of each texture, metres.
    """
    corners = np.array([((x0, y0, 1), (x1, y0, 1), (x0, y1, 1), (x1, y1, 1)) for x0, y0, x1, y1 in boxes], np.float64)
    matrices = backs.astype(np.float64)
    places = matrices @ corners.transpose(0, 2, 1)  # of each plane: u w, v w and w, at each corner
    near = places[:, 2:]
    steps = np.abs(matrices[:, :2, :2, None] - (places[:, :2] / near)[:, :, None] * matrices[:, 2:, :2, None]).sum(2)
    least, most = near.min((1, 2)), near.max((1, 2))
    nearness = np.where(most > 0, least, -most)  # where it is least; below 0 if the horizon runs through the box
    full: list[bool] = ((nearness > 0) & (nearness * periods > _FULL * steps.max((1, 2)))).tolist()
    return full


@cache
def _counted(end: int) -> Field:
    """The whole numbers from 0 up to ``end``, without it."""
    return np.arange(end, dtype=np.float32)


def linear(row: Sequence[float], box: Box) -> Field:
    """The values p x + (q y + r) at the pixels of a box; a single row or column where all rows or columns are alike.

    Args:
        row: p, q and r.
        box: the pixels.
    """
    p, q, r = row
    left, top, right, bottom = box
    steps = _counted(1 << max(right, bottom).bit_length())
    x = steps[left:right]
    if abs(q) * bottom <= _UNTOLD * abs(r):
        return p * x + r
    y = steps[top:bottom, None]
    upper, lower = q * top + r, q * (bottom - 1) + r
    if upper * lower > 0 and abs(p) * right <= _UNTOLD * min(abs(upper), abs(lower)):
        return q * y + r
    return p * x + (q * y + r)


def unprojected(back: Field, box: Box, period: float, *, scaled: bool) -> tuple[Field, Field, Field | None]:
    """The points of a plane that the pixels of a box show.

    Args:
        back: 3 x 3, from pixels to the plane.
        box: the pixels.
        period: of the texture, metres.
        scaled: whether the scale is wanted.

    Returns:
        u and v in periods, and how many fine pixels go into a period the shorter way: for each pixel, each row or each
        column, or one number for all.
    """
    first, second, last = back.tolist()
    across, along = linear(first, box), linear(second, box)
    scale: Field | None = None
    if abs(last[0]) + abs(last[1]) < 1e-6 * abs(last[2]):  # it faces the camera: all of it is equally far
        narrow = 1 / np.float32(period * back[2, 2])
        if scaled:
            scale = np.asarray(abs(1 / narrow) / max(np.hypot(*back[0, :2]), np.hypot(*back[1, :2])), np.float32)
        return across * narrow, along * narrow, scale
    near = linear(last, box)
    away: Field = np.where(np.abs(near) < 1e-9, np.float32(1e-9), near)
    far = np.float32(1) / away
    u, v = across * far, along * far
    if scaled:
        step: Field = np.maximum(_step(u, first, last), _step(v, second, last))
        scale = np.float32(period) * np.abs(near) / step
    u *= np.float32(1 / period)
    v *= np.float32(1 / period)
    return u, v, scale


def _step(place: Field, row: Sequence[float], last: Sequence[float]) -> Field:
    """The change of u (or v) from a pixel to the next ones across and down, for a distance of 1."""
    step: Field = np.abs(row[0] - place * last[0]) + np.abs(row[1] - place * last[1])
    return step
