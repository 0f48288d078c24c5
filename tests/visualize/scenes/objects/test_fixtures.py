from __future__ import annotations

from typing import Any

import pytest

from tests.visualize.scenes.objects.drawing import SIDE, check_standing, hanging, standing
from visualize.scenes.objects import fixtures

SEEDS = range(6)
PAINT, STONE = (200.0, 180.0, 150.0), (120.0, 120.0, 120.0)


@pytest.mark.parametrize(
    ("thing", "name", "details", "away", "parts", "beside"),
    [
        ("fridge", "fridge", (), 5, {"handle", "door"}, set()),
        ("stove", "stove", (), 4, {"burner", "knob", "door"}, {"pot"}),
        ("pot", "pot", (), 5, {"handle", "knob"}, set()),
        ("counter", "cabinet", (0.9, PAINT, STONE), 4, {"tabletop", "knob"}, {"table"}),
        ("bathtub", "bathtub", (1.6,), 5, {"basin", "faucet"}, set()),
        ("toilet", "toilet", (), 4, {"seat", "tank"}, set()),
        ("washstand", "sink", (), 4, {"basin", "faucet"}, {"cabinet"}),
    ],
)
def test_a_fixture_is_labelled_as_what_it_is_and_stands_on_its_place(
    thing: str, name: str, details: tuple[Any, ...], away: float, parts: set[str], beside: set[str]
) -> None:
    for seed in SEEDS:
        seen = standing(getattr(fixtures, thing), *details, seed=seed, away=away)
        check_standing(name, parts, seen, beside)


def test_a_basin_lies_in_the_worktop() -> None:
    away = 4
    seen = standing(fixtures.basin, seed=0, away=away)
    worktop = SIDE / 2 + (1.6 - fixtures.COUNTER) * SIDE / away
    assert seen.objects == {"sink"}
    assert seen.box[1] < worktop < seen.box[3]


def test_wall_cabinets_reach_from_their_place_to_the_right_and_upwards() -> None:
    for seed in SEEDS:
        seen = hanging(fixtures.wall_cabinets, 1.0, PAINT, seed=seed)
        assert seen.objects <= {"cabinet", "cup"}
        assert seen.box[0] == pytest.approx(SIDE / 2, abs=1)
        assert seen.box[2] - seen.box[0] == pytest.approx(SIDE / 3, abs=2)  # 1 m, 3 m away
        assert seen.box[3] == pytest.approx(SIDE / 2, abs=1)
