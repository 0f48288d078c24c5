"""Records of units whose masks and concepts are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.methods.dissection.planted import SIZE, results
from visualize.methods.drawing.highlight import CONCEPT


def _green_or_red() -> float:
    """The quantile at which a unit that fires on red and green covers both whole, 36 pixels of each scene."""
    return float(np.nextafter(36 / (SIZE[0] * SIZE[1]), 1))


def test_a_concepts_mask_is_where_its_number_is_labelled() -> None:
    result = results(_green_or_red())[2]
    assert result.label == "green"
    for place, index in enumerate(result.indices):
        (labels,) = result.images.labels(index, result.preparation)["color"]
        np.testing.assert_array_equal(result.concept_mask(place), np.asarray(labels) == 2)


def test_a_panel_shows_the_share_of_the_mask_that_is_the_concept_and_the_outline_of_the_concept() -> None:
    result = results(_green_or_red(), scenes=3)[2]
    panels = result.panels()
    assert len(panels) == len(result.indices) == 3
    for panel, index in zip(panels, result.indices, strict=True):
        assert panel.caption.endswith(f", green on 67% of the mask\nheld/{index}")
        colours = {tuple(colour) for colour in panel.picture.reshape(-1, 3).tolist()}
        assert CONCEPT in colours


def test_sizes_alone_say_what_the_iou_can_be() -> None:
    result = results(_green_or_red())[2]  # its mask covers 36 pixels of each scene, 24 of which are green
    q, s = 36 / (SIZE[0] * SIZE[1]), 24 / (SIZE[0] * SIZE[1])
    assert result.ceiling == pytest.approx(24 / 36)
    assert result.chance == pytest.approx(q * s / (q + s - q * s))
    assert f"an IoU of 0.667 with green at most, and has {result.chance:.3g} by chance" in result.notes[-1]


def test_facts_and_arrays_say_the_same() -> None:
    for result in results(_green_or_red(), scenes=3):
        facts, arrays = result.facts(), result.arrays()
        assert facts["iou"] == (arrays["iou"].max() if result.label else 0)
        assert facts["detector"] is (result.score > result.cut)
        bests = facts["bests"]
        assert isinstance(bests, dict)
        assert facts["iou"] == max(best["iou"] for best in bests.values())
        assert arrays["numbers"].tolist() == [1, 2, 3, 4]
        union = result.activation[[0, 0, 1, 1]] + result.truth - result.intersection
        assert arrays["iou"] == pytest.approx(arrays["intersection"] / union)
        assert arrays["masks"].shape == (len(arrays["indices"]), *SIZE)
