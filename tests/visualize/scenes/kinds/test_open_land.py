from __future__ import annotations

import pytest

from tests.visualize.scenes.kinds.rendering import objects

SEEDS = range(12)


@pytest.mark.parametrize(
    ("kind", "always", "often"),
    [
        ("forest", {"tree"}, {"grass", "earth"}),
        ("beach", {"sky", "sea", "sand"}, {"umbrella", "person", "boat", "tree"}),
        ("mountain", {"sky", "mountain"}, {"tree", "rock"}),
        ("field", {"sky", "grass"}, {"cow", "fence", "tree", "bush", "flower", "hill"}),
    ],
)
def test_open_land_has_what_makes_it_that_place(kind: str, always: set[str], often: set[str]) -> None:
    scenes = [objects(kind, seed) for seed in SEEDS]
    assert all(always <= names for names in scenes)
    assert sum(bool(often & names) for names in scenes) >= 9
    assert not any({"wall", "floor", "ceiling", "bed"} & names for names in scenes)
