"""Fixtures of kitchens and bathrooms: whatever is plumbed or plugged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes.objects.furniture import footing, panels
from visualize.scenes.render import palette as tones
from visualize.scenes.render.camera import Box, Frame, Spot
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice


COUNTER = 0.9  # height of a worktop, metres


def fridge(spot: Spot, dice: Dice) -> None:
    """A fridge with its freezer above or below."""
    paint = some(dice, (*tones.WHITEWARE, *tones.STEEL, *tones.STEEL, *tones.CLOTH))
    high, wide = dice.between(1.6, 1.95), dice.between(0.66, 0.85)
    footing(spot, wide, 0.7)
    box = Box(-wide / 2, wide / 2, 0.04, high, -0.35, 0.35)
    ink = Ink("fridge", paint, "metal", fade=(1.08, 0.92))
    spot.box(box, ink)
    front = spot.face(box, "front")
    if front is None:
        return
    split = high * dice.pick((0.34, 0.62, 0.7))
    side = dice.pick((0.08, wide - 0.12))
    handle = Ink("fridge", shaded(paint, 0.62), "metal", "handle")
    door = ink._replace(part="door", colour=shaded(paint, 1.05))
    for low, top in ((0.04, split - 0.015), (split + 0.015, high - 0.07)):
        front.rect(0.02, low, wide - 0.02, top, door)
        middle = top - 0.15 if top < high * 0.9 else low + 0.15
        front.rect(side, min(middle, middle + 0.2), side + 0.04, max(middle, middle + 0.3), handle)
    front.rect(0, split - 0.012, wide, split + 0.012, ink.tinted(shaded(paint, 0.7)))


def stove(spot: Spot, dice: Dice) -> None:
    """A stove with an oven, burners and perhaps a pot."""
    paint = some(dice, (*tones.WHITEWARE, *tones.STEEL, *tones.DARK))
    footing(spot, 0.65, 0.65)
    box = Box(-0.32, 0.32, 0, COUNTER, -0.32, 0.32)
    spot.box(box, Ink("stove", paint, "metal"), Ink("stove", shaded(paint, 0.55), "metal"))
    front = spot.face(box, "front")
    if front:
        dark = Ink("stove", (44, 44, 50), "glass", "door", fade=(1.5, 0.9))
        front.rect(0.04, 0.1, 0.6, 0.66, Ink("stove", shaded(paint, 0.9), "metal", "door"))
        front.rect(0.1, 0.2, 0.54, 0.54, dark)
        front.rect(0.1, 0.6, 0.54, 0.635, Ink("stove", (200, 204, 208), "metal", "handle"))
        for place in range(4):
            front.oval(0.12 + place * 0.135, 0.78, 0.038, 0.038, Ink("stove", shaded(paint, 0.4), "plastic", "knob"))
    top = spot.flat(COUNTER + 0.005)
    for x in (-0.15, 0.15):
        for z in (-0.15, 0.15):
            top.oval(x, z, 0.11, 0.11, Ink("stove", (28, 28, 32), "metal", "burner"))
            top.oval(x, z, 0.06, 0.06, Ink("stove", dice.pick(((90, 90, 94), (214, 84, 50))), "metal", "burner"))
    if dice.chance(0.5):
        pot(spot.moved(dice.pick((-0.15, 0.15)), 0.1, COUNTER), dice)


def pot(spot: Spot, dice: Dice) -> None:
    """A cooking pot or a kettle."""
    front = spot.stand()
    ink = Ink("pot", some(dice, (*tones.STEEL, *tones.CLOTH)), "metal", fade=(1.15, 0.85))
    front.rect(-0.13, 0, 0.13, 0.16, ink)
    front.half(0, 0.16, 0.13, 0.05, ink.tinted(shaded(ink.colour, 0.85)))
    front.oval(0, 0.215, 0.025, 0.02, ink._replace(part="knob", colour=(50, 50, 54)))
    for side in (-0.16, 0.16):
        front.oval(side, 0.11, 0.04, 0.02, ink._replace(part="handle", colour=(50, 50, 54)))


def counter(spot: Spot, dice: Dice, wide: float, paint: RGB, stone: RGB) -> None:
    """Kitchen units with a worktop."""
    footing(spot, wide, 0.62)
    box = Box(-wide / 2, wide / 2, 0.08, COUNTER - 0.05, -0.3, 0.3)
    spot.box(box, Ink("cabinet", paint, "wood"))
    front = spot.face(box, "front")
    if front:
        panels(
            front, dice, (wide, COUNTER - 0.13), (max(1, round(wide / 0.55)), dice.pick((1, 1, 3))), "cabinet", paint
        )
    top = Ink("table", stone, "stone", "tabletop", "marbled", shaded(stone, 1.2), 0.5)
    spot.box(Box(-wide / 2, wide / 2, COUNTER - 0.05, COUNTER, -0.34, 0.3), top)


def basin(spot: Spot, dice: Dice) -> None:
    """A sink let into a worktop, and its tap."""
    rim = Ink("sink", some(dice, (*tones.STEEL, *tones.WHITEWARE)), "metal")
    top = spot.flat(COUNTER + 0.006)
    top.rect(-0.3, -0.24, 0.3, 0.2, rim)
    top.rect(-0.26, -0.2, 0.26, 0.16, rim._replace(part="basin", colour=shaded(rim.colour, 0.62), fade=(0.8, 1.25)))
    _tap(spot.stand(0, 0.2, COUNTER), dice, "sink")


def _tap(front: Frame, dice: Dice, thing: str) -> None:
    metal = Ink(thing, dice.pick(tones.STEEL), "metal", "faucet")
    front.rect(-0.02, 0, 0.02, 0.27, metal)
    front.rect(-0.02, 0.24, 0.15, 0.28, metal)
    front.rect(0.12, 0.17, 0.15, 0.26, metal)


def wall_cabinets(wall: Frame, dice: Dice, wide: float, paint: RGB) -> None:
    """A row of cabinets on a wall, from (0, 0) to the right and upwards."""
    wall.shadow(wide / 2, -0.05, wide, 0.3, 0.22)
    wall.rect(0, 0, wide, 0.72, Ink("cabinet", paint, "wood"))
    if dice.chance(0.25):
        wall.rect(0.04, 0.04, wide - 0.04, 0.68, Ink("cabinet", shaded(paint, 0.6), "wood"))
        for place in range(int(wide / 0.2)):
            wall.oval(0.12 + place * 0.2, 0.14, 0.07, 0.09, Ink("cup", some(dice, tones.CLOTH), "ceramic"))
    else:
        panels(wall, dice, (wide, 0.72), (max(1, round(wide / 0.5)), 1), "cabinet", paint)


def bathtub(spot: Spot, dice: Dice, long: float) -> None:
    """A bathtub along the spot's x."""
    paint = some(dice, tones.WHITEWARE)
    footing(spot, long, 0.8)
    apron = Ink("bathtub", some(dice, (*tones.WHITEWARE, *tones.WHITEWARE, *tones.CLOTH)), "ceramic")
    white = Ink("bathtub", paint, "ceramic")
    half = long / 2
    spot.box(Box(-half, half, 0, 0.56, -0.4, 0.4), apron, white)
    rim = spot.flat(0.57)
    corners = (
        (-half + 0.08, -0.24),
        (-half + 0.2, -0.32),
        (half - 0.2, -0.32),
        (half - 0.08, -0.24),
        (half - 0.08, 0.24),
        (half - 0.2, 0.32),
        (-half + 0.2, 0.32),
        (-half + 0.08, 0.24),
    )
    rim.poly(corners, white._replace(part="basin", colour=shaded(paint, 0.82), fade=(0.9, 1.05)))
    if dice.chance(0.6):
        wet = spot.flat(0.44)
        inner = [(x * 0.93, z * 0.85) for x, z in corners]
        wet.poly(inner, Ink("bathtub", some(dice, tones.GLASS), "water", "basin"))
    if dice.chance(0.35):
        for _ in range(9):
            foam = spot.stand(dice.between(-0.8, 0.8) * half, dice.between(-0.1, 0.15), 0.5)
            foam.blob((0, 0.05), (0.13, 0.1), white._replace(colour=(250, 250, 252), part=""), dice)
    _tap(spot.stand(dice.pick((-1, 1)) * (half - 0.12), 0.3, 0.56), dice, "bathtub")


def toilet(spot: Spot, dice: Dice) -> None:
    """A toilet, its tank at the back."""
    paint = some(dice, tones.WHITEWARE)
    ink = Ink("toilet", paint, "ceramic")
    footing(spot, 0.45, 0.6)
    spot.box(Box(-0.22, 0.22, 0.36, 0.8, 0.18, 0.36), ink._replace(part="tank"))
    spot.box(Box(-0.24, 0.24, 0.79, 0.83, 0.16, 0.37), ink._replace(part="tank", colour=shaded(paint, 0.95)))
    spot.box(Box(-0.12, 0.12, 0, 0.34, -0.16, 0.25), ink.tinted(shaded(paint, 0.93)))
    spot.prism([(-0.2, 0.4), (0.2, 0.4), (0.12, 0.2), (-0.12, 0.2)], (-0.25, 0.18), ink)
    seat = spot.flat(0.42)
    cover = some(dice, (*tones.WHITEWARE, *tones.WOOD))
    seat.oval(0, -0.06, 0.22, 0.28, ink._replace(part="seat", colour=shaded(cover, 0.95)))
    if dice.chance(0.5):
        seat.oval(0, -0.07, 0.14, 0.19, ink._replace(part="basin", colour=shaded(paint, 0.6)))


def washstand(spot: Spot, dice: Dice) -> None:
    """A bathroom sink on a pedestal or a cabinet."""
    paint = some(dice, tones.WHITEWARE)
    ink = Ink("sink", paint, "ceramic")
    footing(spot, 0.5, 0.5)
    if dice.chance(0.5):
        wood = some(dice, (*tones.WOOD, *tones.PAINT))
        box = Box(-0.36, 0.36, 0.1, 0.74, -0.22, 0.26)
        spot.box(box, Ink("cabinet", wood, "wood"))
        front = spot.face(box, "front")
        if front:
            panels(front, dice, (0.72, 0.64), (2, 1), "cabinet", wood)
    else:
        spot.box(Box(-0.09, 0.09, 0, 0.7, -0.05, 0.12), ink.tinted(shaded(paint, 0.92)))
    spot.prism([(-0.38, COUNTER), (0.38, COUNTER), (0.26, 0.7), (-0.26, 0.7)], (-0.28, 0.26), ink)
    top = spot.flat(COUNTER + 0.005)
    top.oval(0, -0.04, 0.28, 0.19, ink._replace(part="basin", colour=shaded(paint, 0.76), fade=(0.85, 1.1)))
    _tap(spot.stand(0, 0.2, COUNTER), dice, "sink")
