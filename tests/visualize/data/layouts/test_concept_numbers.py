from __future__ import annotations

from typing import TYPE_CHECKING

from tests.visualize.data.made_sets import scene_parsing
from visualize.data import open_labelled
from visualize.data.layouts.concept_numbers import numbered, ranked
from visualize.methods.pictures.labelled import Concept

if TYPE_CHECKING:
    from pathlib import Path


def test_classes_that_share_a_first_synonym_keep_all_of_them(tmp_path: Path) -> None:
    root = scene_parsing(tmp_path)
    (root / "objectInfo150.txt").write_text("Idx\tName\n1\tscreen\n2\tscreen, display\n3\tdoor, gate\n")
    assert [concept.name for concept in open_labelled(root, categories=["object"]).concepts] == [
        "screen",
        "screen, display",
        "door",
    ]


def test_concepts_that_have_names_only_are_numbered_in_alphabetical_order() -> None:
    scenes = ranked(["street", "beach", "street"], "scene", after=7)
    assert scenes == [Concept(8, "beach", "scene"), Concept(9, "street", "scene")]


def test_concepts_come_in_rising_order_of_their_numbers() -> None:
    assert numbered({9: "car, auto", 2: "sky"}, "object") == [Concept(2, "sky", "object"), Concept(9, "car", "object")]
