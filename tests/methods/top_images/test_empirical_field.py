"""Records of empirical fields: their sizes in words and numbers."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from tests.kit.pictures import arrays
from tests.methods.top_images.occluded import linear
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.empirical_field import EmpiricalField
from visualize.methods.top_images.method import TopImages
from visualize.methods.top_images.result import TopResult
from visualize.methods.unit import Unit


def test_the_result_prints_both_sizes_side_by_side() -> None:
    result, _ = linear(torch.ones(3, 9, 7, dtype=torch.float64), count=3)
    caption = result.panels()[-1].caption
    assert isinstance(result.empirical, EmpiricalField)
    assert f"empirical field {result.empirical.side:.0f} x" in caption
    assert "theoretical 11 x 9 px" in caption
    field = result.facts()["field"]
    assert isinstance(field, dict)
    assert field["theoretical"] == [11, 9]
    assert field["empirical"] == result.empirical.facts()
    np.testing.assert_array_equal(result.arrays()["empirical"], result.empirical.drops)
    assert len(result.panels()) == 4


def test_a_unit_that_nothing_lowers_has_no_field() -> None:
    network = nn.Sequential(nn.Conv2d(3, 1, 3, bias=False)).double()
    with torch.no_grad():
        network[0].weight.zero_()  # type: ignore[operator]
    probe = Probe(network, prepare=Preparation((20, 20)))
    (result,) = TopImages(empirical=1)(probe, Unit("0", 0), Stack(arrays(2, (20, 20))))
    assert isinstance(result, TopResult)
    assert result.empirical is not None
    assert result.empirical.side == 0
    assert result.empirical.facts()["side"] is None
    assert result.panels()[-1].caption
