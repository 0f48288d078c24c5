"""Places under the sky, in what they share: where the eye stands, how far things lie, the line of the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes.objects import nature
from visualize.scenes.objects import street as street_things
from visualize.scenes.objects.living import cow, person
from visualize.scenes.render import palette as tones
from visualize.scenes.render.camera import View
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, some

if TYPE_CHECKING:
    from visualize.scenes.floor_plan import Stage
    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.canvas import Canvas


def look_out(
    canvas: Canvas, dice: Dice, height: tuple[float, float], yaw: float, horizon: tuple[float, float] = (0.38, 0.62)
) -> View:
    """A view over open land, drawn at random.

    Args:
        canvas: what is drawn on.
        dice: decides where the eye stands.
        height: of the eye above the ground, metres: least and most.
        yaw: the farthest turn to either side, radians.
        horizon: of the picture's height from its top: least and most.
    """
    return View(
        canvas,
        (0, dice.between(*height), 0),
        yaw=dice.between(-yaw, yaw),
        focal=dice.between(0.8, 1.25),
        centre=(dice.between(0.4, 0.6), dice.between(*horizon)),
    )


def season(dice: Dice) -> tuple[RGB, ...]:
    """Colours of leaves at some time of the year."""
    return tones.AUTUMN if dice.chance(0.2) else tones.LEAVES


def spread(dice: Dice, near: float, far: float) -> float:
    """A random distance in metres, even in 1 / z: as many lie near as far in the picture."""
    return 1 / dice.between(1 / far, 1 / near)


def aside(stage: Stage, z: float, u: float) -> float:
    """The x (metres) at which a thing appears beside the middle of the view.

    Args:
        stage: whose camera looks.
        z: how far away the thing is, metres.
        u: how far beside the middle it appears, in half pictures from -1 (left) to 1.
    """
    return z * (stage.view.yaw + 0.5 * u)


def horizon(view: View, dice: Dice, *, mountains: float, hills: float, town: float, woods: float) -> None:
    """Draw what closes the view: mountains, hills, a town, woods, each with a probability."""
    if dice.chance(mountains):
        for _ in range(dice.whole(1, 4)):
            nature.mountain(
                view,
                dice,
                (dice.between(0, 1), 0),
                (dice.between(0.18, 0.4), dice.between(0.08, 0.24)),
                view.light.reach * 0.9,
            )
    if dice.chance(hills):
        colour = some(dice, tones.MEADOW)
        nature.ridge(
            view, dice, Ink("hill", colour, "foliage", fade=(1.06, 0.95)), (dice.between(0.03, 0.1), 0.1, 0), 90
        )
    if dice.chance(town):
        back = view.backdrop(view.light.reach * 0.6)
        for _ in range(dice.whole(4, 10)):
            u, wide, high = dice.between(0, 1), dice.between(0.025, 0.06), dice.between(0.04, 0.2)
            back.rect(
                u - wide / 2,
                -0.01,
                u + wide / 2,
                high,
                Ink("skyscraper", some(dice, tones.TOWER), "concrete", "facade"),
            )
    if dice.chance(woods):
        leaf = some(dice, (*tones.CONIFER, *tones.LEAVES))
        nature.ridge(
            view, dice, Ink("tree", leaf, "foliage", "crown", fade=(1.1, 0.85)), (dice.between(0.02, 0.05), 0.5, 0), 70
        )


def road_away(view: View, dice: Dice, x: float, half: float, lanes: int, ink: Ink) -> None:
    """Draw a road that leads away from the camera, with its markings."""
    ground = view.ground(0.01)
    ground.rect(x - half, -10, x + half, 300, ink)
    if not lanes:
        return
    white = Ink("road", dice.pick(((240.0, 240.0, 236.0), (240.0, 206.0, 90.0))), "paint", "marking")
    for lane in range(lanes + 1):
        at = x - half + 2 * half * lane / lanes
        if lane in {0, lanes}:
            ground.rect(
                at - 0.07 + (0.3 if lane == 0 else -0.3), -8, at + 0.07 + (0.3 if lane == 0 else -0.3), 200, white
            )
            continue
        start = dice.between(0, 4)
        for step in range(14):
            z = start + step * 5
            ground.rect(at - 0.08, z, at + 0.08, z + 2.4, white)


def greenery(
    stage: Stage,
    dice: Dice,
    *,
    trees: tuple[int, int],
    bushes: tuple[int, int],
    season: tuple[RGB, ...],
    conifers: float = 0.2,
) -> None:
    """Add trees and bushes here and there."""
    for _ in range(dice.whole(*trees)):
        z, size, conifer = spread(dice, 7, 50), dice.between(4, 8), dice.chance(conifers)
        spot = stage.view.spot(aside(stage, z, dice.between(-1.1, 1.1)), z)
        stage.add(spot, nature.tree, size, conifer=conifer, season=season)
    for _ in range(dice.whole(*bushes)):
        z, size = spread(dice, 4.5, 30), dice.between(0.8, 1.7)
        stage.add(
            stage.view.spot(aside(stage, z, dice.between(-1.1, 1.1)), z),
            nature.bush,
            size,
        )


def flower_patches(stage: Stage, dice: Dice, chance: float) -> None:
    """Add flowers near the camera, with the probability ``chance``."""
    if not dice.chance(chance):
        return
    for _ in range(dice.whole(1, 5)):
        z = spread(dice, 2.6, 8)
        stage.add(
            stage.view.spot(aside(stage, z, dice.between(-1, 1)), z),
            lambda at, d: nature.flowers(at, d, d.whole(3, 7)),
        )


def tufts(stage: Stage, dice: Dice, ink: Ink, count: int) -> None:
    """Add tufts of grass near the camera."""
    for _ in range(count):
        z = spread(dice, 2.2, 12)
        stage.add(stage.view.spot(aside(stage, z, dice.between(-1.1, 1.1)), z), nature.tuft, ink)


def rocks(stage: Stage, dice: Dice, count: int) -> None:
    """Add rocks here and there."""
    for _ in range(count):
        z, size = spread(dice, 3.2, 22), dice.between(0.5, 2.0)
        stage.add(stage.view.spot(aside(stage, z, dice.between(-1, 1)), z), nature.rock, size)


def visitors(stage: Stage, dice: Dice, *, cows: float, people: float, houses: float, fences: float) -> None:
    """Add cows, a person, a house, a fence, each with a probability."""
    view = stage.view
    for _ in range(dice.whole(1, 4) if dice.chance(cows) else 0):
        z = spread(dice, 6, 26)
        stage.add(view.spot(aside(stage, z, dice.between(-0.9, 0.9)), z), cow)
    if dice.chance(people):
        z = spread(dice, 5, 20)
        stage.add(view.spot(aside(stage, z, dice.between(-0.8, 0.8)), z), person)
    if dice.chance(houses):
        z, size = dice.between(18, 45), (dice.between(5, 8), 5.5, 2.8)
        stage.add(
            view.spot(aside(stage, z, dice.between(-0.9, 0.9)), z, dice.between(-0.6, 0.6)),
            street_things.house,
            size,
        )
    if dice.chance(fences):
        z = dice.between(6, 14)
        stage.add(
            view.spot(aside(stage, z, 0), z, dice.between(-0.35, 0.35)),
            lambda at, d: street_things.fence(at, d, d.between(8, 24)),
        )
