"""Places under the sky."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.data.scenes import objects_nature as nature
from visualize.data.scenes import objects_street as street_things
from visualize.data.scenes import palette as tones
from visualize.data.scenes.canvas import Canvas, Ink
from visualize.data.scenes.objects_living import cow, person
from visualize.data.scenes.palette import RGB, mixed, shaded, some
from visualize.data.scenes.plan import Stage
from visualize.data.scenes.view import View

if TYPE_CHECKING:
    from visualize.data.scenes.dice import Dice

_QUARTER = 1.5707963


def _view(
    canvas: Canvas, dice: Dice, height: tuple[float, float], yaw: float, horizon: tuple[float, float] = (0.38, 0.62)
) -> View:
    return View(
        canvas,
        (0, dice.between(*height), 0),
        yaw=dice.between(-yaw, yaw),
        focal=dice.between(0.8, 1.25),
        centre=(dice.between(0.4, 0.6), dice.between(*horizon)),
    )


def _season(dice: Dice) -> tuple[RGB, ...]:
    return tones.AUTUMN if dice.chance(0.2) else tones.LEAVES


def _spread(dice: Dice, near: float, far: float) -> float:
    """A distance, as many near as far by eye: even in 1 / z."""
    return 1 / dice.between(1 / far, 1 / near)


def _aside(stage: Stage, z: float, u: float) -> float:
    """The x at which something z away appears u (from -1 to 1) of half a picture beside the middle of the view."""
    return z * (stage.view.yaw + 0.5 * u)


def _distance(view: View, dice: Dice, *, mountains: float, hills: float, town: float, woods: float) -> None:
    """What closes the view at the horizon."""
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


def _road(view: View, dice: Dice, x: float, half: float, lanes: int, ink: Ink) -> None:
    """A road away from the camera with its markings."""
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


def _traffic(stage: Stage, dice: Dice, lanes: list[float], count: int, trucks: float) -> None:
    """Cars and trucks on lanes; those to the right drive away."""
    for _ in range(count):
        x, z = dice.pick(lanes), _spread(dice, 5.5, 45)
        heading = (-_QUARTER if x > 0 else _QUARTER) + dice.between(-0.05, 0.05)
        vehicle = street_things.truck if dice.chance(trucks) and z > 8 else street_things.car
        stage.add(stage.view.spot(x, z, heading), vehicle)


def street(canvas: Canvas, dice: Dice) -> None:
    """A street between tall houses, with sidewalks, cars, lamps and people; sometimes seen across."""
    view = _view(canvas, dice, (1.5, 3.2), 0.5, (0.42, 0.6))
    nature.sky(view, dice)
    paving = some(dice, tones.PAVING)
    walk = Ink("sidewalk", paving, "stone", "", dice.pick(("tiled", "bricked", "tiled")), shaded(paving, 0.8), 0.9)
    nature.land(view, walk)
    _distance(view, dice, mountains=0.1, hills=0.1, town=0.5, woods=0.2)
    asphalt = some(dice, tones.ASPHALT)
    half = dice.between(3, 4.5)
    _road(
        view,
        dice,
        0,
        half,
        dice.whole(1, 3),
        Ink("road", asphalt, "asphalt", "", "speckled", shaded(asphalt, 1.15), 1.5),
    )
    if dice.chance(0.3):
        z = dice.between(5, 14)
        for step in range(int(2 * half / 0.9)):
            view.ground(0.02).rect(
                -half + step * 0.9,
                z,
                -half + step * 0.9 + 0.5,
                z + 2.4,
                Ink("crosswalk", (238, 238, 234), "paint", "marking"),
            )
    stage = Stage(view, dice)
    edge = half + dice.between(2.2, 3.5)
    for side in (-1, 1):
        z = dice.between(4, 9)
        while z < 70:
            wide = dice.between(7, 13)
            if dice.chance(0.12):
                z += wide
                continue
            heading = side * _QUARTER
            if dice.chance(0.25):
                size = (wide, 8.0, dice.between(3, 6))
                stage.add(
                    view.spot(side * (edge + 4.2), z + wide / 2, heading),
                    street_things.house,
                    size,
                )
            else:
                size = (wide, 10.0, dice.between(9, 32))
                stage.add(
                    view.spot(side * (edge + 5.2), z + wide / 2, heading),
                    street_things.skyscraper,
                    size,
                )
            z += wide + 0.1
        pace = dice.between(9, 16)
        if dice.chance(0.7):
            for step in range(4):
                stage.add(
                    view.spot(side * (half + 0.4), 5 + pace * step),
                    street_things.streetlight,
                    -side * 1.1,
                )
        for _ in range(dice.whole(0, 4)):
            size = dice.between(3, 6)
            stage.add(view.spot(side * (half + 1), _spread(dice, 6, 40)), nature.tree, size)
        for _ in range(dice.whole(0, 3)):
            stage.add(view.spot(side * dice.between(half + 0.6, edge - 0.3), _spread(dice, 4, 25)), person)
        for _ in range(dice.whole(0, 3)):
            stage.add(view.spot(side * (half - 1), _spread(dice, 6, 35), -side * _QUARTER), street_things.car)
        if dice.chance(0.3):
            stage.add(view.spot(side * (half + 0.5), dice.between(5, 14)), street_things.sign)
        if dice.chance(0.2):
            stage.add(view.spot(side * (half + 1.4), dice.between(5, 12), side * _QUARTER), street_things.bench)
    _traffic(stage, dice, [-half / 2, half / 2], dice.whole(0, 3), 0.2)
    stage.draw()


def highway(canvas: Canvas, dice: Dice) -> None:
    """A wide road through open land, with traffic, rails and large signs."""
    view = _view(canvas, dice, (1.7, 5.5), 0.3, (0.35, 0.58))
    nature.sky(view, dice, 0.8)
    dry = dice.chance(0.35)
    ground = nature.grass(dice, dry=dry)
    if dice.chance(0.2):
        ground = Ink("earth", some(dice, tones.SOIL), "soil", "", "speckled", period=1.2)
    nature.land(view, ground)
    _distance(view, dice, mountains=0.3, hills=0.5, town=0.25, woods=0.4)
    asphalt = some(dice, tones.ASPHALT)
    road = Ink("road", asphalt, "asphalt", "", "speckled", shaded(asphalt, 1.15), 1.5)
    lanes = dice.whole(2, 3)
    half = lanes * 1.9
    stage = Stage(view, dice)
    double = dice.chance(0.5)
    centres = [-half - 1, half + 1] if double else [dice.between(-2, 2)]
    tracks = []
    for x in centres:
        _road(view, dice, x, half, lanes, road)
        tracks += [x - half + 2 * half * (lane + 0.5) / lanes for lane in range(lanes)]
    outer = max(abs(x) for x in centres) + half
    for x in ([0.0] if double else []) + [side * (outer + 0.6) for side in (-1, 1) if dice.chance(0.6)]:
        stage.add(view.spot(x, 34, _QUARTER), lambda at, d: street_things.fence(at, d, 64, rail=True))
    _traffic(stage, dice, tracks, dice.whole(2, 7), 0.35)
    for side in (-1, 1):
        for _ in range(dice.whole(0, 5)):
            size, conifer = dice.between(3, 8), dice.chance(0.3)
            x = side * (outer + dice.between(3, 16))
            stage.add(
                view.spot(x, _spread(dice, 9, 70)),
                nature.tree,
                size,
                conifer=conifer,
            )
        for _ in range(dice.whole(0, 3)):
            stage.add(
                view.spot(side * (outer + dice.between(1.5, 8)), _spread(dice, 7, 40)),
                lambda at, d: nature.bush(at, d, 1.3),
            )
        if dice.chance(0.35):
            for step in range(3):
                stage.add(
                    view.spot(side * (outer + 1), 8 + step * 14),
                    street_things.streetlight,
                    -side * 1.6,
                )
    if dice.chance(0.45):
        stage.add(
            view.spot(dice.pick((-1, 1)) * (outer + 3), dice.between(11, 24)),
            lambda at, d: street_things.sign(at, d, large=True),
        )
    if dice.chance(0.12):
        size = (9.0, 7.0, 3.2)
        stage.add(view.spot(outer + 14, 34, 0.4), lambda at, d: street_things.house(at, d, size))
    stage.draw()


def village(canvas: Canvas, dice: Dice) -> None:
    """Small houses with gardens, fences, trees and a lane."""
    view = _view(canvas, dice, (1.6, 3.6), 0.4, (0.4, 0.58))
    nature.sky(view, dice)
    meadow = nature.grass(dice)
    nature.land(view, meadow)
    _distance(view, dice, mountains=0.3, hills=0.6, town=0.0, woods=0.5)
    stage, season = Stage(view, dice), _season(dice)
    lane = dice.between(-3, 3)
    if dice.chance(0.75):
        asphalt = some(dice, (*tones.ASPHALT, *tones.SOIL))
        paved = dice.chance(0.5)
        _road(
            view,
            dice,
            lane,
            dice.between(1.3, 2.4),
            0,
            Ink("road" if paved else "path", asphalt, "asphalt" if paved else "soil", "", "speckled", period=1.2),
        )
    for _ in range(dice.whole(2, 5)):
        z = _spread(dice, 12, 38)
        x = _aside(stage, z, dice.between(-1, 1))
        if abs(x - lane) < 6:
            x = lane + (6.2 if x > lane else -6.2)
        size = (dice.between(6, 9), dice.between(5, 7), dice.pick((2.7, 2.9, 5.3)))
        angle = dice.between(-0.7, 0.7)
        stage.add(view.spot(x, z, angle), street_things.house, size)
    _greenery(stage, dice, trees=(2, 6), bushes=(1, 5), season=season)
    if dice.chance(0.6):
        z = dice.between(5, 10)
        stage.add(
            view.spot(_aside(stage, z, dice.between(-0.9, 0.9)), z, dice.between(-0.3, 0.3)),
            lambda at, d: street_things.fence(at, d, d.between(3, 9)),
        )
    if dice.chance(0.45):
        stage.add(
            view.spot(lane + dice.between(-0.4, 0.4), _spread(dice, 7, 22), dice.pick((-_QUARTER, _QUARTER, 0.4))),
            street_things.car,
        )
    for thing, chance, near in (
        (person, 0.35, 5.0),
        (cow, 0.12, 7.0),
        (street_things.bench, 0.15, 5.0),
        (street_things.sign, 0.15, 6.0),
    ):
        if dice.chance(chance):
            z = _spread(dice, near, 20)
            stage.add(view.spot(_aside(stage, z, dice.between(-0.8, 0.8)), z), thing)
    if dice.chance(0.25):
        stage.add(view.spot(lane + 2.6, dice.between(7, 14)), lambda at, d: street_things.streetlight(at, d, -1.0))
    _flowers(stage, dice, 0.5)
    stage.draw()


def _greenery(
    stage: Stage,
    dice: Dice,
    *,
    trees: tuple[int, int],
    bushes: tuple[int, int],
    season: tuple[RGB, ...],
    conifers: float = 0.2,
) -> None:
    for _ in range(dice.whole(*trees)):
        z, size, conifer = _spread(dice, 7, 50), dice.between(4, 8), dice.chance(conifers)
        spot = stage.view.spot(_aside(stage, z, dice.between(-1.1, 1.1)), z)
        stage.add(spot, nature.tree, size, conifer=conifer, season=season)
    for _ in range(dice.whole(*bushes)):
        z, size = _spread(dice, 4.5, 30), dice.between(0.8, 1.7)
        stage.add(
            stage.view.spot(_aside(stage, z, dice.between(-1.1, 1.1)), z),
            nature.bush,
            size,
        )


def _flowers(stage: Stage, dice: Dice, chance: float) -> None:
    if not dice.chance(chance):
        return
    for _ in range(dice.whole(1, 5)):
        z = _spread(dice, 2.6, 8)
        stage.add(
            stage.view.spot(_aside(stage, z, dice.between(-1, 1)), z),
            lambda at, d: nature.flowers(at, d, d.whole(3, 7)),
        )


def _tufts(stage: Stage, dice: Dice, ink: Ink, count: int) -> None:
    for _ in range(count):
        z = _spread(dice, 2.2, 12)
        stage.add(stage.view.spot(_aside(stage, z, dice.between(-1.1, 1.1)), z), lambda at, d: nature.tuft(at, d, ink))


def forest(canvas: Canvas, dice: Dice) -> None:
    """Trees close together, with undergrowth, rocks and perhaps a path."""
    view = _view(canvas, dice, (1.4, 2.6), 0.4, (0.4, 0.6))
    nature.sky(view, dice, 0.3)
    season, conifers = _season(dice), dice.pick((0.0, 0.3, 0.6, 1.0))
    ground = nature.grass(dice)
    if dice.chance(0.45):
        ground = Ink("earth", some(dice, (*tones.SOIL, *tones.BARK)), "soil", "", "leafy", period=0.8)
    nature.land(view, ground)
    for depth, high in ((160, 0.22), (90, 0.16)):
        leaf = some(dice, tones.CONIFER if conifers > 0.5 else (*season, *tones.CONIFER))
        nature.ridge(
            view,
            dice,
            Ink("tree", leaf, "foliage", "crown", fade=(1.1, 0.8)),
            (dice.between(0.5, 1.3) * high, 0.5, 0),
            depth,
        )
    if dice.chance(0.4):
        _road(
            view,
            dice,
            dice.between(-1.5, 1.5),
            dice.between(0.6, 1.1),
            0,
            Ink("path", some(dice, tones.SOIL), "soil", "", "speckled", period=0.9),
        )
    stage = Stage(view, dice)
    for _ in range(dice.whole(11, 22)):
        z, size = _spread(dice, 5.5, 60), dice.between(5, 10)
        conifer = dice.chance(conifers)
        spot = view.spot(_aside(stage, z, dice.between(-1.15, 1.15)), z)
        stage.add(spot, nature.tree, size, conifer=conifer, season=season)
    for _ in range(dice.whole(2, 7)):
        z, size = _spread(dice, 3, 16), dice.between(0.5, 1.2)
        stage.add(view.spot(_aside(stage, z, dice.between(-1, 1)), z), nature.bush, size)
    _rocks(stage, dice, dice.whole(0, 3))
    _flowers(stage, dice, 0.3)
    if ground.thing == "grass":
        _tufts(stage, dice, ground, 8)
    if dice.chance(0.12):
        stage.add(view.spot(dice.between(-1.5, 1.5), dice.between(5, 12)), dice.pick((person, street_things.bench)))
    stage.draw()


def _rocks(stage: Stage, dice: Dice, count: int) -> None:
    for _ in range(count):
        z, size = _spread(dice, 3.2, 22), dice.between(0.5, 2.0)
        stage.add(stage.view.spot(_aside(stage, z, dice.between(-1, 1)), z), nature.rock, size)


def beach(canvas: Canvas, dice: Dice) -> None:
    """Sand and sea, boats, sunshades, people and palms."""
    view = _view(canvas, dice, (1.6, 4.0), 0.5, (0.34, 0.56))
    nature.sky(view, dice, 0.7)
    yellow = some(dice, tones.SAND)
    sand = Ink("sand", yellow, "sand_grains", "", "speckled", shaded(yellow, 0.84), 0.8)
    nature.water(view, dice, "sea", (0, 400))
    nature.mist(view, 0.4)
    if dice.chance(0.35):
        high = dice.between(0.03, 0.12)
        nature.ridge(
            view, dice, Ink("hill", some(dice, tones.MEADOW), "foliage"), (high, 0.2, 0), view.light.reach * 0.6
        )
    if dice.chance(0.12):
        _distance(view, dice, mountains=0.5, hills=0.0, town=0.7, woods=0.0)
    stage = Stage(view, dice)
    shore, slope = dice.between(9, 24), dice.between(-0.5, 0.5)
    ground = view.ground(0.01)
    far = 60.0
    foam = Ink("sea", (246, 250, 250), "water")
    edge = [(-far + step * 8, shore + slope * (-far + step * 8) * 0.3 + dice.between(-0.5, 0.5)) for step in range(16)]
    ground.poly([(-far, -8), *[(x, z + 0.7) for x, z in edge], (far, -8)], foam)
    wet = sand._replace(colour=shaded(yellow, 0.85))
    ground.poly([(-far, -8), *edge, (far, -8)], wet)
    ground.poly([(-far, -8), *[(x, z - 1.2) for x, z in edge], (far, -8)], sand)
    for _ in range(dice.whole(1, 3) if dice.chance(0.6) else 0):
        z = _spread(dice, shore + 12, shore + 60)
        stage.add(view.spot(_aside(stage, z, dice.between(-0.9, 0.9)), z), street_things.boat)
    for _ in range(dice.whole(1, 4) if dice.chance(0.7) else 0):
        x, z = dice.between(-5, 5), _spread(dice, 4.5, shore)
        stage.add(view.spot(x + view.yaw * z, z), street_things.umbrella)
        if dice.chance(0.6):
            cloth = some(dice, tones.CLOTH)
            view.ground(0.02).at(x + view.yaw * z + 0.5, z - 0.9).rect(
                -0.9,
                -0.45,
                0.9,
                0.45,
                Ink(
                    "towel",
                    cloth,
                    "fabric",
                    "",
                    dice.pick(("", "striped", "banded")),
                    mixed(cloth, (255, 255, 255), 0.6),
                    0.4,
                ),
            )
    for _ in range(dice.whole(1, 4) if dice.chance(0.55) else 0):
        z = _spread(dice, 4, shore + 1)
        stage.add(
            view.spot(_aside(stage, z, dice.between(-0.9, 0.9)), z), lambda at, d: person(at, d, light_clothes=True)
        )
    for _ in range(dice.whole(1, 3) if dice.chance(0.4) else 0):
        z, size = _spread(dice, 5, shore), dice.between(3.5, 6)
        stage.add(
            view.spot(_aside(stage, z, dice.pick((-1, 1)) * dice.between(0.4, 1)), z),
            nature.palm,
            size,
        )
    if dice.chance(0.35):
        _rocks(stage, dice, dice.whole(1, 3))
    if dice.chance(0.2):
        z = dice.between(4, 8)
        stage.add(
            view.spot(_aside(stage, z, 0.6), z),
            dice.pick((street_things.bench, lambda at, d: street_things.fence(at, d, 4))),
        )
    stage.draw()


def mountain(canvas: Canvas, dice: Dice) -> None:
    """High peaks over meadows, woods or a lake."""
    view = _view(canvas, dice, (1.6, 6.0), 0.4, (0.5, 0.74))
    nature.sky(view, dice, 0.7)
    stage = Stage(view, dice)
    reach = view.light.reach
    for row, share in enumerate((0.7, 0.35)):
        for _ in range(dice.whole(1, 3)):
            size = (dice.between(0.2, 0.5), dice.between(0.22, 0.52) * (1 - 0.3 * row))
            nature.mountain(view, dice, (dice.between(0, 1), 0), size, reach * share)
    meadow = nature.grass(dice, dry=dice.chance(0.15))
    if dice.chance(0.15):
        meadow = Ink("snow", (240, 244, 250), "snow", "", "speckled", (214, 224, 240), 1.0)
    elif dice.chance(0.2):
        meadow = Ink("earth", some(dice, tones.ROCKS), "stone", "", "speckled", period=1.4)
    nature.land(view, meadow)
    _distance(view, dice, mountains=0.0, hills=0.6, town=0.0, woods=0.5)
    if dice.chance(0.4):
        nature.water(view, dice, "lake", (dice.between(9, 20), dice.between(40, 140)), dice.between(20, 90))
    if dice.chance(0.2):
        _road(
            view,
            dice,
            dice.between(-3, 3),
            dice.between(0.7, 1.3),
            0,
            Ink("path", some(dice, tones.SOIL), "soil", "", "speckled", period=0.9),
        )
    for _ in range(dice.whole(2, 12)):
        z, size = _spread(dice, 8, 60), dice.between(4, 9)
        stage.add(
            view.spot(_aside(stage, z, dice.between(-1.1, 1.1)), z),
            nature.tree,
            size,
            conifer=d.chance(0.85),
        )
    _rocks(stage, dice, dice.whole(0, 5))
    _visitors(stage, dice, cows=0.15, people=0.2, houses=0.15, fences=0.12)
    _flowers(stage, dice, 0.3)
    stage.draw()


def _visitors(stage: Stage, dice: Dice, *, cows: float, people: float, houses: float, fences: float) -> None:
    view = stage.view
    for _ in range(dice.whole(1, 4) if dice.chance(cows) else 0):
        z = _spread(dice, 6, 26)
        stage.add(view.spot(_aside(stage, z, dice.between(-0.9, 0.9)), z), cow)
    if dice.chance(people):
        z = _spread(dice, 5, 20)
        stage.add(view.spot(_aside(stage, z, dice.between(-0.8, 0.8)), z), person)
    if dice.chance(houses):
        z, size = dice.between(18, 45), (dice.between(5, 8), 5.5, 2.8)
        stage.add(
            view.spot(_aside(stage, z, dice.between(-0.9, 0.9)), z, dice.between(-0.6, 0.6)),
            lambda at, d: street_things.house(at, d, size),
        )
    if dice.chance(fences):
        z = dice.between(6, 14)
        stage.add(
            view.spot(_aside(stage, z, 0), z, dice.between(-0.35, 0.35)),
            lambda at, d: street_things.fence(at, d, d.between(8, 24)),
        )


def field(canvas: Canvas, dice: Dice) -> None:
    """Wide meadows and crops, cows behind fences, a farmhouse far away."""
    view = _view(canvas, dice, (1.5, 4.0), 0.5, (0.34, 0.56))
    nature.sky(view, dice, 0.85)
    base = nature.grass(dice, dry=dice.chance(0.25))
    nature.land(view, base)
    _distance(view, dice, mountains=0.22, hills=0.5, town=0.0, woods=0.6)
    far = 160.0
    for _ in range(dice.whole(0, 4)):
        near = dice.between(14, 60)
        colour = some(dice, (*tones.MEADOW, *tones.DRY, *tones.SOIL))
        soil = dice.chance(0.2)
        strip = Ink(
            "earth" if soil else "grass",
            colour,
            "soil" if soil else "foliage",
            "",
            dice.pick(("striped", "grassy", "")),
            shaded(colour, 0.85),
            1.6,
        )
        x = dice.between(-60, 40)
        view.ground().rect(x, near, x + dice.between(20, 90), min(far, near * dice.between(1.5, 2.5)), strip)
    if dice.chance(0.3):
        _road(
            view,
            dice,
            dice.between(-4, 4),
            dice.between(0.8, 1.5),
            0,
            Ink("path", some(dice, tones.SOIL), "soil", "", "speckled", period=0.9),
        )
    stage = Stage(view, dice)
    if dice.chance(0.3):
        z0, ink = dice.between(3.5, 7), nature.grass(dice, dry=True)
        for row in range(4):
            stage.add(view.spot(view.yaw * (z0 + row), z0 + row * 0.9), lambda at, d: _crop(at, d, ink))
    _greenery(stage, dice, trees=(0, 4), bushes=(0, 4), season=_season(dice))
    _visitors(stage, dice, cows=0.55, people=0.2, houses=0.25, fences=0.45)
    _flowers(stage, dice, 0.45)
    _tufts(stage, dice, base, dice.whole(0, 9))
    if dice.chance(0.07):
        z = dice.between(12, 25)
        stage.add(view.spot(_aside(stage, z, 0.4), z, 0.3), dice.pick((street_things.car, street_things.truck)))
    stage.draw()


def _crop(spot: nature.Spot, dice: Dice, ink: Ink) -> None:
    """A row of corn across the view."""
    front = spot.stand()
    for step in range(46):
        at = -4.6 + step * 0.2 + dice.between(-0.06, 0.06)
        high = dice.between(0.65, 0.95)
        front.rect(at - 0.02, 0, at + 0.02, high, ink._replace(texture="", colour=shaded(ink.colour, 0.85)))
        front.oval(at, high, 0.05, 0.12, ink._replace(texture="", colour=shaded(ink.colour, dice.between(0.95, 1.1))))
