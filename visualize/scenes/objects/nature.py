"""Sky, land, water, and what grows there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from visualize.scenes.render import palette as tones
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, mixed, shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.camera import Frame, Spot, View


def sky(view: View, dice: Dice, clouds: float = 0.7) -> None:
    """The sky from the horizon up, with its sun or moon, clouds and birds."""
    light, back = view.light, view.backdrop(0)
    top = 1 - view.below
    steps = 14
    back.rect(0, -view.below, 1, 0, Ink("sky", light.haze, fade=(1, 1), glows=True))
    for step in range(steps):
        share = (step + 0.5) / steps
        colour = mixed(light.haze, light.zenith, share**0.8)
        back.rect(0, top * step / steps, 1, top * (step + 1) / steps, Ink("sky", colour, fade=(1.0, 1.0), glows=True))
    if dice.chance(0.5):
        u, v = dice.between(0.05, 0.95), top * dice.between(0.25, 0.9)
        size = dice.between(0.025, 0.05)
        warm: RGB = (240, 240, 225) if light.night else (255, 244, 200)
        if not light.night:
            back.canvas.veil(back.pixel(u, v), (0.24 * back.canvas.side,) * 2, warm, 0.5)
        back.oval(u, v, size, size, Ink("sun", warm, fade=(1, 1), glows=True))
    if dice.chance(clouds):
        for _ in range(dice.whole(1, 4)):
            cloud(back, dice, (dice.between(0, 1), top * dice.between(0.15, 0.95)), dice.between(0.08, 0.22))
    if dice.chance(0.15):
        for _ in range(dice.whole(1, 3)):
            from visualize.scenes.objects.living import bird

            bird(back.at(dice.between(0.1, 0.9), top * dice.between(0.2, 0.8)), dice, dice.between(0.015, 0.035))


def cloud(back: Frame, dice: Dice, at: tuple[float, float], size: float) -> None:
    """A cloud with a flat foot."""
    light = back.canvas.light
    white = mixed((252, 252, 252), light.haze, 0.25 if not light.night else 0.75)
    ink = Ink("cloud", white, fade=(1.02, 0.93), glows=True)
    u, v = at
    for place in range(5):
        lean = (place - 2) / 2.2
        high = size * (0.42 - 0.2 * abs(lean)) * dice.between(0.75, 1.2)
        back.half(u + lean * size, v, size * 0.5, high, ink)
        back.half(u + lean * size, v, size * 0.45, -high * 0.22, ink.tinted(shaded(white, 0.95)))


def land(view: View, ink: Ink, far: float = 300) -> None:
    """The ground up to the horizon."""
    view.ground().rect(-far, -20, far, far, ink._replace(fade=(0.95, 1.06)))
    mist(view, 0.5)


def mist(view: View, strength: float) -> None:
    """Haze above the ground where it meets the horizon."""
    back = view.backdrop(0)
    side = back.canvas.side
    back.canvas.veil(back.pixel(0.5, 0), (side * 1.2, side * 0.12), view.light.haze, strength)


def grass(dice: Dice, *, dry: bool = False) -> Ink:
    """An ink for meadows."""
    colour = some(dice, tones.DRY if dry else tones.MEADOW)
    return Ink(
        "grass",
        colour,
        "foliage",
        texture="grassy",
        accent=shaded(colour, dice.pick((0.74, 1.22))),
        period=dice.between(0.5, 1.2),
    )


def ridge(
    view: View, dice: Dice, ink: Ink, shape: tuple[float, float, float], depth: float
) -> list[tuple[float, float]]:
    """A line of hills or mountains along the horizon; shape: height, roughness and foot, in picture widths."""
    high, rough, foot = shape
    steps, phase, tilt = 18, dice.between(0, 6), dice.between(0.7, 2.2)
    points = []
    for step in range(steps + 1):
        u = step / steps
        swell = 0.5 + 0.5 * math.sin(phase + u * math.pi * 2 * tilt)
        points.append((u * 1.1 - 0.05, foot + high * (0.45 + 0.55 * swell) + rough * (dice.unit() - 0.5) * high))
    view.backdrop(depth).poly([(-0.05, foot - 0.02), *points, (1.05, foot - 0.02)], ink)
    return points


def mountain(view: View, dice: Dice, at: tuple[float, float], size: tuple[float, float], depth: float) -> None:
    """One mountain with a lit and a shaded side, and perhaps snow."""
    back = view.backdrop(depth)
    (u, v), (wide, high) = at, size
    rock = some(dice, tones.ROCKS)
    lit = Ink("mountain", rock, "stone", fade=(1.1, 0.92))
    dark = lit.tinted(shaded(rock, 0.72))
    top = (u + dice.between(-0.15, 0.15) * wide, v + high)
    left = [(u - wide * s, v + high * (1 - s) * dice.between(0.75, 1.15)) for s in (1.0, 0.75, 0.5, 0.25)]
    right = [(u + wide * s, v + high * (1 - s) * dice.between(0.75, 1.15)) for s in (0.25, 0.5, 0.75, 1.0)]
    left[0], right[-1] = (left[0][0], v - 0.02), (right[-1][0], v - 0.02)
    spine = [(top[0] + dice.between(-0.12, 0.12) * wide, v + high * s) for s in (0.7, 0.4, 0.15, -0.02)]
    back.poly([*left, top, *right], lit)
    back.poly([top, *(right if view.light.sun[0] < 0 else left[::-1]), *spine[::-1]], dark)
    if dice.chance(0.65):
        edge = dice.between(0.5, 0.75)
        white = Ink("mountain", (246, 249, 252), "snow", "snowcap")
        a, b = left[-1], right[0]
        ends = [_between(top, a, 1.0), _between(top, b, 1.0)]
        zig = [
            (
                ends[0][0] + (ends[1][0] - ends[0][0]) * s,
                v + high * (edge + dice.between(-0.04, 0.1) * (1 if i % 2 else -1)),
            )
            for i, s in enumerate((0.25, 0.45, 0.6, 0.8))
        ]
        back.poly([ends[0], top, ends[1], *zig[::-1]], white)
        shade = white.tinted((206, 218, 234))
        back.poly(
            [
                top,
                ends[1] if view.light.sun[0] < 0 else ends[0],
                *([zig[3], zig[2]] if view.light.sun[0] < 0 else [zig[0], zig[1]]),
            ],
            shade,
        )


def _between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def tree(spot: Spot, dice: Dice, size: float, *, conifer: bool = False, season: tuple[RGB, ...] = tones.LEAVES) -> None:
    """A tree, ``size`` metres high."""
    front = spot.stand()
    if front.scale() * size < 3:
        return
    spot.flat().shadow(size * 0.05, 0, size * 0.5, size * 0.28, 0.34)
    bark, leaf = some(dice, tones.BARK), some(dice, tones.CONIFER if conifer else season)
    thick = size * dice.between(0.028, 0.045)
    trunk = Ink("tree", bark, "wood", "trunk", "striped" if size * front.scale() > 120 else "", shaded(bark, 0.8), 0.12)
    if conifer:
        front.rect(-thick, 0, thick, size * 0.25, trunk)
        _tiers(front, dice, size, leaf)
        return
    fork = size * dice.between(0.35, 0.5)
    front.poly(
        (
            (-thick * 1.5, 0),
            (-thick, fork),
            (-thick * 0.6, size * 0.7),
            (thick * 0.6, size * 0.7),
            (thick, fork),
            (thick * 1.5, 0),
        ),
        trunk,
    )
    front.line((0, fork * 0.9), (size * 0.16, fork * 1.35), thick, trunk)
    crown = Ink("tree", leaf, "foliage", "crown", "leafy", shaded(leaf, 0.8), dice.between(0.7, 1.3), (1.12, 0.86))
    wide = size * dice.between(0.2, 0.3)
    middle = size * 0.68
    for place in range(5):
        side = (place % 3 - 1) * wide * 0.62
        up = middle + (size * 0.1 if place > 2 else 0) + dice.between(-0.05, 0.05) * size
        tone = crown.tinted(shaded(leaf, 0.86 + 0.07 * place))
        front.blob(
            (side * (0.6 if place > 2 else 1), up),
            (wide * dice.between(0.65, 0.85), size * dice.between(0.15, 0.22)),
            tone,
            dice,
        )


def _tiers(front: Frame, dice: Dice, size: float, leaf: RGB) -> None:
    wide = size * dice.between(0.17, 0.25)
    count = dice.whole(3, 4)
    for tier in range(count):
        low = size * (0.12 + 0.66 * tier / count)
        half = wide * (1 - 0.75 * tier / count)
        high = size * (0.12 + 0.66 * (tier + 1) / count + 0.2)
        ink = Ink(
            "tree", shaded(leaf, 0.9 + 0.06 * tier), "foliage", "crown", "leafy", shaded(leaf, 0.78), 0.9, (1.12, 0.84)
        )
        front.poly(
            (
                (0, min(high, size)),
                (half, low),
                (half * 0.4, low + size * 0.03),
                (-half * 0.4, low + size * 0.02),
                (-half, low),
            ),
            ink,
        )


def palm(spot: Spot, dice: Dice, size: float) -> None:
    """A palm tree."""
    front = spot.stand()
    spot.flat().shadow(0.3, 0, size * 0.4, size * 0.2, 0.3)
    bark, leaf = some(dice, tones.BARK), some(dice, tones.LEAVES)
    lean = dice.between(-0.25, 0.25) * size
    trunk = Ink("tree", bark, "wood", "trunk", "banded", shaded(bark, 0.8), 0.3)
    front.poly(
        (
            (-0.14, 0),
            (lean * 0.4 - 0.1, size * 0.5),
            (lean - 0.08, size),
            (lean + 0.08, size),
            (lean * 0.4 + 0.1, size * 0.5),
            (0.16, 0),
        ),
        trunk,
    )
    for step in range(8):
        angle = math.pi * (step + dice.between(-0.2, 0.2)) / 7
        far = size * 0.38
        tip = (lean + far * math.cos(angle), size + far * (0.6 * math.sin(angle) - 0.28))
        bend = (lean + far * 0.55 * math.cos(angle), size + far * (0.62 * math.sin(angle) + 0.06))
        ink = Ink("tree", shaded(leaf, dice.between(0.8, 1.2)), "foliage", "crown")
        front.poly(((lean, size), (bend[0], bend[1] + 0.12), tip, (bend[0], bend[1] - 0.1)), ink)


def bush(spot: Spot, dice: Dice, size: float) -> None:
    """A round bush, perhaps in flower."""
    front = spot.stand()
    spot.flat().shadow(0, 0, size * 0.9, size * 0.5, 0.28)
    leaf = some(dice, tones.LEAVES)
    ink = Ink("bush", leaf, "foliage", "", "leafy", shaded(leaf, 0.8), 0.6, (1.14, 0.84))
    for side in (-0.4, 0.4, 0.0):
        front.blob(
            (side * size, size * 0.36),
            (size * 0.42, size * 0.4),
            ink.tinted(shaded(leaf, dice.between(0.88, 1.1))),
            dice,
        )
    if dice.chance(0.3):
        petal = Ink("flower", some(dice, tones.PETALS), "foliage", "petal")
        for _ in range(7):
            front.oval(
                dice.between(-0.6, 0.6) * size,
                dice.between(0.2, 0.65) * size,
                0.06 * size + 0.02,
                0.06 * size + 0.02,
                petal,
            )


def flowers(spot: Spot, dice: Dice, count: int) -> None:
    """A patch of flowers."""
    colour = some(dice, tones.PETALS)
    for _ in range(count):
        front = spot.stand(dice.between(-0.8, 0.8), dice.between(-0.5, 0.5))
        high = dice.between(0.2, 0.42)
        front.line((0, 0), (dice.between(-0.04, 0.04), high), 0.03, Ink("flower", (84, 138, 70), "foliage", "stem"))
        front.oval(0, high, 0.09, 0.09, Ink("flower", shaded(colour, dice.between(0.85, 1.1)), "foliage", "petal"))
        front.oval(0, high, 0.035, 0.035, Ink("flower", (240, 200, 80), "foliage"))


def tuft(spot: Spot, dice: Dice, ink: Ink) -> None:
    """Blades of grass that stand out of the meadow."""
    front = spot.stand()
    blade = ink._replace(texture="", colour=shaded(ink.colour, dice.between(0.75, 1.15)))
    for _ in range(4):
        lean, at = dice.between(-0.2, 0.2), dice.between(-0.15, 0.15)
        front.poly(((at - 0.03, 0), (at + lean, dice.between(0.2, 0.45)), (at + 0.03, 0)), blade)


def rock(spot: Spot, dice: Dice, size: float) -> None:
    """A rock with a lit top."""
    front = spot.stand()
    spot.flat().shadow(0, 0, size * 0.9, size * 0.5, 0.32)
    grey = some(dice, (*tones.ROCKS, *tones.STONE))
    ink = Ink("rock", grey, "stone", "", "speckled", shaded(grey, 1.2), 0.8, (1.12, 0.8))
    front.poly(
        (
            (-0.5 * size, 0),
            (-0.42 * size, 0.26 * size),
            (-0.12 * size, 0.5 * size),
            (0.22 * size, 0.44 * size),
            (0.46 * size, 0.2 * size),
            (0.5 * size, 0),
        ),
        ink,
    )
    front.poly(
        (
            (-0.42 * size, 0.26 * size),
            (-0.12 * size, 0.5 * size),
            (0.22 * size, 0.44 * size),
            (0.02 * size, 0.28 * size),
        ),
        ink.tinted(shaded(grey, 1.22)),
    )


def water(view: View, dice: Dice, thing: str, strip: tuple[float, float], wide: float = 400) -> None:
    """Water from one distance to another."""
    blue = mixed(some(dice, tones.WATER), view.light.haze, 0.12)
    ink = Ink(
        thing, blue, "water", "", "wavy", mixed(blue, (245, 250, 252), 0.45), dice.between(0.8, 2.0), (1.12, 0.94)
    )
    view.ground().rect(-wide, strip[0], wide, strip[1], ink)
