"""Furniture. Every piece is a function of a spot: its front faces the spot's -z, its foot stands on the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes.objects.room import row_of_things
from visualize.scenes.render import palette as tones
from visualize.scenes.render.camera import Box, Frame, Spot
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, mixed, shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice


def _pattern(dice: Dice, *more: str) -> str:
    return dice.pick(("", "", "striped", "banded", "dotted", "chequered", "woven", *more))


def footing(spot: Spot, wide: float, deep: float, strength: float = 0.35) -> None:
    """The soft shadow of something that stands on the floor."""
    spot.flat().shadow(0, 0, wide * 0.8, deep * 0.9, strength)


def bed(spot: Spot, dice: Dice, wide: float) -> None:
    """A bed whose head end is at the spot's back."""
    long, half = 2.0, wide / 2
    frame_colour, sheet, cover = (
        some(dice, (*tones.WOOD, *tones.CLOTH)),
        some(dice, tones.LINEN),
        some(dice, tones.CLOTH),
    )
    footing(spot.moved(0, 0), wide, long)
    wood = Ink("bed", frame_colour, "wood")
    head = wood._replace(part="headboard", material=dice.pick(("wood", "fabric")))
    tall = dice.between(0.75, 1.3)
    headboard = Box(-half, half, 0, tall, long / 2, long / 2 + 0.08)
    near = spot.faces((0, 0, long / 2), (0, 0, -1))
    if near:
        spot.box(headboard, head)
    spot.box(Box(-half, half, 0, 0.3, -long / 2, long / 2), wood)
    spread = Ink(
        "bed", cover, "fabric", "blanket", _pattern(dice), mixed(cover, (250, 247, 240), 0.55), dice.between(0.2, 0.5)
    )
    spot.box(Box(-half + 0.02, half - 0.02, 0.3, 0.52, -long / 2, long / 2), Ink("bed", sheet, "fabric"))
    end = dice.between(0.2, 0.5)
    spot.box(Box(-half - 0.02, half + 0.02, 0.16, 0.545, -long / 2 - 0.02, end), spread)
    top = spot.flat(0.55)
    top.rect(-half - 0.02, end - 0.18, half + 0.02, end, Ink("bed", sheet, "fabric", "blanket"))
    _pillows(spot, dice, half, sheet)
    if not near:
        spot.box(headboard, head)
    if dice.chance(0.3):
        spot.box(Box(-half, half, 0, dice.between(0.4, 0.6), -long / 2 - 0.08, -long / 2 - 0.02), wood)


def _pillows(spot: Spot, dice: Dice, half: float, sheet: RGB) -> None:
    colour = dice.pick((sheet, some(dice, tones.LINEN), some(dice, tones.CLOTH)))
    ink = Ink("bed", colour, "fabric", "pillow", dice.pick(("", "", "striped", "dotted")), shaded(colour, 0.88), 0.14)
    for side in (-1, 1) if half > 0.6 else (0,):
        at = side * half * 0.48
        wide = min(0.34, half * 0.42)
        spot.box(Box(at - wide, at + wide, 0.53, 0.66, 0.56, 0.9), ink, ink.tinted(shaded(colour, 1.04)))


def table(spot: Spot, dice: Dice, size: tuple[float, float, float]) -> None:
    """A table of (width, depth, height)."""
    wide, deep, high = size
    wood = some(dice, (*tones.WOOD, *tones.WHITEWARE, *tones.DARK))
    footing(spot, wide, deep, 0.3)
    leg = Ink("table", shaded(wood, 0.85), "wood", "leg")
    top = Ink("table", wood, "wood", "tabletop", dice.pick(("", "planked", "")), shaded(wood, 0.8), 0.2)
    x, z, thick = wide / 2 - 0.08, deep / 2 - 0.08, 0.035
    legs = [(Box(a - thick, a + thick, 0, high, b - thick, b + thick), leg) for a in (-x, x) for b in (-z, z)]
    spot.boxes(legs)
    spot.box(Box(-wide / 2, wide / 2, high - 0.06, high, -deep / 2, deep / 2), top)


def chair(spot: Spot, dice: Dice) -> None:
    """A chair; its back is at the spot's back."""
    wood, cloth = some(dice, (*tones.WOOD, *tones.DARK, *tones.CLOTH)), some(dice, (*tones.CLOTH, *tones.WOOD))
    footing(spot, 0.45, 0.45, 0.25)
    leg, seat = Ink("chair", shaded(wood, 0.85), "wood", "leg"), Ink("chair", cloth, "fabric", "seat")
    rest = Ink(
        "chair", shaded(cloth, 0.95), "fabric", "backrest", _pattern(dice), mixed(cloth, (255, 255, 255), 0.3), 0.12
    )
    half = dice.between(0.2, 0.26)
    if dice.chance(0.25):
        base = [(Box(-0.03, 0.03, 0.08, 0.44, -0.03, 0.03), leg), (Box(-0.24, 0.24, 0, 0.08, -0.05, 0.05), leg)]
    else:
        x = half - 0.03
        base = [(Box(a - 0.025, a + 0.025, 0, 0.44, b - 0.025, b + 0.025), leg) for a in (-x, x) for b in (-x, x)]
    spot.boxes(base)
    back = (Box(-half, half, dice.pick((0.5, 0.62)), dice.between(0.85, 1.08), half - 0.05, half), rest)
    posts = [(Box(a - 0.025, a + 0.025, 0.5, 0.7, half - 0.05, half), leg) for a in (-half + 0.04, half - 0.04)]
    spot.boxes([*posts, back, (Box(-half, half, 0.43, 0.5, -half, half), seat)])


def sofa(spot: Spot, dice: Dice, wide: float) -> None:
    """A sofa, or an armchair where it is narrow."""
    cloth = some(dice, tones.CLOTH)
    texture = _pattern(dice, "", "")
    material = "leather" if not texture and dice.chance(0.4) else "fabric"
    ink = Ink("sofa", cloth, material, "", texture, mixed(cloth, (250, 246, 238), 0.3), dice.between(0.15, 0.4))
    half, deep, back, arm = wide / 2, 0.85, dice.between(0.75, 0.95), dice.between(0.55, 0.66)
    footing(spot, wide, deep)
    parts = [
        (Box(-half, half, 0.06, back, deep / 2 - 0.22, deep / 2), ink._replace(part="backrest")),
        (Box(-half, half, 0.06, 0.3, -deep / 2, deep / 2 - 0.22), ink),
    ]
    spot.boxes(parts)
    count = max(1, round(wide / 0.75))
    step = (wide - 0.4) / count
    pads = []
    for place in range(count):
        at = -half + 0.2 + step * place
        pad = ink._replace(part="cushion", colour=shaded(cloth, 1.08))
        pads.append((Box(at + 0.01, at + step - 0.01, 0.3, 0.45, -deep / 2, deep / 2 - 0.22), pad))
        if dice.chance(0.45):
            throw = Ink("sofa", some(dice, tones.CLOTH), "fabric", "cushion", _pattern(dice), (245, 240, 230), 0.12)
            pads.append(
                (Box(at + 0.1, at + min(step, 0.55) - 0.05, 0.46, 0.8, deep / 2 - 0.36, deep / 2 - 0.23), throw)
            )
    arms = [
        (Box(a, a + 0.2, 0.06, arm, -deep / 2, deep / 2), ink._replace(part="armrest")) for a in (-half, half - 0.2)
    ]
    spot.boxes([*pads, *arms])


def cabinet(spot: Spot, dice: Dice, size: tuple[float, float, float], columns: int = 2) -> None:
    """A cabinet, wardrobe or chest of drawers of (width, depth, height)."""
    wide, deep, high = size
    paint = some(dice, (*tones.WOOD, *tones.WHITEWARE, *tones.PAINT))
    ink = Ink("cabinet", paint, "wood", texture=dice.pick(("", "", "planked")), accent=shaded(paint, 0.9))
    footing(spot, wide, deep)
    box = Box(-wide / 2, wide / 2, 0, high, -deep / 2, deep / 2)
    spot.box(box, ink)
    front = spot.face(box, "front")
    if front:
        rows = 1 if high > 1.4 else dice.whole(1, 3)
        panels(front, dice, (wide, high), (columns, rows), "cabinet", paint)


def panels(front: Frame, dice: Dice, size: tuple[float, float], grid: tuple[int, int], thing: str, paint: RGB) -> None:
    """Doors or drawers with knobs, in columns and rows."""
    across, up = size[0] / grid[0], size[1] / grid[1]
    part = "drawer" if grid[1] > 1 else "door"
    panel = Ink(thing, shaded(paint, 1.06), "wood", part)
    knob = Ink(thing, some(dice, (*tones.STEEL, *tones.DARK)), "metal", "knob")
    for column in range(grid[0]):
        for row in range(grid[1]):
            u, v = column * across, row * up
            front.rect(u + 0.03, v + 0.03, u + across - 0.03, v + up - 0.03, panel)
            at = u + across / 2 if part == "drawer" else u + (across - 0.1 if column % 2 == 0 else 0.1)
            front.rect(
                at - 0.05 * (part == "drawer") - 0.015,
                v + up * 0.5 - 0.02,
                at + 0.05 * (part == "drawer") + 0.015,
                v + up * 0.5 + 0.02 + 0.08 * (part == "door"),
                knob,
            )


def bookcase(spot: Spot, dice: Dice, size: tuple[float, float, float]) -> None:
    """An open bookcase of (width, depth, height), filled."""
    wide, deep, high = size
    wood = some(dice, (*tones.WOOD, *tones.WHITEWARE, *tones.DARK))
    footing(spot, wide, deep)
    box = Box(-wide / 2, wide / 2, 0, high, -deep / 2, deep / 2)
    ink = Ink("shelf", wood, "wood")
    spot.box(box, ink)
    front = spot.face(box, "front")
    if front is None:
        return
    rows = max(2, round(high / 0.4))
    step = (high - 0.05) / rows
    for row in range(rows):
        low = 0.05 + row * step
        front.rect(0.04, low, wide - 0.04, low + step - 0.04, ink.tinted(shaded(wood, 0.55)))
        row_of_things(front.at(0, low), dice, (0.05, wide - 0.05), step - 0.05)


def lamp(spot: Spot, dice: Dice, *, tall: bool) -> None:
    """A standing lamp, or one for a table where it is not tall."""
    front = spot.stand()
    size = 1.0 if tall else dice.between(0.75, 1.05)
    shade, metal = some(dice, (*tones.BLIND, *tones.CLOTH)), some(dice, (*tones.STEEL, *tones.WOOD, *tones.DARK))
    stem = dice.between(1.25, 1.5) if tall else 0.26 * size
    wide, high = (0.24, 0.3) if tall else (0.17 * size, 0.22 * size)
    if tall:
        footing(spot, 0.3, 0.3, 0.25)
    ink = Ink("lamp", metal, "metal", "stand")
    front.rect(-0.02, 0, 0.02, stem + 0.02, ink)
    if not tall and dice.chance(0.5):
        front.oval(
            0, stem * 0.42, 0.09 * size, stem * 0.42, ink._replace(material="ceramic", colour=some(dice, tones.CLOTH))
        )
    front.half(0, 0, 0.13 * size, 0.05, ink)
    lit = front.canvas.light.night or dice.chance(0.4)
    colour = mixed(shade, (255, 240, 196), 0.7) if lit else shade
    narrow = wide * dice.between(0.45, 0.85)
    cover = Ink(
        "lamp",
        colour,
        "fabric",
        "shade",
        dice.pick(("", "", "banded", "striped")),
        shaded(colour, 0.86),
        0.1,
        glows=lit,
    )
    front.poly(((-narrow, stem + high), (narrow, stem + high), (wide, stem), (-wide, stem)), cover)
    if lit:
        front.shine(0, stem + high / 2, 1.3 if tall else 0.8, 0.34)


def hanging_lamp(spot: Spot, dice: Dice, ceiling: float) -> None:
    """A lamp on a cord from the ceiling."""
    low = ceiling - dice.between(0.4, 0.9)
    front = spot.stand()
    front.rect(-0.012, low + 0.1, 0.012, ceiling, Ink("lamp", (60, 60, 64), "metal", "stand"))
    lit = front.canvas.light.night or dice.chance(0.5)
    shade = some(dice, (*tones.CLOTH, *tones.WHITEWARE))
    ink = Ink(
        "lamp", mixed(shade, (255, 240, 200), 0.5) if lit else shade, dice.pick(("metal", "glass")), "shade", glows=lit
    )
    wide = dice.between(0.18, 0.3)
    if dice.chance(0.35):
        front.oval(0, low + wide * 0.8, wide * 0.8, wide * 0.8, ink)
    else:
        front.half(0, low, wide, wide * dice.between(0.7, 1.1), ink)
        front.half(0, low, wide * 0.6, -0.05, Ink("lamp", (255, 247, 215), "glass", "shade", glows=True))
    if lit:
        front.shine(0, low, 1.1, 0.3)


def houseplant(spot: Spot, dice: Dice, size: float = 1.0) -> None:
    """A plant in a pot."""
    front = spot.stand()
    footing(spot, 0.35 * size, 0.35 * size, 0.25)
    leaf = some(dice, tones.LEAVES)
    ink = Ink("plant", leaf, "foliage", "leaf")
    base = 0.28 * size
    bushy = dice.chance(0.4)
    for _ in range(4 if bushy else 9):
        if bushy:
            u, v = dice.between(-0.16, 0.16) * size, base + dice.between(0.12, 0.42) * size
            puff = ink._replace(colour=shaded(leaf, dice.between(0.8, 1.2)), texture="leafy", period=0.2 * size)
            front.blob((u, v), (0.2 * size, 0.18 * size), puff, dice)
            continue
        lean, long = dice.between(-0.5, 0.5) * size, dice.between(0.35, 0.75) * size
        tip = (lean, base + long)
        wide = 0.06 * size
        front.poly(
            ((0, base - 0.03), (lean * 0.45 - wide, base + long * 0.6), tip, (lean * 0.45 + wide, base + long * 0.5)),
            ink.tinted(shaded(leaf, dice.between(0.75, 1.25))),
        )
    pot = Ink("plant", some(dice, (*tones.BRICK, *tones.CLOTH, *tones.WHITEWARE)), "ceramic", "pot")
    front.poly(((-0.17 * size, base), (0.17 * size, base), (0.12 * size, 0), (-0.12 * size, 0)), pot)
    front.rect(-0.19 * size, base - 0.05 * size, 0.19 * size, base + 0.01, pot.tinted(shaded(pot.colour, 1.1)))


def screen(spot: Spot, dice: Dice, wide: float) -> None:
    """A monitor or television on whatever the spot stands on."""
    high, lift = wide * 0.58, dice.between(0.08, 0.14)
    case = Ink("monitor", some(dice, (*tones.DARK, *tones.STEEL)), "plastic")
    spot.box(Box(-0.03, 0.03, 0, lift + 0.05, 0, 0.05), case._replace(part="stand"))
    spot.box(Box(-wide * 0.25, wide * 0.25, 0, 0.02, -0.1, 0.1), case._replace(part="stand"))
    box = Box(-wide / 2, wide / 2, lift, lift + high, -0.02, 0.03)
    spot.box(box, case)
    front = spot.face(box, "front")
    if front is None:
        return
    on = dice.chance(0.65)
    colour = some(dice, (*tones.GLASS, *tones.CLOTH, (60.0, 110.0, 190.0))) if on else (48.0, 52.0, 60.0)
    glass = Ink("monitor", colour, "glass", "screen", fade=(1.15, 0.85), glows=on)
    front.rect(0.03, 0.04, wide - 0.03, high - 0.03, glass)
    if on:
        for row in range(dice.whole(1, 3)):
            v = high * (0.72 - 0.2 * row)
            front.rect(
                0.09,
                v,
                wide * dice.between(0.35, 0.8),
                v + high * 0.07,
                glass.tinted(mixed(colour, (255, 255, 255), 0.7)),
            )


def tabletop_things(spot: Spot, dice: Dice, wide: float, count: int) -> None:
    """Cups, vases, books and fruit bowls on a flat place."""
    for _ in range(count):
        place = spot.moved(dice.between(-0.45, 0.45) * wide, dice.between(-0.12, 0.12))
        front = place.stand()
        what = dice.whole(0, 3)
        colour = some(dice, (*tones.CLOTH, *tones.WHITEWARE))
        if what == 0:
            front.rect(-0.045, 0, 0.045, 0.1, Ink("cup", colour, "ceramic"))
            front.rect(0.045, 0.03, 0.07, 0.07, Ink("cup", colour, "ceramic", "handle"))
        elif what == 1:
            front.oval(0, 0.1, 0.075, 0.1, Ink("vase", colour, "ceramic"))
            for lean in (-0.07, 0.0, 0.07):
                front.line((0, 0.18), (lean, 0.33), 0.014, Ink("flower", (96, 140, 80), "foliage", "stem"))
                front.oval(lean, 0.34, 0.045, 0.045, Ink("flower", some(dice, tones.PETALS), "foliage", "petal"))
        elif what == 2:
            for row in range(dice.whole(1, 3)):
                place.box(
                    Box(-0.13, 0.13, row * 0.04, row * 0.04 + 0.04, -0.09, 0.09),
                    Ink("book", some(dice, tones.BOOKS), "paper"),
                )
        else:
            front.half(0, 0.1, 0.15, -0.1, Ink("cup", colour, "ceramic"))
            for side in (-0.08, 0.0, 0.08):
                front.oval(side, 0.11, 0.045, 0.045, Ink("plant", some(dice, tones.PETALS), "foliage"))
