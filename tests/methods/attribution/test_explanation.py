"""Explanations of pictures: the order of colours, and what a reader of blank or broken maps is told."""

from __future__ import annotations

import math

import pytest
import torch

from tests.kit.networks import SIZE, Classifier, dead_unit, seeded
from tests.kit.pictures import arrays, pictures
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit


def test_colours_come_in_rgb_order_and_per_unit_of_the_prepared_input() -> None:
    """A network that takes BGR in 0..255: its gradient by RGB in 0..1 is that by the input, times 255 / std."""
    prepare = Preparation(SIZE, order="BGR", mean=(104, 117, 123), std=(50, 60, 70), maximum=255)
    probe = Probe(seeded(Classifier()).double(), prepare=prepare)
    shown = pictures(2, SIZE, dtype=torch.float64)
    given = Saliency().attribute(probe, shown, Unit("fc", 1))
    scale = 255 / torch.tensor([70, 60, 50], dtype=torch.float64)[:, None, None]
    torch.testing.assert_close(given * scale, probe.gradients(shown, Unit("fc", 1)))


def test_numbers_that_are_not_finite_are_named() -> None:
    network = seeded(Classifier())
    with torch.no_grad():
        network.deep.weight[1] = math.nan
    with pytest.raises(InputError, match=r"deep gives an activation or a gradient that is not finite for pictures/0"):
        Saliency()(Probe(network, prepare=Preparation(SIZE)), Unit("deep", 1), Stack(arrays(1, SIZE)))


def test_a_unit_that_is_off_is_blank_and_the_result_says_so() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((6, 6)))
    dark, light = (arrays(1, (6, 6))[0] // 4 + shift for shift in (0, 190))
    images = Stack([dark, light])
    for method in (Deconvolution(), GuidedBackpropagation(), Saliency()):
        (result,) = method(probe, Unit("relu", 1), images)
        assert result.notes == ("on 1 of 2 pictures the unit is off (its activation is 0): the map is blank",)
        attribution = result.arrays()["attribution"]
        assert not attribution[0].any()
        assert attribution[1].any()
        assert len(result.panels()) == 2
