"""Houses, vehicles and whatever else people put up outdoors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes.objects.furniture import footing
from visualize.scenes.render import palette as tones
from visualize.scenes.render.camera import Box, Frame, Spot
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, mixed, shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice


def _wheels(side: Frame, places: tuple[float, ...], radius: float, thing: str) -> None:
    for at in places:
        side.oval(at, radius, radius, radius, Ink(thing, (38, 38, 42), "rubber", "wheel"))
        side.oval(at, radius, radius * 0.5, radius * 0.5, Ink(thing, (176, 180, 186), "metal", "wheel"))


def _lamps(spot: Spot, box: Box, thing: str, *, lit: bool) -> None:
    """Headlights at the end of +x, taillights at the other."""
    for side, part in (("right", "headlight"), ("left", "taillight")):
        end = spot.face(box, side)
        if end is None:
            continue
        wide = box.back - box.front
        colour: RGB = (255, 246, 206) if part == "headlight" else (206, 40, 36)
        lamp = Ink(thing, colour, "glass", part, glows=lit or part == "headlight")
        end.rect(0.08, 0.3, 0.4, 0.46, lamp)
        end.rect(wide - 0.4, 0.3, wide - 0.08, 0.46, lamp)
        end.rect(0.02, 0.02, wide - 0.02, 0.14, Ink(thing, (70, 72, 78), "plastic", "bumper"))
        end.rect(wide / 2 - 0.24, 0.17, wide / 2 + 0.24, 0.29, Ink(thing, (236, 236, 230), "metal"))
        if lit and part == "headlight":
            end.shine(wide / 2, 0.4, 1.4, 0.4)


def car(spot: Spot, dice: Dice) -> None:
    """A car, its length along the spot's x and its bonnet to +x."""
    paint = some(dice, tones.CARS)
    footing(spot, 4.2, 2.0, 0.5)
    body = Ink("car", paint, "metal", fade=(1.1, 0.86))
    glass = Ink("car", (92, 116, 134), "glass", "pane", fade=(1.35, 0.85))
    high, van = dice.between(1.4, 1.55), dice.chance(0.25)
    nose, tail = (1.05, -2.0) if not van else (1.35, -2.05)
    lower = [(-2.1, 0.95), (2.1, 0.85), (2.12, 0.28), (-2.12, 0.28)]
    spot.prism(lower, (-0.85, 0.85), body)
    cabin = [(tail, 0.93), (tail + (0.15 if van else 0.5), high), (0.35 if not van else 0.75, high), (nose, 0.88)]
    upper = spot.prism(cabin, (-0.78, 0.78), body, {0: glass, 2: glass})
    rear, front_edge = cabin[1][0], cabin[2][0]
    middle = (rear + front_edge) / 2 - 0.05
    low = 0.96
    upper.poly(
        ((rear - 0.22, low), (rear + 0.06, high - 0.09), (middle - 0.05, high - 0.09), (middle - 0.05, low)), glass
    )
    upper.poly(
        ((middle + 0.05, low), (middle + 0.05, high - 0.09), (front_edge - 0.06, high - 0.09), (nose - 0.2, low)), glass
    )
    near = spot.faces((0, 0, -0.85), (0, 0, -1))
    side = spot.frame((0, 0, -0.86 if near else 0.86), (1, 0, 0), (0, 1, 0), (0, 0, -1 if near else 1))
    side.rect(middle - 0.03, 0.4, middle, 0.93, body.tinted(shaded(paint, 0.72)))
    side.rect(middle + 0.1, 0.78, middle + 0.3, 0.83, body._replace(part="handle", colour=shaded(paint, 0.6)))
    _wheels(side, (-1.3, 1.32), 0.34, "car")
    _lamps(spot, Box(-2.13, 2.13, 0.3, 0.9, -0.85, 0.85), "car", lit=spot.view.light.night)


def truck(spot: Spot, dice: Dice) -> None:
    """A truck: a cab at +x, cargo behind it."""
    paint, cargo = some(dice, tones.CARS), some(dice, (*tones.CARS, *tones.WHITEWARE, *tones.CLOTH))
    footing(spot, 7.4, 2.6, 0.5)
    body = Ink("truck", paint, "metal", fade=(1.08, 0.88))
    glass = Ink("truck", (92, 116, 134), "glass", "pane", fade=(1.35, 0.85))
    dark = Ink("truck", (60, 62, 68), "metal")
    texture = dice.pick(("", "striped", ""))
    load = Ink("truck", cargo, "metal", "cargo", texture, shaded(cargo, 0.88), 0.5)
    cab = [(2.0, 2.6), (3.2, 2.6), (3.55, 1.5), (3.6, 0.5), (2.0, 0.5)]

    def _cab() -> None:
        end = spot.prism(cab, (-1.15, 1.15), body, {1: glass})
        end.poly(((2.35, 1.55), (2.35, 2.4), (3.12, 2.4), (3.36, 1.55)), glass)

    def _load() -> None:
        spot.box(Box(-3.6, 1.85, 0.95, 3.2, -1.2, 1.2), load)

    spot.box(Box(-3.6, 3.4, 0.5, 0.95, -1.0, 1.0), dark)
    ahead = spot.faces((1.9, 0, 0), (1, 0, 0))
    for draw in (_load, _cab) if ahead else (_cab, _load):
        draw()
    near = spot.faces((0, 0, -1.2), (0, 0, -1))
    side = spot.frame((0, 0, -1.21 if near else 1.21), (1, 0, 0), (0, 1, 0), (0, 0, -1 if near else 1))
    _wheels(side, (-2.9, -1.9, 2.75), 0.48, "truck")
    _lamps(spot, Box(-3.61, 3.61, 0.45, 1.2, -1.1, 1.1), "truck", lit=spot.view.light.night)


def house(spot: Spot, dice: Dice, size: tuple[float, float, float]) -> None:
    """A house with a gabled roof, of (width, depth, height of the walls)."""
    wide, deep, high = size
    bricked = dice.chance(0.35)
    paint = some(dice, tones.BRICK if bricked else tones.FACADE)
    footing(spot, wide * 1.1, deep * 1.1, 0.4)
    front_ink = Ink(
        "house",
        paint,
        "brick" if bricked else dice.pick(("plaster", "wood")),
        "facade",
        "bricked" if bricked else dice.pick(("", "", "banded")),
        mixed(paint, (225, 215, 200), 0.5) if bricked else shaded(paint, 0.9),
        0.55 if bricked else 0.4,
    )
    half, peak, over = wide / 2, high + min(wide, deep) * dice.between(0.28, 0.5), 0.25
    roof = Ink("house", some(dice, tones.ROOF), "stone", "roof", dice.pick(("banded", "bricked", "")), period=0.5)
    if dice.chance(0.4):  # the gable looks to the front
        gable = [(-half, high), (0, peak), (half, high), (half, 0), (-half, 0)]
        spot.prism(gable, (-deep / 2, deep / 2), front_ink, {0: roof, 1: roof})
    else:
        turned = Spot(spot.view, spot.origin, spot.heading + 1.5707963)
        deep2 = deep / 2
        gable = [(-deep2, high), (0, peak), (deep2, high), (deep2, 0), (-deep2, 0)]
        turned.prism(gable, (-half - over * 0, half), front_ink, {0: roof, 1: roof})
    if dice.chance(0.5):
        spot.box(
            Box(half * 0.4, half * 0.4 + 0.5, high * 0.9, peak + 0.35, -0.3, 0.2),
            Ink("house", some(dice, tones.BRICK), "brick", "chimney"),
        )
    _openings(spot, dice, size)


def _openings(spot: Spot, dice: Dice, size: tuple[float, float, float]) -> None:
    wide, deep, high = size
    box = Box(-wide / 2, wide / 2, 0, high, -deep / 2 - 0.01, deep / 2 + 0.01)
    night = spot.view.light.night
    frame_ink = Ink("house", some(dice, (*tones.WHITEWARE, *tones.WOOD)), "wood", "frame")
    door_ink = Ink("house", some(dice, (*tones.CLOTH, *tones.WOOD)), "wood", "doorway")
    columns = max(2, int(wide / 2.2))
    floors = max(1, int(high / 2.6))
    door_at = dice.whole(0, columns - 1)
    for name in ("front", "left", "right"):
        face = spot.face(box, name)
        if face is None:
            continue
        across = wide if name == "front" else deep
        count = columns if name == "front" else max(1, int(deep / 2.6))
        for floor in range(floors):
            for column in range(count):
                u, v = across * (column + 0.5) / count, floor * 2.6
                if name == "front" and floor == 0 and column == door_at:
                    face.rect(u - 0.5, 0, u + 0.5, 2.1, frame_ink)
                    face.rect(u - 0.42, 0, u + 0.42, 2.02, door_ink)
                    continue
                lit = night and dice.chance(0.6)
                glass = Ink("house", (250, 214, 130) if lit else (118, 150, 172), "glass", "pane", glows=lit)
                face.rect(u - 0.52, v + 0.85, u + 0.52, v + 2.05, frame_ink)
                face.rect(u - 0.42, v + 0.95, u + 0.42, v + 1.95, glass)
                face.rect(u - 0.04, v + 0.95, u + 0.04, v + 1.95, frame_ink)


def skyscraper(spot: Spot, dice: Dice, size: tuple[float, float, float]) -> None:
    """A tall building of (width, depth, height) with rows of windows."""
    wide, deep, high = size
    paint = some(dice, (*tones.TOWER, *tones.FACADE, *tones.BRICK))
    box = Box(-wide / 2, wide / 2, 0, high, -deep / 2, deep / 2)
    bricked = dice.chance(0.25)
    ink = Ink(
        "skyscraper",
        paint,
        "brick" if bricked else "concrete",
        "facade",
        "bricked" if bricked else "",
        shaded(paint, 1.2),
        0.9,
        (1.06, 0.86),
    )
    spot.box(box, ink)
    _windows(spot, dice, size, mixed((70, 92, 116), paint, 0.25))
    front = spot.face(box, "front")
    if front is not None and dice.chance(0.6):
        awning = some(dice, tones.CLOTH)
        front.rect(0.3, 0, wide - 0.3, 2.6, Ink("skyscraper", (96, 116, 132), "glass", "pane"))
        front.rect(
            0.1, 2.5, wide - 0.1, 3.3, Ink("skyscraper", awning, "fabric", "canopy", "striped", (245, 242, 235), 0.9)
        )
        front.rect(wide * 0.42, 0, wide * 0.58, 2.3, Ink("skyscraper", shaded(awning, 0.6), "wood", "doorway"))


def _windows(spot: Spot, dice: Dice, size: tuple[float, float, float], glass: RGB) -> None:
    """Draw the windows of a tall building, in one of three styles: bands, or rows of low or high panes."""
    wide, deep, high = size
    night = spot.view.light.night
    box = Box(-wide / 2, wide / 2, 0, high, -deep / 2, deep / 2)
    step, floor = dice.between(1.6, 3.2), dice.between(2.8, 4.2)
    style = dice.whole(0, 2)
    for name in ("front", "left", "right"):
        face = spot.face(box, name)
        if face is None or face.scale(1, 1) < 1.2:
            continue
        across = wide if name == "front" else deep
        columns, rows = max(1, int(across / step)), max(1, min(12, int(high / floor)))
        pane = Ink("skyscraper", glass, "glass", "pane", fade=(1.2, 0.9))
        for row in range(rows):
            v = floor * (row + 0.3)
            if style == 0:
                face.rect(0.4, v, across - 0.4, v + floor * 0.5, pane)
            lamps = range(columns) if style else ()
            for column in lamps:
                u = across * (column + 0.5) / columns
                lit = night and dice.chance(0.4)
                shown = pane._replace(colour=(250, 216, 140), glows=True) if lit else pane
                face.rect(u - step * 0.3, v, u + step * 0.3, v + floor * (0.55 if style == 1 else 0.75), shown)


def streetlight(spot: Spot, dice: Dice, arm: float) -> None:
    """A street lamp; ``arm`` is how far, and to which side, its head reaches out."""
    metal = Ink("streetlight", some(dice, (*tones.DARK, *tones.STEEL)), "metal", "pole")
    high = dice.between(4.5, 6.5)
    front = spot.stand()
    front.rect(-0.07, 0, 0.07, high, metal)
    front.line((0, high - 0.04), (arm, high + 0.15), 0.12, metal)
    lit = front.canvas.light.night
    head = Ink("streetlight", (255, 238, 180) if lit else (225, 226, 218), "glass", "headlight", glows=lit)
    front.rect(min(arm, arm * 1.45) - 0.05, high + 0.02, max(arm, arm * 1.45) + 0.05, high + 0.24, head)
    if lit:
        front.shine(arm * 1.2, high, 2.4, 0.5)


def sign(spot: Spot, dice: Dice, *, large: bool = False) -> None:
    """A traffic sign, or the large one of a highway."""
    front = spot.stand()
    pole = Ink("sign", (150, 154, 160), "metal", "pole")
    if large:
        wide, high, low = dice.between(1.6, 2.4), dice.between(1.2, 1.8), dice.between(3.0, 4.5)
        for at in (-wide * 0.6, wide * 0.6):
            front.rect(at - 0.08, 0, at + 0.08, low + high, pole)
        front.rect(-wide, low, wide, low + high, Ink("sign", (245, 245, 242), "metal"))
        face = Ink("sign", dice.pick(((34, 92, 160), (38, 118, 78), (34, 92, 160))), "metal")
        front.rect(-wide + 0.1, low + 0.1, wide - 0.1, low + high - 0.1, face)
        for row in (0.35, 0.65):
            front.rect(
                -wide * 0.7,
                low + high * row - 0.09,
                wide * dice.between(0, 0.7),
                low + high * row + 0.09,
                Ink("sign", (240, 240, 240), "paint", "marking"),
            )
        return
    front.rect(-0.04, 0, 0.04, 2.2, pole)
    colour = dice.pick(((200.0, 44.0, 44.0), (36.0, 92.0, 168.0), (240.0, 196.0, 60.0)))
    ink, white = Ink("sign", colour, "metal"), Ink("sign", (246, 246, 244), "paint", "marking")
    if dice.chance(0.5):
        front.oval(0, 2.45, 0.36, 0.36, ink)
        front.oval(0, 2.45, 0.22, 0.22, white)
    else:
        front.poly(((-0.42, 2.15), (0, 2.85), (0.42, 2.15)), ink)
        front.poly(((-0.22, 2.26), (0, 2.62), (0.22, 2.26)), white)


def fence(spot: Spot, dice: Dice, long: float, *, rail: bool = False) -> None:
    """A fence along the spot's x, or the guard rail of a highway."""
    side = spot.frame((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, -1))
    thing = "rail" if rail else "fence"
    paint = some(dice, tones.STEEL if rail else (*tones.WOOD, *tones.WHITEWARE))
    ink = Ink(thing, paint, "metal" if rail else "wood")
    steps = min(26, max(2, int(long / (2.5 if rail else 1.6))))
    high = 0.75 if rail else dice.between(0.9, 1.2)
    for step in range(steps + 1):
        at = -long / 2 + long * step / steps
        side.rect(at - 0.07, 0, at + 0.07, high, ink._replace(part="pole", colour=shaded(paint, 0.88)))
    for share in (0.78,) if rail else (0.82, 0.42):
        side.rect(
            -long / 2, high * share - (0.16 if rail else 0.07), long / 2, high * share + (0.16 if rail else 0.07), ink
        )


def bench(spot: Spot, dice: Dice) -> None:
    """A park bench."""
    wood = some(dice, (*tones.WOOD, *tones.CLOTH))
    footing(spot, 1.6, 0.6, 0.3)
    leg, slat = Ink("bench", (66, 66, 72), "metal", "leg"), Ink("bench", wood, "wood", "seat")
    spot.boxes([(Box(a - 0.04, a + 0.04, 0, 0.45, -0.2, 0.2), leg) for a in (-0.65, 0.65)])
    back = (Box(-0.8, 0.8, 0.58, 0.92, 0.17, 0.22), slat._replace(part="backrest"))
    spot.boxes([(Box(-0.8, 0.8, 0.42, 0.48, -0.25, 0.22), slat), back])


def umbrella(spot: Spot, dice: Dice) -> None:
    """A sunshade."""
    front = spot.stand()
    spot.flat().shadow(0.5, 0.2, 1.6, 1.0, 0.36)
    cloth, stripe = some(dice, tones.CLOTH), dice.pick(((248.0, 246.0, 240.0), some(dice, tones.CLOTH)))
    high, wide = dice.between(2.0, 2.4), dice.between(1.2, 1.6)
    front.rect(-0.035, 0, 0.035, high + 0.1, Ink("umbrella", (238, 232, 220), "wood", "pole"))
    steps, rise = 6, wide * 0.55
    lean = dice.between(-0.15, 0.15)
    for step in range(steps):
        left, right = -wide + 2 * wide * step / steps, -wide + 2 * wide * (step + 1) / steps
        ink = Ink("umbrella", cloth if step % 2 else stripe, "fabric", "canopy", fade=(1.1, 0.9))
        bow = [
            (at, high + (rise * 0.72) * (1 - (at / wide) ** 2) ** 0.5 + lean * at) for at in (left * 0.72, right * 0.72)
        ]
        foot = high - 0.12
        front.poly(((0, high + rise), bow[1], (right, foot + lean * right), (left, foot + lean * left), bow[0]), ink)


def boat(spot: Spot, dice: Dice) -> None:
    """A sailing or a rowing boat."""
    front = spot.stand()
    hull = some(dice, (*tones.CARS, *tones.WOOD))
    size = dice.between(0.8, 1.4)
    spot.flat().shadow(0, 0, 3 * size, 0.8, 0.25)
    front.poly(
        ((-2 * size, 0.75 * size), (2.3 * size, 0.85 * size), (1.5 * size, 0), (-1.6 * size, 0)),
        Ink("boat", hull, "wood", "hull"),
    )
    front.rect(-1.9 * size, 0.68 * size, 2.1 * size, 0.8 * size, Ink("boat", (246, 244, 238), "wood", "hull"))
    if dice.chance(0.7):
        front.rect(-0.06 * size, 0.7 * size, 0.06 * size, 5.4 * size, Ink("boat", (120, 92, 66), "wood", "pole"))
        sail = Ink(
            "boat",
            some(dice, (*tones.LINEN, *tones.LINEN, *tones.CLOTH)),
            "fabric",
            "sail",
            dice.pick(("", "banded", "")),
            (200, 90, 80),
            1.2,
        )
        front.poly(((0.15 * size, 5.2 * size), (0.15 * size, 1.1 * size), (2.0 * size, 1.1 * size)), sail)
        front.poly(
            ((-0.15 * size, 4.8 * size), (-0.15 * size, 1.1 * size), (-1.5 * size, 1.1 * size)),
            sail._replace(texture="", colour=shaded(sail.colour, 0.9)),
        )
    else:
        front.rect(-0.9 * size, 0.8 * size, 0.5 * size, 1.5 * size, Ink("boat", (240, 238, 230), "wood"))
        front.rect(-0.7 * size, 1.0 * size, 0.3 * size, 1.35 * size, Ink("boat", (96, 128, 150), "glass", "pane"))
