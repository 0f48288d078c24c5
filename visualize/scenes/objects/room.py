"""Rooms: floor, walls and ceiling, and whatever hangs or lies on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from visualize.scenes.render import palette as tones
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, mixed, shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.camera import Frame, View


class Room(NamedTuple):
    """A room's planes.

    Along the back wall u counts from left to right, along the others away from the camera; v counts up from the floor.
    On the floor u is x and v is z. All in metres.
    """

    view: View
    wide: float
    deep: float
    high: float
    back: Frame
    left: Frame
    right: Frame
    floor: Frame


class Finish(NamedTuple):
    """How a room is papered and floored."""

    wall: Ink
    floor: Ink
    skirting: RGB


def finish_of(dice: Dice, walls: tuple[str, ...], floors: tuple[str, ...]) -> Finish:
    """A wall ("paint", "paper", "tiles", "brick") and a floor ("wood", "carpet", "tiles", "stone") of these sorts."""
    wall = _wall(dice, walls)
    floor = _floor(dice, floors)
    return Finish(wall, floor._replace(fade=(0.86, 1.08)), dice.pick(((245, 243, 238), shaded(wall.colour, 0.75))))


def _wall(dice: Dice, sorts: tuple[str, ...]) -> Ink:
    paint = some(dice, tones.PAINT)
    return {
        "paint": Ink("wall", paint, "plaster", fade=(1.03, 0.95)),
        "paper": Ink(
            "wall",
            paint,
            "paper",
            texture=dice.pick(("striped", "dotted", "banded", "chequered")),
            accent=shaded(paint, dice.pick((0.9, 1.08))),
            period=dice.between(0.22, 0.6),
            fade=(1.02, 0.96),
        ),
        "tiles": Ink(
            "wall",
            some(dice, (*tones.WHITEWARE, *tones.PAINT)),
            "ceramic",
            texture="tiled",
            accent=(200, 200, 196),
            period=dice.between(0.2, 0.42),
            fade=(1.02, 0.96),
        ),
        "brick": Ink("wall", some(dice, tones.BRICK), "brick", texture="bricked", accent=(205, 190, 175), period=0.36),
    }[dice.pick(sorts)]


def _floor(dice: Dice, sorts: tuple[str, ...]) -> Ink:
    ground = some(dice, tones.PAINT)
    wood = some(dice, tones.WOOD)
    stone = some(dice, tones.STONE)
    return {
        "wood": Ink(
            "floor", wood, "wood", texture="planked", accent=shaded(wood, 0.7), period=dice.between(0.18, 0.34)
        ),
        "carpet": Ink("floor", some(dice, tones.CLOTH), "fabric", texture="speckled", period=0.5),
        "tiles": Ink(
            "floor",
            ground,
            "ceramic",
            texture=dice.pick(("tiled", "chequered", "tiled")),
            accent=shaded(ground, dice.pick((0.6, 0.8))),
            period=dice.between(0.4, 0.9),
        ),
        "stone": Ink("floor", stone, "stone", texture="marbled", accent=shaded(stone, 1.2), period=0.9),
    }[dice.pick(sorts)]


def room(view: View, wide: float, deep: float, high: float, look: Finish) -> Room:
    """Draw an empty room and return its planes."""
    light, half = view.light, wide / 2
    back = view.frame((-half, 0, deep), (1, 0, 0), (0, 1, 0), shade=light.on((0, 0, -1)), depth=0)
    left = view.frame((-half, 0, 0), (0, 0, 1), (0, 1, 0), shade=light.on((1, 0, 0)), depth=0)
    right = view.frame((half, 0, 0), (0, 0, 1), (0, 1, 0), shade=light.on((-1, 0, 0)), depth=0)
    floor = view.ground()
    ceiling = view.frame((0, high, 0), (1, 0, 0), (0, 0, 1), shade=0.97, depth=0)
    start = view.eye[2] - 3
    ceiling.rect(-half, start, half, deep, Ink("ceiling", mixed(look.wall.colour, (250, 249, 246), 0.75), "plaster"))
    floor.rect(-half, start, half, deep, look.floor)
    board = Ink("wall", look.skirting, "wood")
    for side in (left, right):
        side.rect(start, 0, deep, high, look.wall)
        side.rect(start, 0, deep, 0.09, board)
    back.rect(0, 0, wide, high, look.wall)
    back.rect(0, 0, wide, 0.09, board)
    return Room(view, wide, deep, high, back, left, right, floor)


def window(wall: Frame, dice: Dice, wide: float, high: float) -> None:
    """A window about (0, 0): frame, panes, and what can be seen through them."""
    light = wall.canvas.light
    paint = some(dice, (*tones.WHITEWARE, *tones.PALE_WOOD))
    half, tall = wide / 2, high / 2
    bar = Ink("window", paint, "wood", "frame")
    wall.rect(-half - 0.07, -tall - 0.07, half + 0.07, tall + 0.07, bar)
    sky: RGB = (34, 42, 78) if light.night else light.zenith
    pane = Ink("window", sky, "glass", "pane", fade=(0.95, 1.2), glows=True)
    wall.rect(-half, -tall, half, tall, pane)
    dim = 0.4 if light.night else 1.0
    _outlook(wall, dice, (half, tall), dim)
    shiny = pane._replace(colour=mixed(sky, (255, 255, 255), 0.35), beyond="sky")
    wall.poly(((-half, tall * 0.2), (-half * 0.3, tall), (-half * 0.55, tall), (-half, tall * 0.5)), shiny)
    columns = dice.whole(1, 3)
    for step in range(1, columns):
        at = -half + wide * step / columns
        wall.rect(at - 0.025, -tall, at + 0.025, tall, bar)
    if dice.chance(0.5):
        at = dice.pick((0.0, tall * 0.4))
        wall.rect(-half, at - 0.025, half, at + 0.025, bar)
    wall.rect(-half - 0.14, -tall - 0.13, half + 0.14, -tall - 0.05, bar.tinted(shaded(paint, 0.93)))


def _outlook(wall: Frame, dice: Dice, half: tuple[float, float], dim: float) -> None:
    """Trees or houses behind the panes."""
    what = dice.pick(("tree", "house", "hill", ""))
    if not what:
        return
    ground = shaded(some(dice, tones.MEADOW), dim)
    base = -half[1] + dice.between(0.15, 0.5) * half[1]
    behind = Ink("window", ground, "glass", "pane", glows=True, beyond="grass" if what != "hill" else "hill")
    wall.rect(-half[0], -half[1], half[0], base, behind)
    for _ in range(dice.whole(1, 3) if what != "hill" else 0):
        at, size = dice.between(-0.8, 0.8) * half[0], dice.between(0.3, 0.7) * half[1]
        left, right = max(-half[0], at - size * 0.6), min(half[0], at + size * 0.6)
        if what == "tree":
            leaf = behind._replace(colour=shaded(some(dice, tones.LEAVES), dim), beyond="tree")
            wall.oval((left + right) / 2, base + size * 0.5, (right - left) / 2, size * 0.5, leaf)
        else:
            front = behind._replace(colour=shaded(some(dice, tones.FACADE), dim), beyond="house")
            wall.rect(left, base - 0.02, right, base + size * 0.6, front)
            roof = front.tinted(shaded(some(dice, tones.ROOF), dim))
            wall.poly(((left, base + size * 0.6), ((left + right) / 2, base + size), (right, base + size * 0.6)), roof)


def curtains(wall: Frame, dice: Dice, wide: float, high: float, floor: float) -> None:
    """A pair of curtains about a window at (0, 0), hanging down to v = ``floor``."""
    cloth = some(dice, tones.CLOTH)
    texture = dice.pick(("", "", "striped", "dotted", "banded", "woven"))
    ink = Ink(
        "curtain",
        cloth,
        "fabric",
        texture=texture,
        accent=mixed(cloth, (250, 245, 235), 0.45),
        period=dice.between(0.12, 0.3),
        fade=(1.0, 0.9),
    )
    top, half = high / 2 + 0.2, wide / 2
    open_to = dice.between(0.35, 0.9)
    for side in (-1, 1):
        outer, inner = side * (half + 0.3), side * half * open_to
        fold = (inner - outer) / 5
        wall.poly(((outer, top), (inner, top), (inner - fold * 0.4, floor), (outer, floor)), ink)
        for step in (1, 3):
            at = outer + fold * step
            wall.rect(min(at, at + fold * 0.5), floor, max(at, at + fold * 0.5), top, ink.tinted(shaded(cloth, 0.87)))
    rod = Ink("curtain", some(dice, (*tones.STEEL, *tones.WOOD)), "metal", "pole")
    wall.rect(-half - 0.4, top - 0.02, half + 0.4, top + 0.04, rod)


def door(wall: Frame, dice: Dice) -> None:
    """A door standing on the floor about u = 0."""
    paint = some(dice, (*tones.WOOD, *tones.WHITEWARE, *tones.PAINT))
    ink = Ink("door", paint, "wood")
    wall.rect(-0.52, 0, 0.52, 2.12, ink._replace(part="frame", colour=shaded(paint, 0.82)))
    wall.rect(-0.44, 0, 0.44, 2.05, ink)
    inset = ink.tinted(shaded(paint, 0.9))
    if dice.chance(0.3):
        inset = Ink("door", (190, 212, 220), "glass", "pane")
    wall.rect(-0.31, 1.1, 0.31, 1.88, inset)
    wall.rect(-0.31, 0.2, 0.31, 0.88, ink.tinted(shaded(paint, 0.9)))
    side = dice.pick((-1, 1))
    wall.oval(side * 0.36, 1.0, 0.05, 0.05, Ink("door", (205, 185, 120), "metal", "handle"))


def picture(wall: Frame, dice: Dice, wide: float, high: float) -> None:
    """A framed picture about (0, 0): a landscape, blocks of colour, or a face."""
    border = Ink("picture", some(dice, (*tones.WOOD, *tones.DARK, *tones.WHITEWARE)), "wood", "frame")
    half, tall = wide / 2, high / 2
    wall.shadow(0.04, -0.05, half * 1.3, tall * 1.3, 0.2)
    wall.rect(-half, -tall, half, tall, border)
    half, tall = half - 0.05, tall - 0.05
    paper = Ink("picture", some(dice, tones.LINEN), "paper")
    wall.rect(-half, -tall, half, tall, paper)
    motif = dice.whole(0, 3)
    if motif == 0:
        wall.rect(-half, -tall, half, -tall * 0.2, paper.tinted(some(dice, tones.MEADOW)))
        wall.poly(
            ((-half, -tall * 0.2), (-half * 0.2, tall * 0.5), (half * 0.5, -tall * 0.2)),
            paper.tinted(some(dice, tones.ROCKS)),
        )
        wall.oval(half * 0.5, tall * 0.5, half * 0.2, half * 0.2, paper.tinted((240, 190, 90)))
    elif motif == 1:
        for _ in range(4):
            u, v = dice.between(-0.5, 0.5) * half, dice.between(-0.5, 0.5) * tall
            wall.rect(
                u - half * 0.4,
                v - tall * 0.4,
                u + half * 0.4,
                v + tall * 0.4,
                paper.tinted(some(dice, tones.CLOTH)),
            )
    elif motif == 2:
        wall.half(0, -tall, half * 0.7, tall * 0.9, paper.tinted(some(dice, tones.CLOTH)))
        wall.oval(0, tall * 0.2, half * 0.3, tall * 0.36, paper.tinted(some(dice, tones.SKIN)))
    else:
        for _ in range(3):
            u, v = dice.between(-0.6, 0.6) * half, dice.between(-0.6, 0.6) * tall
            wall.oval(u, v, half * 0.35, half * 0.35, paper.tinted(some(dice, tones.PETALS)))


def clock(wall: Frame, dice: Dice) -> None:
    """A round clock about (0, 0)."""
    wall.oval(0, 0, 0.19, 0.19, Ink("clock", some(dice, (*tones.DARK, *tones.WOOD, *tones.CLOTH)), "plastic", "frame"))
    wall.oval(0, 0, 0.155, 0.155, Ink("clock", (248, 247, 242), "paper"))
    hand = Ink("clock", (40, 40, 46), "metal", "handle")
    wall.line((0, 0), (dice.between(-0.1, 0.1), dice.pick((-0.09, 0.1))), 0.028, hand)
    wall.line((0, 0), (dice.between(-0.08, 0.08), 0.04), 0.028, hand)


def mirror(wall: Frame, dice: Dice, wide: float, high: float) -> None:
    """A mirror about (0, 0), round or not."""
    border = Ink("mirror", some(dice, (*tones.WOOD, *tones.STEEL)), "wood", "frame")
    glass = Ink("mirror", some(dice, tones.GLASS), "glass", "pane", fade=(1.12, 0.92))
    shine = glass.tinted(mixed(glass.colour, (255, 255, 255), 0.5))
    shape = _oval if dice.chance(0.4) else _rectangle
    shape(wall, wide / 2, high / 2, border)
    shape(wall, wide / 2 - 0.05, high / 2 - 0.05, glass)
    wall.poly(
        ((-wide * 0.25, -high * 0.1), (wide * 0.1, high * 0.3), (wide * 0.2, high * 0.26), (-wide * 0.2, -high * 0.2)),
        shine,
    )


def towel(wall: Frame, dice: Dice) -> None:
    """A towel on a rail about (0, 0)."""
    cloth = some(dice, tones.CLOTH)
    wall.rect(-0.32, -0.01, 0.32, 0.03, Ink("towel", some(dice, tones.STEEL), "metal", "pole"))
    ink = Ink(
        "towel", cloth, "fabric", texture=dice.pick(("", "banded", "striped")), accent=shaded(cloth, 1.25), period=0.16
    )
    wall.rect(-0.24, -0.6, 0.24, 0.02, ink)


def wall_shelf(wall: Frame, dice: Dice, wide: float) -> None:
    """A board about (0, 0) with books, vases and plants on it."""
    wood = some(dice, tones.WOOD)
    row_of_things(wall, dice, (-wide / 2 + 0.05, wide / 2 - 0.05), 0.3)
    wall.rect(-wide / 2, -0.05, wide / 2, 0, Ink("shelf", wood, "wood"))


def row_of_things(wall: Frame, dice: Dice, span: tuple[float, float], high: float) -> None:
    """Fill a board at v = 0 with small things."""
    at = span[0]
    while at < span[1] - 0.05:
        what = dice.unit()
        if what < 0.72:
            wide, tall = dice.between(0.05, 0.09), high * dice.between(0.65, 0.98)
            wall.rect(at, 0, min(at + wide, span[1]), tall, Ink("book", some(dice, tones.BOOKS), "paper"))
        elif what < 0.84 and at + 0.2 < span[1]:
            wide = 0.2
            wall.oval(at + 0.1, high * 0.33, 0.08, high * 0.33, Ink("vase", some(dice, tones.CLOTH), "ceramic"))
            wall.rect(at + 0.065, high * 0.5, at + 0.135, high * 0.8, Ink("vase", some(dice, tones.CLOTH), "ceramic"))
        elif what < 0.92 and at + 0.3 < span[1]:
            wide = 0.3
            wall.rect(at + 0.03, 0, at + 0.27, high * 0.55, Ink("box", some(dice, tones.CLOTH), "paper"))
        else:
            wide = dice.between(0.06, 0.2)
        at += wide + 0.006


def rug(floor: Frame, dice: Dice, wide: float, deep: float) -> None:
    """A rug about (0, 0) of the floor."""
    cloth = some(dice, tones.CLOTH)
    accent = some(dice, (*tones.CLOTH, *tones.LINEN))
    texture = dice.pick(("striped", "chequered", "woven", "dotted", "banded", ""))
    ink = Ink("rug", cloth, "fabric", texture=texture, accent=accent, period=dice.between(0.25, 0.6), fade=(0.96, 1.06))
    border = ink._replace(colour=accent, texture="")
    shape = _oval if dice.chance(0.25) else _rectangle
    shape(floor, wide / 2, deep / 2, border)
    shape(floor, wide / 2 - 0.1, deep / 2 - 0.1, ink)


def _oval(frame: Frame, half_wide: float, half_high: float, ink: Ink) -> None:
    """An oval about (0, 0)."""
    frame.oval(0, 0, half_wide, half_high, ink)


def _rectangle(frame: Frame, half_wide: float, half_high: float, ink: Ink) -> None:
    """A rectangle about (0, 0)."""
    frame.rect(-half_wide, -half_high, half_wide, half_high, ink)
