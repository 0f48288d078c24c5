from __future__ import annotations

import pytest

from visualize.dissection.concept_names import fitting, plain
from visualize.methods.errors import InputError

KNOWN = [
    ("object", "car"), ("object", "street"), ("scene", "street-s"), ("object", "bus"), ("object", "glass"),
    ("object", "traffic_light"), ("part", "leaf"), ("color", "red-c"), ("object", "city"), ("object", "stairs"),
    ("object", "sofa, couch, lounge"), ("object", "box"), ("object", "bed"), ("part", "car-s"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("car", [("object", "car")]),
        ("Cars", [("object", "car")]),
        ("  CAR ", [("object", "car")]),
        ("buses", [("object", "bus")]),
        ("glasses", [("object", "glass")]),
        ("cities", [("object", "city")]),
        ("leaves", [("part", "leaf")]),
        ("stair", [("object", "stairs")]),
        ("boxes", [("object", "box")]),
        ("traffic light", [("object", "traffic_light")]),
        ("Traffic-Lights", [("object", "traffic_light")]),
        ("street", [("object", "street"), ("scene", "street-s")]),
        ("scene:street", [("scene", "street-s")]),
        ("object:Streets", [("object", "street")]),
        ("red", [("color", "red-c")]),
        ("red-c", [("color", "red-c")]),
        ("couch", [("object", "sofa, couch, lounge")]),
        ("beds", [("object", "bed")]),
    ],
)
def test_a_concept_is_meant_however_it_is_typed(typed: str, meant: list[tuple[str, str]]) -> None:
    assert fitting(typed, KNOWN) == meant


def test_a_very_name_comes_before_a_plural() -> None:
    assert fitting("glasses", [("object", "glass"), ("object", "glasses")]) == [("object", "glasses")]


@pytest.mark.parametrize(
    ("typed", "hint"), [("ca", "car"), ("sofas", "sofa"), ("object:stret", "did you mean street"), ("", "there are")]
)
def test_a_name_that_is_not_there_is_answered_with_close_ones(typed: str, hint: str) -> None:
    with pytest.raises(InputError, match=f"no concept is called.*{hint}"):
        fitting(typed, [*KNOWN[:10], ("object", "sofa bed")])


def test_only_brodens_own_letters_are_left_out() -> None:
    assert plain("scene", "street-s") == "street"
    assert plain("object", "x-s") == "x-s"
