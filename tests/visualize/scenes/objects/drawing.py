"""Single things, drawn before a camera on an empty canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.scenes import CONCEPTS
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.camera import Frame, Spot, View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.light import Light

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 128  # pixels
EYE = 1.6  # metres


@dataclass(frozen=True)
class Shown:
    """Names and place of everything that was drawn of a thing.

    Args:
        objects: names of the objects in the picture.
        parts: names of their parts.
        box: left, top, right and bottom of all that was drawn, pixels.
        foot: row of the picture where the thing's place on the ground appears.
    """

    objects: set[str]
    parts: set[str]
    box: tuple[int, int, int, int]
    foot: float


def shown(canvas: Canvas, foot: float) -> Shown:
    """Read off a canvas what was drawn on it."""
    maps = canvas.finish().maps
    rows, columns = np.nonzero(maps["object"])
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    names = [
        {CONCEPTS[number - 1].name for number in np.unique(maps[category]).tolist() if number}
        for category in ("object", "part")
    ]
    return Shown(names[0], names[1], box, foot)


def standing(thing: Callable[..., Any], *details: object, seed: int, away: float = 6.0, **options: object) -> Shown:
    """A thing on level ground, ``away`` metres before the camera, its front turned to it."""
    canvas = Canvas(SIDE, Light(), flat=True)
    view = View(canvas, (0, EYE, 0))
    spot: Spot = view.spot(0, away)
    thing(spot, Dice(seed), *details, **options)
    return shown(canvas, view.stand(0, away).pixel(0, 0)[1] / 2)


def hanging(thing: Callable[..., Any], *details: object, seed: int) -> Shown:
    """A thing on a wall 3 metres before the camera, at the height of its eye."""
    canvas = Canvas(SIDE, Light(), flat=True)
    wall: Frame = View(canvas, (0, EYE, 0)).stand(0, 3).at(0, EYE)
    thing(wall, Dice(seed), *details)
    return shown(canvas, SIDE / 2)


def check_standing(name: str, parts: set[str], seen: Shown, beside: set[str] | None = None) -> None:
    """A thing is labelled as what it is, with its parts, and stands on its place, to both sides of it."""
    assert name in seen.objects
    assert seen.objects <= {name, *(beside or ())}
    assert parts <= seen.parts
    left, top, right, bottom = seen.box
    assert left < SIDE / 2 < right
    assert top < seen.foot
    assert bottom >= min(SIDE, seen.foot - 2)
