"""Furniture does not overlap, and what is far is drawn first."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, cast

from hypothesis import given
from hypothesis import strategies as st

from visualize.scenes.floor_plan import Plan, Stage
from visualize.scenes.objects import room as rooms
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.camera import View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.light import Light

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.scenes.floor_plan import Area
    from visualize.scenes.objects.room import Room
    from visualize.scenes.render.camera import Spot

WIDE, DEEP = 4.0, 4.5
seeds = st.integers(0, 10_000)


def _view(yaw: float = 0.0) -> View:
    return View(Canvas(32, Light(), flat=True), (0.1, 1.5, -0.5), yaw=yaw)


def _plan(seed: int, change: Callable[[Room], Room] = lambda room: room) -> Plan:
    dice = Dice(seed)
    finish = rooms.finish_of(dice, ("paint",), ("wood",))
    return Plan(change(rooms.room(_view(), WIDE, DEEP, 2.6, finish)), dice)


def _area(spot: Spot, wide: float, deep: float) -> Area:
    """The floor that a thing covers, by its corners."""
    corners = [spot.world(x, 0, z) for x in (-wide / 2, wide / 2) for z in (-deep / 2, deep / 2)]
    xs, zs = [corner[0] for corner in corners], [corner[2] for corner in corners]
    return min(xs), max(xs), min(zs), max(zs)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(1, 40)), min_size=1, max_size=12), st.floats(-0.5, 0.5))
def test_the_farthest_thing_is_drawn_first_and_each_once(places: list[tuple[float, float]], yaw: float) -> None:
    view = _view(yaw)
    stage, order = Stage(view, Dice(0)), list[tuple[float, float]]()
    for x, z in places:
        stage.add(view.spot(x, z), lambda spot, _dice: order.append((spot.origin[0], spot.origin[2])))
    stage.draw()
    depths = [math.sin(yaw) * (x - 0.1) + math.cos(yaw) * (z + 0.5) for x, z in order]
    assert depths == sorted(depths, reverse=True)
    assert sorted(order) == sorted(places)
    stage.draw()
    assert len(order) == len(places)


def test_a_thing_gets_its_spot_the_dice_and_its_details() -> None:
    view, dice, given_to_it = _view(), Dice(0), list[tuple[object, ...]]()
    stage, spot = Stage(view, dice), view.spot(0, 5)

    def thing(spot: Spot, dice: Dice, size: float, *, tall: bool) -> None:
        given_to_it.append((spot, dice, size, tall))

    stage.add(spot, thing, 2.5, tall=True)
    stage.draw()
    assert given_to_it == [(spot, dice, 2.5, True)]


sizes = st.lists(st.tuples(st.floats(0.3, 1.6), st.floats(0.3, 1.0)), min_size=1, max_size=6)


@given(seeds, sizes)
def test_things_lie_within_the_room_and_on_none_another(seed: int, sizes: list[tuple[float, float]]) -> None:
    plan = _plan(seed)
    areas = []
    for wide, deep in sizes:
        spot = plan.place(wide, deep, ("back", "left", "right", "middle"))
        if spot is not None:
            areas.append(_area(spot, wide, deep))
    for left, right, near, far in areas:
        assert -WIDE / 2 - 1e-6 <= left < right <= WIDE / 2 + 1e-6
        assert near < far <= DEEP + 1e-6
    for area, other in itertools.combinations(areas, 2):
        assert area[1] <= other[0] or other[1] <= area[0] or area[3] <= other[2] or other[3] <= area[2]


def test_there_is_no_room_for_a_thing_wider_than_the_room() -> None:
    assert _plan(0).place(WIDE + 1, 0.5, ("back",)) is None


@given(seeds, st.sampled_from(("back", "left", "right")))
def test_nothing_is_placed_on_a_kitchen_unit(seed: int, wall: str) -> None:
    plan = _plan(seed)
    plan.block_unit(wall, DEEP / 2, 1.0, tall=False)
    x = DEEP / 2 - WIDE / 2 if wall == "back" else (WIDE / 2 - 0.3) * (1 if wall == "right" else -1)
    z = DEEP - 0.3 if wall == "back" else DEEP / 2
    for _ in range(6):
        spot = plan.place(0.6, 0.5, (wall,))
        if spot is not None:
            left, right, near, far = _area(spot, 0.6, 0.5)
            assert not (left < x < right and near < z < far)


class _Wall:
    """A wall that says where on it something was hung."""

    def __init__(self, name: str) -> None:
        self.name = name

    def at(self, u: float, v: float) -> tuple[str, float, float]:
        return self.name, u, v


@given(seeds, st.lists(st.floats(0.2, 1.5), min_size=1, max_size=8))
def test_what_hangs_on_a_wall_leaves_room_for_the_rest(seed: int, widths: list[float]) -> None:
    walls: dict[str, Any] = {name: _Wall(name) for name in ("back", "left", "right")}
    plan = _plan(seed, lambda room: room._replace(**walls))
    spans: dict[str, list[tuple[float, float]]] = {}
    for wide in widths:
        place = cast("tuple[str, float, float] | None", plan.hang(wide, 1.5))
        if place is not None:
            name, u, high = place
            assert high == 1.5
            assert u - wide / 2 >= 0.1 - 1e-6
            assert u + wide / 2 <= (WIDE if name == "back" else DEEP) - 0.1 + 1e-6
            spans.setdefault(name, []).append((u - wide / 2, u + wide / 2))
    for taken in spans.values():
        for (_, end), (start, _) in itertools.pairwise(sorted(taken)):
            assert end <= start + 1e-6


def test_nothing_hangs_over_a_tall_thing() -> None:
    walls: dict[str, Any] = {name: _Wall(name) for name in ("back", "left", "right")}
    for seed in range(20):
        plan = _plan(seed, lambda room: room._replace(**walls))
        spot = plan.place(1.0, 0.5, ("back",), tall=True)
        assert spot is not None
        place = cast("tuple[str, float, float] | None", plan.hang(0.6, 1.5, ("back",)))
        if place is not None:
            assert abs(place[1] - (spot.origin[0] + WIDE / 2)) >= 0.8 - 1e-6
