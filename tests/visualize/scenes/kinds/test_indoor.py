from __future__ import annotations

import pytest

from tests.visualize.scenes.kinds.rendering import objects

SEEDS = range(12)
OUTDOORS = {"sky", "sun", "cloud", "sea", "sand", "grass", "road", "car", "truck", "house", "skyscraper", "tree"}


@pytest.mark.parametrize(
    ("kind", "needed", "least"),
    [
        ("bedroom", {"bed"}, 12),
        ("living_room", {"sofa"}, 11),
        ("kitchen", {"stove", "fridge", "sink"}, 12),
        ("bathroom", {"bathtub", "toilet", "sink"}, 12),
        ("office", {"table", "monitor"}, 11),
    ],
)
def test_a_room_has_what_makes_it_that_room(kind: str, needed: set[str], least: int) -> None:
    assert sum(bool(needed & objects(kind, seed)) for seed in SEEDS) >= least


@pytest.mark.parametrize("kind", ["bedroom", "living_room", "kitchen", "bathroom", "office"])
def test_rooms_have_walls_and_a_floor_and_nothing_of_the_open_country(kind: str) -> None:
    scenes = [objects(kind, seed) for seed in SEEDS]
    assert all("wall" in names for names in scenes)
    assert sum("floor" in names for names in scenes) >= 8  # furniture may cover all that is seen of it
    assert not any(names & OUTDOORS for names in scenes)
