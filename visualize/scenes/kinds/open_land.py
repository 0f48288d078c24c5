"""Places under the sky where hardly anybody lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes import land
from visualize.scenes.floor_plan import Stage
from visualize.scenes.objects import nature
from visualize.scenes.objects import street as street_things
from visualize.scenes.objects.living import person
from visualize.scenes.render import palette as tones
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.palette import RGB, mixed, shaded, some

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.camera import Frame, Spot, View
    from visualize.scenes.render.canvas import Canvas


def forest(canvas: Canvas, dice: Dice) -> None:
    """Trees close together, with undergrowth, rocks and perhaps a path."""
    view = land.look_out(canvas, dice, (1.4, 2.6), 0.4, (0.4, 0.6))
    nature.sky(view, dice, 0.3)
    season, conifers = land.season(dice), dice.pick((0.0, 0.3, 0.6, 1.0))
    ground = nature.grass(dice)
    if dice.chance(0.45):
        ground = Ink("earth", some(dice, (*tones.SOIL, *tones.BARK)), "soil", "", "leafy", period=0.8)
    nature.land(view, ground)
    _distant_trees(view, dice, tones.CONIFER if conifers > 0.5 else (*season, *tones.CONIFER))
    if dice.chance(0.4):
        land.road_away(
            view,
            dice,
            dice.between(-1.5, 1.5),
            dice.between(0.6, 1.1),
            0,
            Ink("path", some(dice, tones.SOIL), "soil", "", "speckled", period=0.9),
        )
    stage = Stage(view, dice)
    for _ in range(dice.whole(11, 22)):
        z, size = land.spread(dice, 5.5, 60), dice.between(5, 10)
        conifer = dice.chance(conifers)
        spot = view.spot(land.aside(stage, z, dice.between(-1.15, 1.15)), z)
        stage.add(spot, nature.tree, size, conifer=conifer, season=season)
    for _ in range(dice.whole(2, 7)):
        z, size = land.spread(dice, 3, 16), dice.between(0.5, 1.2)
        stage.add(view.spot(land.aside(stage, z, dice.between(-1, 1)), z), nature.bush, size)
    land.rocks(stage, dice, dice.whole(0, 3))
    land.flower_patches(stage, dice, 0.3)
    if ground.thing == "grass":
        land.tufts(stage, dice, ground, 8)
    if dice.chance(0.12):
        stage.add(view.spot(dice.between(-1.5, 1.5), dice.between(5, 12)), dice.pick((person, street_things.bench)))
    stage.draw()


def _distant_trees(view: View, dice: Dice, leaves: tuple[RGB, ...]) -> None:
    """Draw two rows of crowns that close the view."""
    for depth, high in ((160, 0.22), (90, 0.16)):
        leaf = some(dice, leaves)
        nature.ridge(
            view,
            dice,
            Ink("tree", leaf, "foliage", "crown", fade=(1.1, 0.8)),
            (dice.between(0.5, 1.3) * high, 0.5, 0),
            depth,
        )


def beach(canvas: Canvas, dice: Dice) -> None:
    """Sand and sea, boats, sunshades, people and palms."""
    view = land.look_out(canvas, dice, (1.6, 4.0), 0.5, (0.34, 0.56))
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
        land.horizon(view, dice, mountains=0.5, hills=0.0, town=0.7, woods=0.0)
    stage = Stage(view, dice)
    shore = dice.between(9, 24)
    _waterline(view, dice, shore, sand)
    for _ in range(dice.whole(1, 3) if dice.chance(0.6) else 0):
        z = land.spread(dice, shore + 12, shore + 60)
        stage.add(view.spot(land.aside(stage, z, dice.between(-0.9, 0.9)), z), street_things.boat)
    _sunshades(stage, dice, shore)
    for _ in range(dice.whole(1, 4) if dice.chance(0.55) else 0):
        z = land.spread(dice, 4, shore + 1)
        stage.add(view.spot(land.aside(stage, z, dice.between(-0.9, 0.9)), z), person, light_clothes=True)
    for _ in range(dice.whole(1, 3) if dice.chance(0.4) else 0):
        z, size = land.spread(dice, 5, shore), dice.between(3.5, 6)
        stage.add(
            view.spot(land.aside(stage, z, dice.pick((-1, 1)) * dice.between(0.4, 1)), z),
            nature.palm,
            size,
        )
    if dice.chance(0.35):
        land.rocks(stage, dice, dice.whole(1, 3))
    if dice.chance(0.2):
        z = dice.between(4, 8)
        stage.add(
            view.spot(land.aside(stage, z, 0.6), z),
            dice.pick((street_things.bench, lambda at, d: street_things.fence(at, d, 4))),
        )
    stage.draw()


def _waterline(view: View, dice: Dice, shore: float, sand: Ink) -> None:
    """Draw foam, wet sand and dry sand along a shore that begins ``shore`` metres away."""
    slope = dice.between(-0.5, 0.5)
    ground = view.ground(0.01)
    far = 60.0
    foam = Ink("sea", (246, 250, 250), "water")
    edge = [(-far + step * 8, shore + slope * (-far + step * 8) * 0.3 + dice.between(-0.5, 0.5)) for step in range(16)]
    ground.poly([(-far, -8), *[(x, z + 0.7) for x, z in edge], (far, -8)], foam)
    ground.poly([(-far, -8), *edge, (far, -8)], sand.tinted(shaded(sand.colour, 0.85)))
    ground.poly([(-far, -8), *[(x, z - 1.2) for x, z in edge], (far, -8)], sand)


def _sunshades(stage: Stage, dice: Dice, shore: float) -> None:
    """Sunshades on the sand, most of them with a towel."""
    view = stage.view
    for _ in range(dice.whole(1, 4) if dice.chance(0.7) else 0):
        x, z = dice.between(-5, 5), land.spread(dice, 4.5, shore)
        stage.add(view.spot(x + view.yaw * z, z), street_things.umbrella)
        if dice.chance(0.6):
            _towel(view.ground(0.02).at(x + view.yaw * z + 0.5, z - 0.9), dice)


def _towel(ground: Frame, dice: Dice) -> None:
    """Draw a towel that lies about (0, 0)."""
    cloth = some(dice, tones.CLOTH)
    texture = dice.pick(("", "striped", "banded"))
    ground.rect(
        -0.9, -0.45, 0.9, 0.45, Ink("towel", cloth, "fabric", "", texture, mixed(cloth, (255, 255, 255), 0.6), 0.4)
    )


def mountain(canvas: Canvas, dice: Dice) -> None:
    """High peaks over meadows, woods or a lake."""
    view = land.look_out(canvas, dice, (1.6, 6.0), 0.4, (0.5, 0.74))
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
    land.horizon(view, dice, mountains=0.0, hills=0.6, town=0.0, woods=0.5)
    if dice.chance(0.4):
        nature.water(view, dice, "lake", (dice.between(9, 20), dice.between(40, 140)), dice.between(20, 90))
    if dice.chance(0.2):
        land.road_away(
            view,
            dice,
            dice.between(-3, 3),
            dice.between(0.7, 1.3),
            0,
            Ink("path", some(dice, tones.SOIL), "soil", "", "speckled", period=0.9),
        )
    for _ in range(dice.whole(2, 12)):
        z, high = land.spread(dice, 8, 60), dice.between(4, 9)
        stage.add(view.spot(land.aside(stage, z, dice.between(-1.1, 1.1)), z), _mostly_conifer, high)
    land.rocks(stage, dice, dice.whole(0, 5))
    land.visitors(stage, dice, cows=0.15, people=0.2, houses=0.15, fences=0.12)
    land.flower_patches(stage, dice, 0.3)
    stage.draw()


def field(canvas: Canvas, dice: Dice) -> None:
    """Wide meadows and crops, cows behind fences, a farmhouse far away."""
    view = land.look_out(canvas, dice, (1.5, 4.0), 0.5, (0.34, 0.56))
    nature.sky(view, dice, 0.85)
    base = nature.grass(dice, dry=dice.chance(0.25))
    nature.land(view, base)
    land.horizon(view, dice, mountains=0.22, hills=0.5, town=0.0, woods=0.6)
    for _ in range(dice.whole(0, 4)):
        _acre(view, dice)
    if dice.chance(0.3):
        land.road_away(
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
            stage.add(view.spot(view.yaw * (z0 + row), z0 + row * 0.9), _crop, ink)
    land.greenery(stage, dice, trees=(0, 4), bushes=(0, 4), season=land.season(dice))
    land.visitors(stage, dice, cows=0.55, people=0.2, houses=0.25, fences=0.45)
    land.flower_patches(stage, dice, 0.45)
    land.tufts(stage, dice, base, dice.whole(0, 9))
    if dice.chance(0.07):
        z = dice.between(12, 25)
        stage.add(view.spot(land.aside(stage, z, 0.4), z, 0.3), dice.pick((street_things.car, street_things.truck)))
    stage.draw()


def _acre(view: View, dice: Dice) -> None:
    """Draw a strip of another colour on the ground: a crop, or bare soil."""
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
    view.ground().rect(x, near, x + dice.between(20, 90), min(160.0, near * dice.between(1.5, 2.5)), strip)


def _crop(spot: Spot, dice: Dice, ink: Ink) -> None:
    """A row of corn across the view."""
    front = spot.stand()
    for step in range(46):
        at = -4.6 + step * 0.2 + dice.between(-0.06, 0.06)
        high = dice.between(0.65, 0.95)
        front.rect(at - 0.02, 0, at + 0.02, high, ink._replace(texture="", colour=shaded(ink.colour, 0.85)))
        front.oval(at, high, 0.05, 0.12, ink._replace(texture="", colour=shaded(ink.colour, dice.between(0.95, 1.1))))


def _mostly_conifer(spot: Spot, dice: Dice, size: float) -> None:
    nature.tree(spot, dice, size, conifer=dice.chance(0.85))
