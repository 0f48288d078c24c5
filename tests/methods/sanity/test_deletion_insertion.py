"""Deletion and insertion against closed forms for a linear unit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import trapezoid
from torch import nn

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import pictures
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.sanity.deletion_insertion import Removal, area


def _linear(mean: tuple[float, ...] = (0.3, 0.4, 0.5)) -> tuple[Probe, np.ndarray]:
    """One unit whose activation is a weighted sum of an 8 x 6 window of the prepared picture."""
    convolution = nn.Conv2d(3, 1, (8, 6), bias=False)
    weight = torch.rand(1, 3, 8, 6, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    with torch.no_grad():
        convolution.weight.copy_(weight)
    return Probe(nn.Sequential(convolution).double(), prepare=Preparation(SIZE, mean=mean)), weight[0].numpy()


@pytest.mark.parametrize("position", [(0, 0), (5, 9), (12, 22)])
def test_deletion_of_a_linear_unit_is_a_sum_of_what_is_left(position: tuple[int, int]) -> None:
    """a(k) = sum of w (x - mean) over the pixels that are not among the first k; its area by the trapezium rule."""
    probe, weight = _linear()
    picture = pictures(1, SIZE, seed=2, dtype=torch.float64)[0]
    removal = Removal(probe, probe.layer("0"), 0, picture, position, levels=8)
    top, left = position
    mean = np.array([0.3, 0.4, 0.5])[:, None, None]
    window = picture.numpy()[:, top : top + 8, left : left + 6]
    gain = (weight * (window - mean)).sum(0)  # of each pixel
    strength = torch.zeros(SIZE, dtype=torch.float64)
    strength[top : top + 8, left : left + 6] = torch.from_numpy(gain)
    deletion, insertion = removal.curves(strength)
    order = np.sort(gain.flatten())[::-1]
    wanted = np.array([order[6 * level :].sum() for level in range(9)]) / gain.sum()
    np.testing.assert_allclose(deletion, wanted, atol=1e-6)  # the mean colour is single precision
    assert area(deletion) == pytest.approx(trapezoid(wanted, dx=1 / 8), abs=1e-6)
    assert insertion[-1] == pytest.approx(1)
    assert deletion[0] == pytest.approx(1, abs=1e-12)


def test_the_true_order_of_a_linear_unit_beats_every_other_order() -> None:
    probe, weight = _linear()
    picture = 0.5 + 0.5 * pictures(1, SIZE, seed=2, dtype=torch.float64)[0]
    removal = Removal(probe, probe.layer("0"), 0, picture, (4, 4), levels=48)
    gain = torch.zeros(SIZE, dtype=torch.float64)
    mean = torch.tensor([0.3, 0.4, 0.5], dtype=torch.float64)[:, None, None]
    gain[4:12, 4:10] = (torch.from_numpy(weight) * (picture[:, 4:12, 4:10] - mean)).sum(0)
    best = area(removal.curves(gain)[0])
    worst = area(removal.curves(-gain)[0])
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        assert best < area(removal.curves(torch.rand(SIZE, generator=generator))[0]) < worst


def test_a_part_of_the_picture_gives_the_curves_of_the_whole() -> None:
    network = seeded(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 3, stride=2, padding=1)))
    probe = Probe(network.double(), prepare=Preparation((40, 44)))
    picture = pictures(1, (40, 44), seed=2)[0]
    strength = torch.rand(40, 44, generator=torch.Generator().manual_seed(1))
    for position in ((0, 0), (10, 11), (19, 21)):
        cut = Removal(probe, probe.layer("2"), 1, picture, position)
        whole = Removal(probe, probe.layer("2"), 1, picture, position)
        whole.box = (0, 0, 40, 44)
        assert cut.box != whole.box
        for curve, other in zip(cut.curves(strength), whole.curves(strength), strict=True):
            np.testing.assert_allclose(curve, other, rtol=1e-6, atol=1e-9)
