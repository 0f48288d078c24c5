"""Records of top images: the region that excites the unit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE
from tests.kit.pictures import arrays
from tests.methods.top_images.looks import classifier, look
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Unit


def test_the_region_lies_within_the_receptive_field_around_the_peak() -> None:
    probe = classifier()
    results = look(TopImages(count=5), probe, [*probe.units("deep"), *probe.units("conv")], Stack(arrays(12, SIZE)))
    for result in results:
        for place in range(5):
            mask, window = result.mask(place), result.window(place)
            assert window is not None
            assert result.field is not None
            top, left, bottom, right = window
            outside = mask.copy()
            outside[top:bottom, left:right] = False
            assert not outside.any()
            row, column = (round(at) for at in result.field.centre(*result.positions[place]))
            assert mask[min(max(row, 0), SIZE[0] - 1), min(max(column, 0), SIZE[1] - 1)]


@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_even_the_sharpest_peak_has_a_region(kernel: int) -> None:
    """A unit that answers to one place alone, whose field's centre may lie between pixels."""
    conv = nn.Conv2d(3, 1, kernel, bias=False)
    network = nn.Sequential(conv)
    with torch.no_grad():
        conv.weight.fill_(-0.1)
        conv.weight[:, :, 0, 0] = 1
    picture = np.zeros((12, 12, 3), np.uint8)
    picture[5, 6] = 255
    probe = Probe(network, prepare=Preparation((12, 12)))
    (result,) = look(TopImages(region=0.9), probe, [Unit("0", 0)], Stack([picture]))
    assert result.positions == ((5, 6),)
    assert result.mask(0).any()


def test_a_unit_without_a_map_is_seen_in_the_whole_picture() -> None:
    (result,) = look(TopImages(count=2), classifier(), [Unit("fc", 3)], Stack(arrays(4, SIZE)))
    assert result.window(0) is None
    assert result.mask(0).all()
    assert result.positions == ((0, 0), (0, 0))
