"""Networks wired by hand, whose units are known, get the right names and the IoU that follows by arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from tests.methods.dissection.planted import SIZE, disc, results


def test_colour_units_are_named_after_the_colours_that_their_masks_cover() -> None:
    """Red covers 12 pixels of each scene and green 24: a threshold that lets 36 through takes both whole."""
    pixels = SIZE[0] * SIZE[1]
    red, _, both, _, _ = results(quantile=np.nextafter(36 / pixels, 1))
    assert (red.label, red.category, red.score) == ("red", "color", 1.0)
    assert both.label == "green"
    assert both.score == pytest.approx(24 / 36)
    iou = dict(zip((concept.name for concept in both.concepts), both.iou, strict=True))
    assert iou == {"red": pytest.approx(12 / 36), "green": pytest.approx(24 / 36), "disc": 0, "square": 0}
    assert red.detector
    assert red.threshold == 0
    np.testing.assert_array_equal(red.masks[0], red.concept_mask(0))


def test_a_disc_detector_is_on_in_the_middle_of_discs() -> None:
    """One position of each scene: the best match, the disc's centre."""
    result = results(quantile=np.nextafter(1 / (SIZE[0] * SIZE[1]), 1))[1]
    assert (result.label, result.category) == ("disc", "shape")
    assert result.score == pytest.approx(1 / disc().sum())
    assert result.intersection.tolist() == [0, 0, 12, 0]


def test_units_that_never_or_always_fire_have_no_name() -> None:
    """No activation lies above a threshold that all of them equal."""
    for unit, threshold in ((3, 0.0), (4, 1.0)):
        result = results(quantile=0.005)[unit]
        assert (result.label, result.category, result.score, result.detector) == ("", "", 0.0, False)
        assert result.threshold == threshold
        assert result.activation.tolist() == [0, 0]
        assert "so its mask is empty" in result.notes[0]
