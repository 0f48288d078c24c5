from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.visualize.scenes.objects.drawing import SIDE, hanging
from visualize.scenes import NUMBERS
from visualize.scenes.objects import room
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.camera import View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.light import Light

SEEDS = range(6)


@pytest.mark.parametrize(
    ("thing", "details", "parts"),
    [
        ("window", (1.2, 1.0), {"pane", "frame"}),
        ("door", (), {"frame", "handle"}),
        ("picture", (0.8, 0.6), {"frame"}),
        ("clock", (), {"frame", "handle"}),
        ("mirror", (0.6, 0.8), {"frame", "pane"}),
        ("towel", (), {"pole"}),
    ],
)
def test_what_hangs_on_a_wall_is_labelled_as_what_it_is_about_its_place(
    thing: str, details: tuple[Any, ...], parts: set[str]
) -> None:
    for seed in SEEDS:
        seen = hanging(getattr(room, thing), *details, seed=seed)
        assert seen.objects == {thing}
        assert parts <= seen.parts
        left, top, right, bottom = seen.box
        assert (left + right) / 2 == pytest.approx(SIDE / 2, abs=2)
        assert top <= SIDE / 2 <= bottom


def test_a_picture_is_as_large_as_it_is_said_to_be() -> None:
    left, top, right, bottom = hanging(room.picture, 0.9, 0.6, seed=0).box
    assert (right - left, bottom - top) == pytest.approx((0.9 * SIDE / 3, 0.6 * SIDE / 3), abs=1)


def test_curtains_hang_on_both_sides_down_to_where_they_should() -> None:
    for seed in SEEDS:
        seen = hanging(room.curtains, 1.2, 1.0, -0.9, seed=seed)
        assert seen.objects == {"curtain"}
        assert seen.box[0] + seen.box[2] == pytest.approx(SIDE, abs=2)
        assert seen.box[3] == pytest.approx(SIDE / 2 + 0.9 * SIDE / 3, abs=1)


def test_things_on_a_board_keep_to_it() -> None:
    for seed in SEEDS:
        seen = hanging(room.row_of_things, (-0.6, 0.6), 0.3, seed=seed)
        assert seen.objects <= {"book", "vase", "box"}
        left, top, right, bottom = seen.box
        assert left >= SIDE / 2 - 0.6 * SIDE / 3 - 1
        assert right <= SIDE / 2 + 0.6 * SIDE / 3 + 1
        assert top >= SIDE / 2 - 0.3 * SIDE / 3 - 1
        assert bottom <= SIDE / 2 + 1
    assert "shelf" in hanging(room.wall_shelf, 1.2, seed=0).objects


def test_an_empty_room_shows_floor_walls_and_ceiling_where_they_are() -> None:
    for seed in SEEDS:
        dice = Dice(seed)
        view = View(Canvas(SIDE, Light(), flat=True), (0, 1.3, 0))
        finish = room.finish_of(dice, ("paint", "paper", "tiles", "brick"), ("wood", "carpet", "tiles", "stone"))
        room.room(view, 4.0, 4.0, 2.6, finish)
        objects = view.canvas.finish().maps["object"]
        assert (objects > 0).all()
        assert objects[0, SIDE // 2] == NUMBERS["object"]["ceiling"]
        assert objects[SIDE // 2, SIDE // 2] == NUMBERS["object"]["wall"]
        assert objects[-1, SIDE // 2] == NUMBERS["object"]["floor"]
        floor = np.flatnonzero(objects[:, SIDE // 2] == NUMBERS["object"]["floor"])
        assert floor[0] == pytest.approx(SIDE / 2 + 1.3 * SIDE / 4, abs=1)  # the foot of the back wall


def test_a_rug_lies_on_the_floor_about_its_place() -> None:
    view = View(Canvas(SIDE, Light(), flat=True), (0, 1.6, 0))
    room.rug(view.ground().at(0, 4), Dice(0), 2.0, 1.0)
    rows, columns = np.nonzero(view.canvas.finish().maps["object"] == NUMBERS["object"]["rug"])
    assert (rows.min(), rows.max() + 1) == pytest.approx(
        (SIDE / 2 + 1.6 * SIDE / 4.5, SIDE / 2 + 1.6 * SIDE / 3.5), abs=1
    )
    assert columns.min() + columns.max() + 1 == pytest.approx(SIDE, abs=2)
