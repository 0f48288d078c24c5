"""Random rotations and their powers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, seeded
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.rotation import rotation
from visualize.methods.dissection.settings import Settings
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe


@pytest.mark.parametrize("units", [2, 3, 24, 101])
def test_powers_of_a_rotation_are_rotations_that_multiply_to_it(units: int) -> None:
    assert rotation(units, 0, 5) is None
    whole, half, third = (rotation(units, part, 5) for part in (1.0, 0.5, 1 / 3))
    assert whole is not None
    assert half is not None
    assert third is not None
    eye = torch.eye(units, dtype=torch.float64)
    torch.testing.assert_close(half @ half, whole, atol=1e-11, rtol=0)
    torch.testing.assert_close(third @ third @ third, whole, atol=1e-11, rtol=0)
    for power in (whole, half, third):
        torch.testing.assert_close(power @ power.T, eye, atol=1e-11, rtol=0)
        assert torch.linalg.det(power) == pytest.approx(1)
    other = rotation(units, 1.0, 6)
    assert other is not None
    assert (other - whole).abs().max() > 0.1


def test_rotated_units_are_the_rotated_network() -> None:
    """Dissecting directions is dissecting a network whose last layer is turned."""
    network = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1)).double()
    turn = rotation(6, 0.7, 3)
    assert turn is not None
    last = nn.Conv2d(6, 6, 1, bias=False).double()
    with torch.no_grad():
        last.weight.copy_(turn[:, :, None, None])
    turned = nn.Sequential(*seeded(network), last)
    held = noise(6, SIZE, SIZE)
    directions = dissect(Probe(network, prepare=Preparation(SIZE)), ["0"], held, Settings(rotate=0.7, seed=3)).layers[
        "0"
    ]
    units = dissect(Probe(turned, prepare=Preparation(SIZE)), ["1"], held, Settings()).layers["1"]
    np.testing.assert_allclose(directions.thresholds, units.thresholds, rtol=1e-12)
    np.testing.assert_array_equal(directions.intersection, units.intersection)
