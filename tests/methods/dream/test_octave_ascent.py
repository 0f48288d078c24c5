"""Ascent of a dream against torch's differentiation and closed forms, and tiles against whole pictures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.networks import SIZE
from tests.kit.pictures import arrays, pictures
from tests.methods.dream.dreams import classifier, dream
from visualize.methods.dream.method import DeepDream
from visualize.methods.dream.octave_ascent import Uphill
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.optimization.features import Features, Part
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit

LAYER: Features = (Part("deep", None, None),)


UNITS: Features = (Part("deep", (1, 4), None),)


@pytest.mark.parametrize("wanted", [LAYER, UNITS])
def test_up_is_the_gradient_of_the_objective(wanted: Features) -> None:
    """Half the squared norm of a layer, the sum of some maps: by torch's differentiation of the formula."""
    probe, now = classifier(), pictures(2, SIZE, dtype=torch.float64)
    leaf = now.clone().requires_grad_()
    maps = probe.activations(leaf, ["deep"])["deep"]
    value = maps.square().sum() / 2 if wanted is LAYER else maps[:, [1, 4]].sum()
    (gradient,) = torch.autograd.grad(value, leaf)
    direction = Uphill(probe, [wanted, wanted], tile=512, margin=0)(now)
    torch.testing.assert_close(direction, gradient / gradient.abs().mean((1, 2, 3), keepdim=True))


@pytest.mark.parametrize("wanted", [LAYER, UNITS])
@pytest.mark.parametrize("size", [(150, 320), (97, 131), (400, 128)])
def test_tiles_with_enough_overlap_give_the_gradient_of_the_whole(wanted: Features, size: tuple[int, int]) -> None:
    probe, now = classifier(), pictures(1, size, dtype=torch.float64)
    whole = Uphill(probe, [wanted], tile=10_000, margin=0)(now)
    tiled = Uphill(probe, [wanted], tile=96, margin=16)(now)
    torch.testing.assert_close(tiled, whole, rtol=1e-9, atol=1e-9)
    cut = Uphill(probe, [wanted], tile=96, margin=0)(now)
    assert (cut - whole).abs().max() > 1e-3  # without overlap the borders would differ: the test can tell


def test_a_linear_dream_is_a_straight_line() -> None:
    """A unit that weighs colours: every step moves each colour by its weight, the mean change being the rate."""
    conv = nn.Conv2d(3, 2, 1)
    with torch.no_grad():
        conv.weight[0] = torch.tensor([0.5, -0.25, 1.5])[:, None, None]
    probe = Probe(nn.Sequential(conv), prepare=Preparation((10, 12)))
    picture = np.random.default_rng(0).integers(100, 150, (10, 12, 3), dtype=np.uint8)
    result = dream(DeepDream(steps=7, rate=0.01), probe, Unit("0", 0), Stack([picture]))
    wanted = picture / 255 + 7 * 0.01 * np.array([0.5, -0.25, 1.5]) / 0.75
    np.testing.assert_allclose(result.pictures[0].permute(1, 2, 0), wanted, atol=1e-5)
    assert conv.bias is not None
    weighed = wanted @ np.array([0.5, -0.25, 1.5]) + conv.bias[0].item()
    assert result.after[0] == pytest.approx(weighed.mean(), abs=1e-4)


def test_shifts_are_undone_in_the_picture() -> None:
    result = dream(DeepDream(rate=1e-7), classifier((80, 96)), Unit("deep", 1), Stack(arrays(2, (80, 96))))
    for start, picture in zip(result.starts, result.pictures, strict=True):
        torch.testing.assert_close(picture, start, rtol=0, atol=1e-4)


def test_pictures_stay_in_their_range() -> None:
    result = dream(DeepDream(steps=30, rate=0.2), classifier(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    assert float(result.pictures[0].min()) == 0
    assert float(result.pictures[0].max()) == 1
