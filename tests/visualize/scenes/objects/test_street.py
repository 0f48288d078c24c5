from __future__ import annotations

from typing import Any

import pytest

from tests.visualize.scenes.objects.drawing import check_standing, standing
from visualize.scenes.objects import street

SEEDS = range(6)


@pytest.mark.parametrize(
    ("thing", "details", "away", "parts"),
    [
        ("car", (), 9, {"pane", "wheel", "handle"}),
        ("truck", (), 14, {"pane", "wheel", "cargo"}),
        ("house", ((7, 6, 2.8),), 16, {"pane", "doorway", "facade"}),
        ("skyscraper", ((8, 8, 20),), 40, {"pane", "facade"}),
        ("streetlight", (1.1,), 9, {"pole"}),
        ("sign", (), 6, {"marking", "pole"}),
        ("fence", (6.0,), 9, {"pole"}),
        ("bench", (), 6, {"leg", "seat", "backrest"}),
        ("umbrella", (), 6, {"canopy", "pole"}),
        ("boat", (), 12, {"hull"}),
    ],
)
def test_a_thing_is_labelled_as_what_it_is_and_stands_on_its_place(
    thing: str, details: tuple[Any, ...], away: float, parts: set[str]
) -> None:
    for seed in SEEDS:
        check_standing(thing, parts, standing(getattr(street, thing), *details, seed=seed, away=away))


def test_a_guard_rail_is_no_fence() -> None:
    assert standing(street.fence, 6.0, seed=0, away=9, rail=True).objects == {"rail"}


def test_a_tall_building_is_as_tall_as_asked_for() -> None:
    lower, taller = (standing(street.skyscraper, (8, 8, high), seed=0, away=60) for high in (10, 20))
    rows_a_metre = 128 / 56  # at its front, 4 m before its middle
    assert lower.box[1] - taller.box[1] == pytest.approx(10 * rows_a_metre, abs=1.5)


def test_the_sign_of_a_highway_is_wider_than_that_of_a_street() -> None:
    small, large = (standing(street.sign, seed=0, away=9, large=large) for large in (False, True))
    assert large.box[2] - large.box[0] > 2 * (small.box[2] - small.box[0])
