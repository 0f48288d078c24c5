"""Rooms, each furnished with what it needs and some of what any room may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.scenes.floor_plan import Painter, Plan
from visualize.scenes.objects import fixtures, furniture
from visualize.scenes.objects import room as rooms
from visualize.scenes.objects.living import person
from visualize.scenes.render import palette as tones
from visualize.scenes.render.camera import Frame, Spot, View
from visualize.scenes.render.palette import RGB, some

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.canvas import Canvas


_WALLS = ("back", "left", "right")
_FRONT = ("back", "back", "left", "right")


def _empty(
    canvas: Canvas, dice: Dice, size: tuple[float, float], walls: tuple[str, ...], floors: tuple[str, ...]
) -> Plan:
    """An empty room of a random size, seen from a random place."""
    wide, deep = dice.between(size[0], size[1]), dice.between(size[0] - 0.2, size[1])
    eye = (dice.between(-0.22, 0.22) * wide, dice.between(1.3, 1.9), dice.between(-0.7, 0.4))
    yaw = dice.between(-0.34, 0.34) - eye[0] * 0.06
    view = View(canvas, eye, yaw=yaw, focal=dice.between(0.78, 1.12), centre=(0.5, dice.between(0.32, 0.45)))
    look = rooms.finish_of(dice, walls, floors)
    return Plan(rooms.room(view, wide, deep, dice.between(2.45, 2.9), look), dice)


def _dress(plan: Plan, dice: Dice, *, windows: float = 0.8, pictures: float = 0.75, doors: float = 0.3) -> None:
    """Hang up what any room may have: windows, curtains, pictures, a door, a clock."""
    if dice.chance(doors):
        wall = plan.hang(1.1, 0)
        if wall:
            rooms.door(wall, dice)
    if dice.chance(windows):
        wide, high = dice.between(0.8, 1.7), dice.between(0.8, 1.3)
        wall = plan.hang(wide + 0.7, 1.5, _FRONT)
        if wall:
            rooms.window(wall, dice, wide, high)
            if dice.chance(0.65):
                rooms.curtains(wall, dice, wide, high, -1.4 if dice.chance(0.5) else -high / 2 - 0.2)
    for _ in range(dice.whole(1, 3) if dice.chance(pictures) else 0):
        wide, high = dice.between(0.4, 1.0), dice.between(0.4, 0.8)
        wall = plan.hang(wide + 0.15, dice.between(1.5, 1.75), _FRONT)
        if wall:
            rooms.picture(wall, dice, wide, high)
    if dice.chance(0.2):
        wall = plan.hang(0.5, 1.95, _FRONT)
        if wall:
            rooms.clock(wall, dice)


def _clutter(plan: Plan, dice: Dice, *, people: float = 0.12) -> None:
    """Add what may stand in any room: plants, lamps, chairs, shelves, somebody."""
    if dice.chance(0.45):
        size = dice.between(0.8, 1.5)
        plan.put(lambda spot, d: furniture.houseplant(spot, d, size), 0.5, 0.5, (*_WALLS, "middle"))
    if dice.chance(0.2):
        plan.put(lambda spot, d: furniture.lamp(spot, d, tall=True), 0.5, 0.5, _WALLS)
    if dice.chance(0.25):
        plan.add(
            plan.view.spot(dice.between(-0.8, 0.8), dice.between(2.2, plan.room.deep - 0.6)),
            lambda spot, d: furniture.hanging_lamp(spot, d, plan.room.high),
        )
    if dice.chance(0.25):
        plan.put(turned(furniture.chair, dice), 0.55, 0.55, ("middle", "left", "right"))
    if dice.chance(0.22):
        plan.put(_cabinet(dice, tall=dice.chance(0.3)), 1.0, 0.5, _WALLS, tall=True)
    if dice.chance(0.15):
        plan.put(_bookcase(dice), 1.0, 0.35, _WALLS, tall=True)
    if dice.chance(people):
        plan.put(person, 0.6, 0.5, ("middle",))


def turned(thing: Painter, dice: Dice) -> Painter:
    """The thing, turned to any side."""
    angle = dice.between(-3.1, 3.1)
    return lambda spot, d: thing(spot.moved(0, 0, turn=angle), d)


def _cabinet(dice: Dice, *, tall: bool) -> Painter:
    size = (dice.between(0.8, 1.0), 0.48, dice.between(1.8, 2.1) if tall else dice.between(0.6, 1.0))

    def draw(spot: Spot, d: Dice) -> None:
        furniture.cabinet(spot, d, size)
        if not tall:
            furniture.tabletop_things(spot.moved(0, 0, size[2]), d, size[0], d.whole(0, 3))

    return draw


def _bookcase(dice: Dice) -> Painter:
    size = (dice.between(0.8, 1.0), 0.3, dice.between(1.2, 2.2))
    return lambda spot, d: furniture.bookcase(spot, d, size)


def _bedside(dice: Dice, *, lamp: bool) -> Painter:
    high = dice.between(0.45, 0.6)

    def draw(spot: Spot, d: Dice) -> None:
        furniture.cabinet(spot, d, (0.48, 0.42, high), 1)
        if lamp:
            furniture.lamp(spot.moved(0, 0.05, high), d, tall=False)
        else:
            furniture.tabletop_things(spot.moved(0, 0, high), d, 0.3, 1)

    return draw


def _desk(dice: Dice, *, screens: int, lamp: bool) -> Painter:
    wide, high = dice.between(1.1, 1.5), 0.74

    def draw(spot: Spot, d: Dice) -> None:
        furniture.table(spot, d, (wide, 0.68, high))
        top = spot.moved(0, 0, high)
        for place in range(screens):
            side = (place - (screens - 1) / 2) * 0.58
            furniture.screen(top.moved(side, 0.12, turn=d.between(-0.15, 0.15)), d, d.between(0.48, 0.62))
        if lamp:
            furniture.lamp(top.moved(wide * 0.38, 0.1), d, tall=False)
        furniture.tabletop_things(top.moved(-0.1, -0.15), d, wide, d.whole(0, 2))

    return draw


def _rug(plan: Plan, dice: Dice, chance: float) -> None:
    if dice.chance(chance):
        room = plan.room
        at = (dice.between(-0.2, 0.2) * room.wide, dice.between(0.45, 0.65) * room.deep)
        rooms.rug(room.floor.at(*at), dice, dice.between(1.4, 2.6), dice.between(1.0, 2.0))


def bedroom(canvas: Canvas, dice: Dice) -> None:
    """A bed, a table and a lamp beside it, a wardrobe; sometimes a desk."""
    plan = _empty(canvas, dice, (3.0, 4.1), ("paint", "paint", "paper"), ("wood", "wood", "carpet"))
    _rug(plan, dice, 0.5)
    wide = dice.pick((0.95, 1.4, 1.6, 1.8))
    spot = plan.place(wide + 0.1, 2.05, ("back", "back", "left", "right"))
    if spot is None:
        spot = plan.view.spot(plan.view.eye[0] + plan.view.yaw * plan.room.deep, plan.room.deep - 1.05)
    plan.add(spot, lambda at, d: furniture.bed(at, d, wide))
    for side in (-1, 1):
        beside = spot.moved(side * (wide / 2 + 0.32), 0.75)
        if (
            dice.chance(0.6)
            and abs(beside.origin[0]) < plan.room.wide / 2 - 0.2
            and beside.origin[2] < plan.room.deep - 0.2
        ):
            plan.add(beside, _bedside(dice, lamp=dice.chance(0.7)))
    if dice.chance(0.4):
        plan.put(_cabinet(dice, tall=True), 1.05, 0.5, _WALLS, tall=True)
    if dice.chance(0.12):
        plan.put(_desk(dice, screens=dice.whole(0, 1), lamp=dice.chance(0.4)), 1.4, 0.75, _WALLS)
    if dice.chance(0.08):
        plan.put(lambda at, d: furniture.sofa(at, d, 0.95), 1.0, 0.9, _WALLS)
    _dress(plan, dice)
    _clutter(plan, dice, people=0.08)
    plan.draw()


def living_room(canvas: Canvas, dice: Dice) -> None:
    """A sofa, a low table, a television; shelves, lamps and plants."""
    plan = _empty(canvas, dice, (3.5, 4.7), ("paint", "paint", "paper", "brick"), ("wood", "wood", "carpet", "stone"))
    _rug(plan, dice, 0.6)
    wide = dice.between(1.5, 2.3)
    spot = plan.put(lambda at, d: furniture.sofa(at, d, wide), wide, 0.95, ("back", "back", "left", "right"))
    if spot and dice.chance(0.65):
        low = (dice.between(0.8, 1.2), dice.between(0.5, 0.65), dice.between(0.36, 0.46))

        def draw(at: Spot, d: Dice) -> None:
            furniture.table(at, d, low)
            furniture.tabletop_things(at.moved(0, 0, low[2]), d, low[0], d.whole(0, 3))

        plan.add(spot.moved(dice.between(-0.3, 0.3), -1.05), draw)
    if dice.chance(0.5):
        plan.put(_television(dice), 1.5, 0.5, _WALLS, tall=True)
    if dice.chance(0.4):
        plan.put(lambda at, d: furniture.sofa(at, d, 0.95), 1.0, 0.95, (*_WALLS, "middle"))
    if dice.chance(0.5):
        plan.put(_bookcase(dice), 1.0, 0.35, _WALLS, tall=True)
    if dice.chance(0.4):
        plan.put(lambda at, d: furniture.lamp(at, d, tall=True), 0.5, 0.5, _WALLS)
    _dress(plan, dice)
    _clutter(plan, dice, people=0.2)
    plan.draw()


def _television(dice: Dice) -> Painter:
    size = (dice.between(1.2, 1.5), 0.42, dice.between(0.4, 0.6))
    wide = dice.between(0.8, 1.15)

    def draw(spot: Spot, d: Dice) -> None:
        furniture.cabinet(spot, d, size, 3)
        furniture.screen(spot.moved(0, 0, size[2]), d, wide)

    return draw


def kitchen(canvas: Canvas, dice: Dice) -> None:
    """A row of units with two or three of stove, sink and fridge; sometimes a table."""
    plan = _empty(canvas, dice, (2.8, 3.8), ("paint", "paint", "tiles"), ("wood", "tiles", "tiles", "stone"))
    _rug(plan, dice, 0.15)
    paint, stone = (
        some(dice, (*tones.PAINT, *tones.WOOD, *tones.WHITEWARE)),
        some(dice, (*tones.STONE, *tones.WOOD, *tones.DARK)),
    )
    units = dice.shuffled(["stove", "fridge", "sink"])[: dice.pick((2, 2, 3))]
    _row_of_units(plan, dice, dice.shuffled([*units, *["counter"] * dice.whole(0, 1)]), (paint, stone))
    if dice.chance(0.6):
        frame = plan.hang(dice.between(1.0, 1.4), 1.5, _WALLS)
        if frame:
            fixtures.wall_cabinets(frame.at(-0.5, 0), dice, 1.0, paint)
    if dice.chance(0.4):
        spot = plan.place(1.2, 0.9, ("middle",))
        if spot:
            plan.add(spot, _laid_table)
            for side in (-1, 1):
                plan.add(spot.moved(side * 0.72, dice.between(-0.1, 0.1), turn=side * 1.57), furniture.chair)
    _dress(plan, dice, windows=0.6, pictures=0.3)
    _clutter(plan, dice, people=0.15)
    plan.draw()


_WIDTHS = {"stove": 0.66, "fridge": 0.85, "sink": 1.0, "counter": 0.9}  # metres


def _row_of_units(plan: Plan, dice: Dice, units: list[str], colours: tuple[RGB, RGB]) -> None:
    """Kitchen units side by side against the wall that is looked at."""
    room, view = plan.room, plan.view
    aside = "left" if view.yaw < 0 else "right"
    wall = aside if abs(view.yaw) > 0.15 and dice.chance(0.5) else "back"
    limit = room.wide if wall == "back" else room.deep - 1.1
    middle = view.eye[0] + view.yaw * room.deep + room.wide / 2
    total = sum(_WIDTHS[unit] for unit in units)
    at = min(max(0.0, middle - total * dice.between(0.35, 0.65)), max(0.0, limit - total)) if wall == "back" else 0.0
    for unit in units:
        wide = _WIDTHS[unit]
        if at + wide > limit:
            break
        _unit(plan, wall, at + wide / 2, _appliance(unit, wide, *colours))
        plan.block_unit(wall, at + wide / 2, wide, tall=unit == "fridge")
        at += wide


def _unit(plan: Plan, wall: str, along: float, thing: Painter) -> None:
    """Put a kitchen unit against a wall, ``along`` metres from the wall's left end as seen from inside the room."""
    half, deep = plan.room.wide / 2, plan.room.deep
    if wall == "back":
        plan.add(plan.view.spot(along - half, deep - 0.34), thing)
    else:
        side = 1 if wall == "right" else -1
        plan.add(plan.view.spot(side * (half - 0.34), deep - along, side * 1.5707963), thing)


def _laid_table(spot: Spot, dice: Dice) -> None:
    furniture.table(spot, dice, (1.1, 0.75, 0.74))
    furniture.tabletop_things(spot.moved(0, 0, 0.74), dice, 0.9, dice.whole(1, 3))


def _appliance(unit: str, wide: float, paint: RGB, stone: RGB) -> Painter:
    """A stove or a fridge, or a counter with a sink or something on it."""

    def draw(spot: Spot, dice: Dice) -> None:
        fixtures.counter(spot, dice, wide, paint, stone)
        if unit == "sink":
            fixtures.basin(spot, dice)
        else:
            furniture.tabletop_things(spot.moved(0, 0, fixtures.COUNTER), dice, wide, dice.whole(1, 3))

    return {"stove": fixtures.stove, "fridge": fixtures.fridge}.get(unit, draw)


def bathroom(canvas: Canvas, dice: Dice) -> None:
    """Two or three of bathtub, toilet and sink; a mirror, towels."""
    plan = _empty(canvas, dice, (2.5, 3.4), ("tiles", "tiles", "paint"), ("tiles", "tiles", "stone", "wood"))
    _rug(plan, dice, 0.25)
    needed = dice.shuffled(["bathtub", "toilet", "washstand"])[: dice.pick((2, 3, 3))]
    long = dice.between(1.5, 1.8)
    for thing in needed:
        if thing == "bathtub":
            plan.put(lambda at, d: fixtures.bathtub(at, d, long), long, 0.85, _FRONT)
        elif thing == "toilet":
            plan.put(fixtures.toilet, 0.6, 0.75, _FRONT)
        else:
            _washing_place(plan, dice)
    if dice.chance(0.55):
        wall = plan.hang(0.8, 1.3)
        if wall:
            rooms.towel(wall, dice)
    _dress(plan, dice, windows=0.5, pictures=0.2, doors=0.25)
    _clutter(plan, dice, people=0.05)
    plan.draw()


def _washing_place(plan: Plan, dice: Dice) -> None:
    """A sink, with a mirror over it more often than not."""
    spot = plan.put(fixtures.washstand, 0.85, 0.6, _FRONT, tall=True)
    if spot is not None and dice.chance(0.75):
        wide, high = dice.between(0.5, 0.8), dice.between(0.6, 0.9)
        _above(plan, spot, lambda wall: rooms.mirror(wall, dice, wide, high))


def _above(plan: Plan, spot: Spot, hang: Callable[[Frame], None]) -> None:
    """Hang something on the wall over a thing that stands against it."""
    x, _, z = spot.origin
    room = plan.room
    wall = room.back.at(x + room.wide / 2, 1.55)
    if spot.heading:
        wall = (room.right if spot.heading > 0 else room.left).at(z, 1.55)
    hang(wall)


def office(canvas: Canvas, dice: Dice) -> None:
    """Desks with monitors and chairs; shelves, cabinets, a clock."""
    plan = _empty(canvas, dice, (3.2, 4.6), ("paint", "paint", "paint", "brick"), ("carpet", "wood", "tiles", "stone"))
    _rug(plan, dice, 0.15)
    for _ in range(dice.whole(1, 3)):
        spot = plan.place(1.5, 1.35, ("back", "left", "right", "middle"))
        if spot is None:
            continue
        turn = 3.1415926 if dice.chance(0.25) else 0.0
        shift = 0.3 if turn == 0 else 0.0
        plan.add(spot.moved(0, shift, turn=turn), _desk(dice, screens=dice.pick((1, 1, 2)), lamp=dice.chance(0.3)))
        if dice.chance(0.85):
            chair_at = spot.moved(
                dice.between(-0.25, 0.25), shift - 0.6 if turn == 0 else 0.65, turn=turn + dice.between(2.4, 3.9)
            )
            plan.add(chair_at, furniture.chair)
    if dice.chance(0.5):
        plan.put(_bookcase(dice), 1.0, 0.35, _WALLS, tall=True)
    if dice.chance(0.4):
        plan.put(_cabinet(dice, tall=dice.chance(0.5)), 1.0, 0.5, _WALLS, tall=True)
    if dice.chance(0.3):
        wall = plan.hang(1.2, 1.55, _FRONT)
        if wall:
            rooms.wall_shelf(wall, dice, 1.1)
    if dice.chance(0.1):
        plan.put(lambda at, d: furniture.sofa(at, d, 1.5), 1.5, 0.95, _WALLS)
    _dress(plan, dice, windows=0.65, pictures=0.45, doors=0.35)
    _clutter(plan, dice, people=0.3)
    plan.draw()
