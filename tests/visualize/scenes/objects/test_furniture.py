from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.visualize.scenes.objects.drawing import check_standing, standing
from visualize.scenes.objects import furniture

if TYPE_CHECKING:
    from visualize.scenes.random_stream import Dice
    from visualize.scenes.render.camera import Spot

SEEDS = range(6)


@pytest.mark.parametrize(
    ("thing", "name", "details", "away", "parts"),
    [
        ("bed", "bed", (1.4,), 6, {"pillow", "blanket", "headboard"}),
        ("table", "table", ((1.2, 0.7, 0.74),), 5, {"leg", "tabletop"}),
        ("chair", "chair", (), 4, {"leg", "seat", "backrest"}),
        ("sofa", "sofa", (1.8,), 6, {"armrest", "cushion", "backrest"}),
        ("cabinet", "cabinet", ((0.9, 0.5, 0.9),), 5, {"knob"}),
        ("bookcase", "shelf", ((0.9, 0.3, 1.8),), 5, set()),
        ("houseplant", "plant", (1.0,), 4, {"leaf", "pot"}),
        ("screen", "monitor", (0.6,), 5, {"screen"}),
    ],
)
def test_furniture_is_labelled_as_what_it_is_and_stands_on_its_place(
    thing: str, name: str, details: tuple[Any, ...], away: float, parts: set[str]
) -> None:
    for seed in SEEDS:
        seen = standing(getattr(furniture, thing), *details, seed=seed, away=away)
        check_standing(name, parts, seen, {"book", "box", "vase"} if thing == "bookcase" else None)


@pytest.mark.parametrize("tall", [True, False])
def test_a_lamp_has_a_shade_on_a_stand(tall: bool) -> None:  # noqa: FBT001 (a case)
    for seed in SEEDS:
        check_standing("lamp", {"shade", "stand"}, standing(furniture.lamp, seed=seed, away=4, tall=tall))


def test_a_hanging_lamp_hangs_from_the_ceiling() -> None:
    for seed in SEEDS:
        seen = standing(furniture.hanging_lamp, 2.6, seed=seed, away=4)
        assert seen.objects == {"lamp"}
        assert seen.box[1] == pytest.approx(64 - 1.0 * 128 / 4, abs=2)  # the ceiling, 1 m above the eye
        assert seen.box[3] < seen.foot - 20


def test_the_head_of_a_bed_is_at_the_back_of_its_spot() -> None:
    def turned(spot: Spot, dice: Dice, turn: float) -> None:
        furniture.bed(spot.moved(0, 0, turn=turn), dice, 1.4)

    head_on, foot_on = (standing(turned, turn, seed=0) for turn in (math.pi, 0.0))
    assert "pillow" in foot_on.parts
    assert head_on.box[1] > foot_on.box[1]  # the headboard is highest; it is below the eye, so lower where it is nearer


def test_a_shelf_is_filled_from_end_to_end_and_a_table_gets_as_many_things_as_asked_for() -> None:
    for seed in SEEDS:
        assert "book" in standing(furniture.bookcase, (0.9, 0.3, 1.8), seed=seed, away=5).objects
        seen = standing(furniture.tabletop_things, 1.0, 6, seed=seed, away=4)
        assert seen.objects <= {"vase", "cup", "plant", "book", "flower"}
