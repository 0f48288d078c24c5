"""A network of three units for red, green and blue, and pictures that excite them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack


@pytest.fixture(scope="package")
def probe() -> Probe:
    """Three units for the brightest spot of red, green and blue; a class for each."""
    conv = nn.Conv2d(3, 3, 3, padding=1)
    with torch.no_grad():
        conv.weight.zero_()
        conv.bias.zero_()  # type: ignore[union-attr] # this convolution has a bias
        for unit in range(3):
            conv.weight[unit, unit, 1, 1] = 1.0
    network = nn.Sequential()
    network.add_module("conv", conv)
    network.add_module("pool", nn.AdaptiveMaxPool2d(1))
    network.add_module("head", nn.Flatten())
    return Probe(network, prepare=Preparation(size=(12, 12)), classes=("red", "green", "blue"))


@pytest.fixture(scope="package")
def images() -> Stack:
    """Seven pictures, the third, sixth and first of which are the most red."""
    strength = [0.6, 0.1, 0.9, 0.3, 0.2, 0.8, 0.4]
    return Stack([np.full((12, 12, 3), (round(255 * red), 0, 9), np.uint8) for red in strength], name="reds")
