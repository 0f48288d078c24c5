"""Ascents that the tests of gradient ascent share."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch import nn

from methods.ascent.transforms import Robustness
from tests.kit.networks import seeded

if TYPE_CHECKING:
    from methods.ascent.method import GradientAscent
    from methods.ascent.result import AscentResult
    from methods.network.probe import Probe
    from methods.unit import Target

STILL = Robustness(0, 0, (1.0, 1.0), 0.0)
"""No random views: every step sees the picture as it is."""


def climb(method: GradientAscent, probe: Probe, *units: Target) -> list[AscentResult]:
    return [cast("AscentResult", result) for result in method(probe, list(units))]


def linear(seed: int = 0) -> nn.Conv2d:
    """One convolution over 8 x 8 pixels: its unit is a weighted sum of them."""
    return seeded(nn.Conv2d(3, 4, (8, 8)), seed)
