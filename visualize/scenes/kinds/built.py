"""Places under the sky that people have built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes import land
from visualize.scenes.floor_plan import Stage
from visualize.scenes.objects import nature
from visualize.scenes.objects import street as street_things
from visualize.scenes.objects.living import cow, person
from visualize.scenes.render import palette as tones
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.camera import View
    from visualize.scenes.render.canvas import Canvas


_QUARTER = 1.5707963


def _traffic(stage: Stage, dice: Dice, lanes: list[float], count: int, trucks: float) -> None:
    """Cars and trucks on lanes; those to the right drive away."""
    for _ in range(count):
        x, z = dice.pick(lanes), land.spread(dice, 5.5, 45)
        heading = (-_QUARTER if x > 0 else _QUARTER) + dice.between(-0.05, 0.05)
        vehicle = street_things.truck if dice.chance(trucks) and z > 8 else street_things.car
        stage.add(stage.view.spot(x, z, heading), vehicle)


def street(canvas: Canvas, dice: Dice) -> None:
    """A street between tall houses, with sidewalks, cars, lamps and people; sometimes seen across."""
    view = land.look_out(canvas, dice, (1.5, 3.2), 0.5, (0.42, 0.6))
    nature.sky(view, dice)
    paving = some(dice, tones.PAVING)
    walk = Ink("sidewalk", paving, "stone", "", dice.pick(("tiled", "bricked", "tiled")), shaded(paving, 0.8), 0.9)
    nature.land(view, walk)
    land.horizon(view, dice, mountains=0.1, hills=0.1, town=0.5, woods=0.2)
    asphalt = some(dice, tones.ASPHALT)
    half = dice.between(3, 4.5)
    land.road_away(
        view,
        dice,
        0,
        half,
        dice.whole(1, 3),
        Ink("road", asphalt, "asphalt", "", "speckled", shaded(asphalt, 1.15), 1.5),
    )
    if dice.chance(0.3):
        _crosswalk(view, half, dice.between(5, 14))
    stage = Stage(view, dice)
    edge = half + dice.between(2.2, 3.5)
    for side in (-1, 1):
        _row_of_houses(stage, dice, side, edge)
        _kerb(stage, dice, side, half, edge)
    _traffic(stage, dice, [-half / 2, half / 2], dice.whole(0, 3), 0.2)
    stage.draw()


def _crosswalk(view: View, half: float, z: float) -> None:
    stripe = Ink("crosswalk", (238, 238, 234), "paint", "marking")
    for step in range(int(2 * half / 0.9)):
        view.ground(0.02).rect(-half + step * 0.9, z, -half + step * 0.9 + 0.5, z + 2.4, stripe)


def _row_of_houses(stage: Stage, dice: Dice, side: int, edge: float) -> None:
    """Houses wall to wall along one side of a street, with a gap here and there."""
    z, heading = dice.between(4, 9), side * _QUARTER
    while z < 70:
        wide = dice.between(7, 13)
        if dice.chance(0.12):
            z += wide
            continue
        low = dice.chance(0.25)
        size = (wide, 8.0 if low else 10.0, dice.between(3, 6) if low else dice.between(9, 32))
        spot = stage.view.spot(side * (edge + (4.2 if low else 5.2)), z + wide / 2, heading)
        stage.add(spot, street_things.house if low else street_things.skyscraper, size)
        z += wide + 0.1


def _kerb(stage: Stage, dice: Dice, side: int, half: float, edge: float) -> None:
    """Lamps, trees, people, parked cars, a sign and a bench along one side of a street."""
    view = stage.view
    pace = dice.between(9, 16)
    for step in range(4) if dice.chance(0.7) else ():
        stage.add(view.spot(side * (half + 0.4), 5 + pace * step), street_things.streetlight, -side * 1.1)
    for _ in range(dice.whole(0, 4)):
        size = dice.between(3, 6)
        stage.add(view.spot(side * (half + 1), land.spread(dice, 6, 40)), nature.tree, size)
    for _ in range(dice.whole(0, 3)):
        stage.add(view.spot(side * dice.between(half + 0.6, edge - 0.3), land.spread(dice, 4, 25)), person)
    for _ in range(dice.whole(0, 3)):
        stage.add(view.spot(side * (half - 1), land.spread(dice, 6, 35), -side * _QUARTER), street_things.car)
    if dice.chance(0.3):
        stage.add(view.spot(side * (half + 0.5), dice.between(5, 14)), street_things.sign)
    if dice.chance(0.2):
        stage.add(view.spot(side * (half + 1.4), dice.between(5, 12), side * _QUARTER), street_things.bench)


def highway(canvas: Canvas, dice: Dice) -> None:
    """A wide road through open land, with traffic, rails and large signs."""
    view = land.look_out(canvas, dice, (1.7, 5.5), 0.3, (0.35, 0.58))
    nature.sky(view, dice, 0.8)
    dry = dice.chance(0.35)
    ground = nature.grass(dice, dry=dry)
    if dice.chance(0.2):
        ground = Ink("earth", some(dice, tones.SOIL), "soil", "", "speckled", period=1.2)
    nature.land(view, ground)
    land.horizon(view, dice, mountains=0.3, hills=0.5, town=0.25, woods=0.4)
    asphalt = some(dice, tones.ASPHALT)
    road = Ink("road", asphalt, "asphalt", "", "speckled", shaded(asphalt, 1.15), 1.5)
    lanes = dice.whole(2, 3)
    half = lanes * 1.9
    stage = Stage(view, dice)
    double = dice.chance(0.5)
    centres = [-half - 1, half + 1] if double else [dice.between(-2, 2)]
    tracks = []
    for x in centres:
        land.road_away(view, dice, x, half, lanes, road)
        tracks += [x - half + 2 * half * (lane + 0.5) / lanes for lane in range(lanes)]
    outer = max(abs(x) for x in centres) + half
    for x in ([0.0] if double else []) + [side * (outer + 0.6) for side in (-1, 1) if dice.chance(0.6)]:
        stage.add(view.spot(x, 34, _QUARTER), street_things.fence, 64, rail=True)
    _traffic(stage, dice, tracks, dice.whole(2, 7), 0.35)
    for side in (-1, 1):
        _verge(stage, dice, side, outer)
    if dice.chance(0.45):
        stage.add(
            view.spot(dice.pick((-1, 1)) * (outer + 3), dice.between(11, 24)),
            street_things.sign,
            large=True,
        )
    if dice.chance(0.12):
        size = (9.0, 7.0, 3.2)
        stage.add(view.spot(outer + 14, 34, 0.4), street_things.house, size)
    stage.draw()


def _verge(stage: Stage, dice: Dice, side: int, outer: float) -> None:
    """Trees, bushes and lamps along one side of a highway."""
    view = stage.view
    for _ in range(dice.whole(0, 5)):
        size, conifer = dice.between(3, 8), dice.chance(0.3)
        x = side * (outer + dice.between(3, 16))
        stage.add(view.spot(x, land.spread(dice, 9, 70)), nature.tree, size, conifer=conifer)
    for _ in range(dice.whole(0, 3)):
        spot = view.spot(side * (outer + dice.between(1.5, 8)), land.spread(dice, 7, 40))
        stage.add(spot, nature.bush, 1.3)
    for step in range(3) if dice.chance(0.35) else ():
        stage.add(view.spot(side * (outer + 1), 8 + step * 14), street_things.streetlight, -side * 1.6)


def village(canvas: Canvas, dice: Dice) -> None:
    """Small houses with gardens, fences, trees and a lane."""
    view = land.look_out(canvas, dice, (1.6, 3.6), 0.4, (0.4, 0.58))
    nature.sky(view, dice)
    meadow = nature.grass(dice)
    nature.land(view, meadow)
    land.horizon(view, dice, mountains=0.3, hills=0.6, town=0.0, woods=0.5)
    stage, season = Stage(view, dice), land.season(dice)
    lane = dice.between(-3, 3)
    if dice.chance(0.75):
        _lane(view, dice, lane)
    _cottages(stage, dice, lane)
    land.greenery(stage, dice, trees=(2, 6), bushes=(1, 5), season=season)
    if dice.chance(0.6):
        z = dice.between(5, 10)
        stage.add(
            view.spot(land.aside(stage, z, dice.between(-0.9, 0.9)), z, dice.between(-0.3, 0.3)),
            lambda at, d: street_things.fence(at, d, d.between(3, 9)),
        )
    if dice.chance(0.45):
        stage.add(
            view.spot(lane + dice.between(-0.4, 0.4), land.spread(dice, 7, 22), dice.pick((-_QUARTER, _QUARTER, 0.4))),
            street_things.car,
        )
    for thing, chance, near in (
        (person, 0.35, 5.0),
        (cow, 0.12, 7.0),
        (street_things.bench, 0.15, 5.0),
        (street_things.sign, 0.15, 6.0),
    ):
        if dice.chance(chance):
            z = land.spread(dice, near, 20)
            stage.add(view.spot(land.aside(stage, z, dice.between(-0.8, 0.8)), z), thing)
    if dice.chance(0.25):
        stage.add(view.spot(lane + 2.6, dice.between(7, 14)), street_things.streetlight, -1.0)
    land.flower_patches(stage, dice, 0.5)
    stage.draw()


def _lane(view: View, dice: Dice, x: float) -> None:
    """Draw a paved or trodden lane through a village."""
    asphalt = some(dice, (*tones.ASPHALT, *tones.SOIL))
    paved = dice.chance(0.5)
    land.road_away(
        view,
        dice,
        x,
        dice.between(1.3, 2.4),
        0,
        Ink("road" if paved else "path", asphalt, "asphalt" if paved else "soil", "", "speckled", period=1.2),
    )


def _cottages(stage: Stage, dice: Dice, lane: float) -> None:
    """Small houses on both sides of a lane, turned to any side."""
    for _ in range(dice.whole(2, 5)):
        z = land.spread(dice, 12, 38)
        x = land.aside(stage, z, dice.between(-1, 1))
        if abs(x - lane) < 6:
            x = lane + (6.2 if x > lane else -6.2)
        size = (dice.between(6, 9), dice.between(5, 7), dice.pick((2.7, 2.9, 5.3)))
        angle = dice.between(-0.7, 0.7)
        stage.add(stage.view.spot(x, z, angle), street_things.house, size)
