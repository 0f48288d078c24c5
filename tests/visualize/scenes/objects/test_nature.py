from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.visualize.scenes.objects.drawing import check_standing, standing
from visualize.scenes import NUMBERS
from visualize.scenes.objects import nature
from visualize.scenes.random_stream import Dice
from visualize.scenes.render.camera import View
from visualize.scenes.render.canvas import Canvas
from visualize.scenes.render.ink import Ink
from visualize.scenes.render.light import Light

SEEDS = range(6)
HORIZON = 0.4


def _view() -> View:
    return View(Canvas(64, Light(), flat=True), (0, 2, 0), centre=(0.5, HORIZON))


def _rows(view: View, *names: str) -> tuple[int, int]:
    """The first and the last row in which one of the objects is seen."""
    wanted = [NUMBERS["object"][name] for name in names]
    rows = np.flatnonzero(np.isin(view.canvas.finish().maps["object"], wanted).any(1))
    return int(rows[0]), int(rows[-1])


@pytest.mark.parametrize(
    ("thing", "name", "details", "away", "parts"),
    [
        ("tree", "tree", (6.0,), 10, {"trunk", "crown"}),
        ("palm", "tree", (5.0,), 10, {"trunk", "crown"}),
        ("bush", "bush", (1.2,), 6, set()),
        ("flowers", "flower", (5,), 4, {"stem", "petal"}),
        ("rock", "rock", (1.0,), 5, set()),
        ("tuft", "grass", (Ink("grass", (90, 150, 80), "foliage"),), 5, set()),
    ],
)
def test_what_grows_is_labelled_as_what_it_is_and_stands_on_its_place(
    thing: str, name: str, details: tuple[Any, ...], away: float, parts: set[str]
) -> None:
    for seed in SEEDS:
        check_standing(name, parts, standing(getattr(nature, thing), *details, seed=seed, away=away), {"flower"})


def test_a_conifer_is_as_high_as_it_is_said_to_be() -> None:
    for seed in SEEDS:
        seen = standing(nature.tree, 4.0, seed=seed, away=10, conifer=True)
        assert seen.foot - seen.box[1] == pytest.approx(4.0 * 128 / 10, abs=2)


def test_a_tree_too_far_to_be_seen_is_left_out() -> None:
    view = _view()
    nature.tree(view.spot(0, 2000), Dice(0), 5.0)
    assert not view.canvas.finish().maps["object"].any()


def test_the_sky_fills_everything_and_land_and_water_lie_below_the_horizon() -> None:
    view = _view()
    nature.sky(view, Dice(1), clouds=0)
    assert (view.canvas.finish().maps["object"] > 0).all()
    ground, water = _view(), _view()
    nature.land(ground, nature.grass(Dice(0)))
    nature.water(water, Dice(0), "sea", (0, 400))
    for view, name in ((ground, "grass"), (water, "sea")):
        first, last = _rows(view, name)
        assert abs(first - HORIZON * 64) <= 1
        assert last == 63


@pytest.mark.parametrize("draw", ["ridge", "mountain"])
def test_hills_and_mountains_rise_from_the_horizon(draw: str) -> None:
    view = _view()
    if draw == "ridge":
        nature.ridge(view, Dice(0), Ink("hill", (90, 140, 80)), (0.1, 0.2, 0), 100)
        name, most = "hill", 0.11
    else:
        nature.mountain(view, Dice(0), (0.5, 0), (0.3, 0.2), 100)
        name, most = "mountain", 0.2
    first, last = _rows(view, name)
    assert (HORIZON - most) * 64 - 1 <= first < HORIZON * 64
    assert last <= (HORIZON + 0.02) * 64 + 1


def test_meadows_are_dry_or_green() -> None:
    green, dry = (np.mean([nature.grass(Dice(seed), dry=dry).colour for seed in range(50)], 0) for dry in (False, True))
    assert green[1] > green[0]
    assert dry[0] > dry[1]
