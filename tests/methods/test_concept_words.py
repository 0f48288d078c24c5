from __future__ import annotations

import pytest

from visualize.methods.concept_words import spoken
from visualize.methods.result import UnitName


@pytest.mark.parametrize(
    ("category", "name", "words"),
    [
        ("color", "green-c", "green (color)"),
        ("scene", "street-s", "street (scene)"),
        ("color", "green", "green"),
        ("object", "vitamin-c", "vitamin-c"),
        ("", "", ""),
    ],
)
def test_letters_that_tell_scenes_and_colours_apart_become_words(category: str, name: str, words: str) -> None:
    assert spoken(category, name) == words


def test_a_unit_is_called_by_the_words_and_keeps_the_name_of_the_set() -> None:
    name = UnitName(label="green-c", category="color", iou=0.0732, cut=0.04)
    assert name.headline == "green (color), IoU 0.0732"
    assert name.label == "green-c"
