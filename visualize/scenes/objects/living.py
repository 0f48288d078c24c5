"""People and animals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes.render import palette as tones
from visualize.scenes.render.camera import Frame, Spot
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice


def person(spot: Spot, dice: Dice, *, light_clothes: bool = False) -> None:
    """Somebody standing or walking."""
    front = spot.stand()
    size = dice.between(0.9, 1.08)
    front = _scaled(front, size)
    spot.flat().shadow(0, 0, 0.5, 0.35, 0.3)
    skin, hair = some(dice, tones.SKIN), some(dice, tones.HAIR)
    shirt, trousers = some(dice, tones.CLOTH), some(dice, (*tones.DARK, *tones.CLOTH))
    body = Ink("person", skin, "skin")
    step = dice.between(0.02, 0.16)
    cloth = Ink("person", trousers, "fabric", "leg")
    for side in (-1, 1):
        foot = side * (0.07 + step)
        leg = body._replace(part="leg") if light_clothes else cloth
        front.line((side * 0.08, 0.85), (foot, 0.06), 0.14, leg)
        front.rect(foot - 0.07, 0, foot + 0.09, 0.07, Ink("person", (48, 44, 46), "leather", "leg"))
        front.line((side * 0.19, 1.36), (side * dice.between(0.2, 0.36), 0.85), 0.1, body._replace(part="arm"))
        front.line((side * 0.19, 1.38), (side * 0.23, 1.1), 0.13, Ink("person", shirt, "fabric", "arm"))
    torso = Ink(
        "person",
        shirt,
        "fabric",
        "torso",
        dice.pick(("", "", "banded", "striped", "chequered")),
        shaded(shirt, 1.3),
        0.16,
    )
    front.poly(((-0.21, 1.42), (0.21, 1.42), (0.17, 0.82), (-0.17, 0.82)), torso)
    if dice.chance(0.3):
        front.poly(((-0.17, 0.9), (0.17, 0.9), (0.3, 0.42), (-0.3, 0.42)), torso)
    elif light_clothes:
        front.rect(-0.18, 0.66, 0.18, 0.88, cloth)
    _head(front, dice, body, hair)


def _head(front: Frame, dice: Dice, body: Ink, hair: RGB) -> None:
    front.rect(-0.05, 1.38, 0.05, 1.5, body._replace(part="head"))
    crown = Ink("person", hair, "", "hair")
    if dice.chance(0.45):
        front.oval(0, 1.56, 0.155, 0.19, crown)
    front.oval(0, 1.58, 0.11, 0.14, body._replace(part="head"))
    front.half(0, 1.61, 0.125, 0.135, crown)


def _scaled(frame: Frame, size: float) -> Frame:
    m = frame.matrix
    matrix = (m[0] * size, m[1] * size, m[2], m[3] * size, m[4] * size, m[5], m[6] * size, m[7] * size, m[8])
    return Frame(frame.canvas, matrix, frame.shade, frame.depth)


def cow(spot: Spot, dice: Dice) -> None:
    """A cow from the side, grazing or looking up."""
    front = spot.stand()
    if dice.chance(0.5):
        front = _mirrored(front)
    spot.flat().shadow(0, 0, 1.6, 0.8, 0.32)
    fur, patch = some(dice, tones.FUR), some(dice, tones.FUR)
    ink = Ink("cow", fur, "fur")
    for at in (-0.72, -0.5, 0.42, 0.62):
        shade = 0.78 if at in {-0.5, 0.42} else 0.95
        front.rect(at - 0.08, 0, at + 0.08, 0.7, ink._replace(part="leg", colour=shaded(fur, shade)))
    front.poly(
        ((-0.88, 1.32), (0.75, 1.38), (0.84, 1.1), (0.74, 0.66), (-0.76, 0.6), (-0.92, 0.9)), ink._replace(part="torso")
    )
    for _ in range(3):
        spot_at = (dice.between(-0.6, 0.5), dice.between(0.85, 1.15))
        front.blob(
            spot_at,
            (dice.between(0.14, 0.28), dice.between(0.1, 0.18)),
            ink._replace(part="torso", colour=patch),
            dice,
            0.25,
        )
    front.line((-0.88, 1.26), (-1.0, 0.62), 0.06, ink._replace(part="tail", colour=shaded(fur, 0.8)))
    grazing = dice.chance(0.45)
    tip = (1.1, 0.42) if grazing else (1.12, 1.42)
    front.line((0.66, 1.16), tip, 0.3, ink._replace(part="torso"))
    _cow_head(front, tip, ink)
    front.oval(-0.4, 0.6, 0.14, 0.1, ink._replace(part="torso", colour=(230, 178, 170)))


def _cow_head(front: Frame, tip: tuple[float, float], ink: Ink) -> None:
    front.poly(
        (
            (tip[0] - 0.16, tip[1] + 0.2),
            (tip[0] + 0.14, tip[1] + 0.14),
            (tip[0] + 0.26, tip[1] - 0.12),
            (tip[0] + 0.06, tip[1] - 0.18),
            (tip[0] - 0.14, tip[1] - 0.02),
        ),
        ink._replace(part="head"),
    )
    front.oval(tip[0] + 0.19, tip[1] - 0.1, 0.1, 0.085, ink._replace(part="head", colour=(226, 176, 164)))
    front.line(
        (tip[0] - 0.06, tip[1] + 0.16),
        (tip[0] - 0.02, tip[1] + 0.34),
        0.06,
        ink._replace(part="horn", colour=(236, 228, 208)),
    )


def _mirrored(frame: Frame) -> Frame:
    m = frame.matrix
    return Frame(frame.canvas, (-m[0], m[1], m[2], -m[3], m[4], m[5], -m[6], m[7], m[8]), frame.shade, frame.depth)


def bird(front: Frame, dice: Dice, size: float) -> None:
    """A bird in the sky about (0, 0)."""
    ink = Ink("bird", dice.pick(((60.0, 62.0, 72.0), (245.0, 245.0, 245.0))), "", "wing")
    dip = dice.between(0.1, 0.4) * size
    for side in (-1, 1):
        front.poly(
            (
                (0, 0),
                (side * size * 0.5, dip + size * 0.12),
                (side * size, dip),
                (side * size * 0.5, dip - size * 0.02),
            ),
            ink,
        )
