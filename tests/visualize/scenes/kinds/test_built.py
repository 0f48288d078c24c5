from __future__ import annotations

import pytest

from tests.visualize.scenes.kinds.rendering import objects

SEEDS = range(12)


@pytest.mark.parametrize(
    ("kind", "always", "often"),
    [
        ("street", {"sky", "sidewalk", "road"}, {"skyscraper", "house"}),
        ("highway", {"sky", "road"}, {"car", "truck"}),
        ("village", {"sky", "grass"}, {"house"}),
    ],
)
def test_a_built_place_has_what_makes_it_that_place(kind: str, always: set[str], often: set[str]) -> None:
    scenes = [objects(kind, seed) for seed in SEEDS]
    assert all(always <= names for names in scenes)
    assert sum(bool(often & names) for names in scenes) >= 11
    assert not any({"wall", "floor", "ceiling"} & names for names in scenes)
