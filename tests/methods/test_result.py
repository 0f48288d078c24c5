"""Results: names of units in words, and what a result does that says nothing about others."""

from __future__ import annotations

import pytest

from visualize.methods import GradientAscent, InputError
from visualize.methods.result import UnitName
from visualize.methods.testing import subjects


@pytest.mark.parametrize(
    ("label", "iou", "detector", "headline"),
    [
        ("car", 0.13, True, "car, IoU 0.13"),
        ("car", 0.04, False, "no detector; nearest: car, IoU 0.04"),
        ("car", 0.0365, False, "no detector; nearest: car, IoU 0.0365"),
        ("car", 0.040004, True, "car, IoU 0.040004"),
        ("car", 0.1237, True, "car, IoU 0.124"),
        ("", 0.0, False, "no concept: its mask meets none"),
    ],
)
def test_a_unit_is_a_detector_above_the_cut_and_the_headline_says_so(
    label: str, iou: float, headline: str, *, detector: bool
) -> None:
    name = UnitName(label=label, category="object", iou=iou, cut=0.04)
    assert name.detector is detector
    assert name.headline == headline


def test_a_result_has_no_say_about_others_and_writes_no_file_of_its_own() -> None:
    (result,) = GradientAscent(steps=1, size=(8, 8))(subjects.tiny_probe(), subjects.UNITS[:1])
    assert result.beside({"ascent": result}) is result
    assert result.with_concept("car", lambda *_: []) is result
    assert (result.chosen, result.strongest, result.named, result.lines()) == (None, None, None, ())
    assert [panel.caption for panel in result.aligned()] == [panel.caption for panel in result.panels()]
    with pytest.raises(InputError, match="ascent writes no frames; leave out --frames"):
        result.export("frames", ".gif")
