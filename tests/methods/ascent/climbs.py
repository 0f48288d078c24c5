"""Ascents that the tests of gradient ascent share."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch import nn

from tests.kit.networks import seeded
from visualize.methods.ascent.transforms import Robustness

if TYPE_CHECKING:
    from visualize.methods.ascent.method import GradientAscent
    from visualize.methods.ascent.result import AscentResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.unit import Target

STILL = Robustness(0, 0, (1.0, 1.0), 0.0)
"""No random views: every step sees the picture as it is."""


def climb(method: GradientAscent, probe: Probe, *units: Target) -> list[AscentResult]:
    return [cast("AscentResult", result) for result in method(probe, list(units))]


def linear(seed: int = 0) -> nn.Conv2d:
    """One convolution over 8 x 8 pixels: its unit is a weighted sum of them."""
    return seeded(nn.Conv2d(3, 4, (8, 8)), seed)
