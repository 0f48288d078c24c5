"""The same scene without one concept: nothing else changes, and where it cannot be drawn that is said."""

from __future__ import annotations

import numpy as np
import pytest

from visualize.methods.errors import InputError
from visualize.scenes.scenes import render, render_without
from visualize.scenes.vocabulary import CONCEPTS, Concept


def _concept(category: str, name: str) -> Concept:
    return next(item for item in CONCEPTS if (item.category, item.name) == (category, name))


@pytest.mark.parametrize(
    ("kind", "concept"),
    [("street", ("object", "car")), ("bedroom", ("part", "pillow")), ("kitchen", ("texture", "tiled"))],
)
def test_what_does_not_bear_the_concept_stays_as_it_was(kind: str, concept: tuple[str, str]) -> None:
    wanted, compared = _concept(*concept), 0
    for seed in range(6):
        scene, other = render(kind, seed, 64), render_without(kind, seed, wanted, 64)
        there = np.stack([plane == wanted.number for plane in scene.labels[wanted.category]]).any(0)
        if other is None or not there.any():
            continue
        compared += 1
        assert not any((plane == wanted.number).any() for plane in other.labels[wanted.category])
        changed = np.abs(scene.image.astype(int) - other.image).max(2) > 0
        assert changed[there].mean() > 0.25  # of tiles only the joints go
        around = np.zeros_like(there)  # a pixel of the finished picture is an average of its finer ones
        for rows in (-1, 0, 1):
            for columns in (-1, 0, 1):
                around |= np.roll(there, (rows, columns), (0, 1))
        assert changed[~around].mean() < 0.12  # things of it that are too small to be labelled
    assert compared


def test_nothing_is_drawn_behind_a_floor() -> None:
    assert render_without("bedroom", 3, _concept("object", "floor"), 64) is None


def test_a_concept_that_the_scene_lacks_changes_nothing() -> None:
    other = render_without("beach", 2, _concept("object", "fridge"), 64)
    assert other is not None
    np.testing.assert_array_equal(other.image, render("beach", 2, 64).image)


def test_a_colour_cannot_be_left_out() -> None:
    with pytest.raises(InputError, match="only object, part, texture can be left out"):
        render_without("beach", 2, _concept("color", "blue"), 64)
