"""Places under the sky: closed forms of where things appear."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from visualize.scenes import land
from visualize.scenes.floor_plan import Stage
from visualize.scenes.random_stream import Dice
from visualize.scenes.render import palette as tones
from visualize.scenes.render.camera import View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light
from visualize.scenes.vocabulary import NUMBERS

SIDE = 128


def _view() -> View:
    return View(Canvas(SIDE, Light(), flat=True), (0, 2.0, 0), focal=1, centre=(0.5, 0.25))


def test_distances_are_even_in_their_reciprocals() -> None:
    dice = Dice(0)
    nearness = [1 / land.spread(dice, 4, 50) for _ in range(3000)]
    assert stats.kstest(nearness, stats.uniform(1 / 50, 1 / 4 - 1 / 50).cdf).pvalue > 0.01


@given(st.floats(2, 60), st.floats(-1, 1))
def test_a_thing_aside_appears_that_far_beside_the_middle(z: float, u: float) -> None:
    view = _view()
    across, _ = view.stand(land.aside(Stage(view, Dice(0)), z, u), z).pixel(0, 2.0)
    side = view.canvas.side
    assert across == pytest.approx(side / 2 + u * side / 2)


@given(st.integers(0, 500))
def test_the_eye_the_turn_and_the_horizon_keep_to_their_ranges(seed: int) -> None:
    view = land.look_out(Canvas(32, Light(), flat=True), Dice(seed), (1.5, 3.0), 0.4, (0.3, 0.6))
    assert 1.5 <= view.eye[1] < 3.0
    assert abs(view.yaw) <= 0.4
    assert 0.4 < view.below <= 0.7


def test_a_road_is_as_wide_as_a_pinhole_camera_shows_it() -> None:
    view = _view()
    land.road_away(view, Dice(0), 0.5, 1.5, 0, Ink("road", (90, 90, 90), "asphalt"))
    road = view.canvas.finish().maps["object"] == NUMBERS["object"]["road"]
    assert not road[: SIDE // 4].any()  # above the horizon
    for row in (SIDE // 2, SIDE - 10):
        away = SIDE * 1.99 / (row + 0.5 - SIDE * 0.25)  # the road lies 1 cm above the ground
        left, right = (SIDE * (0.5 + x / away) for x in (-1.0, 2.0))
        columns = np.flatnonzero(road[row])
        assert abs(columns[0] - max(0, left)) <= 1
        assert abs(columns[-1] + 1 - min(SIDE, right)) <= 1


def test_a_road_with_lanes_has_markings_and_one_without_has_none() -> None:
    for lanes in (0, 1, 3):
        view = _view()
        land.road_away(view, Dice(0), 0, 4.0, lanes, Ink("road", (90, 90, 90), "asphalt"))
        marked = view.canvas.finish().maps["part"] == NUMBERS["part"]["marking"]
        assert marked.any() == (lanes > 0)


def test_leaves_are_those_of_autumn_one_time_in_five() -> None:
    dice = Dice(0)
    autumn = sum(land.season(dice) == tones.AUTUMN for _ in range(2000))
    assert stats.binomtest(autumn, 2000, 0.2).pvalue > 0.01


@pytest.mark.parametrize(
    ("share", "thing"),
    [("mountains", "mountain"), ("hills", "hill"), ("town", "skyscraper"), ("woods", "tree")],
)
def test_the_horizon_is_closed_by_what_is_certain_and_by_nothing_impossible(share: str, thing: str) -> None:
    for seed in range(5):
        view = _view()
        chances = {"mountains": 0.0, "hills": 0.0, "town": 0.0, "woods": 0.0, share: 1.0}
        land.horizon(view, Dice(seed), **chances)
        drawn = set(np.unique(view.canvas.finish().maps["object"]).tolist()) - {0}
        assert drawn == {NUMBERS["object"][thing]}
