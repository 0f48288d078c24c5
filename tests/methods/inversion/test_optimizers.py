"""Distances, their gradients and both optimisers, against formulas and the paper's update in float64."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, Classifier, dead_unit, seeded
from tests.kit.pictures import arrays, pictures
from tests.methods.inversion.inversions import SMALL, invert, linear, natural
from visualize.methods.inversion.method import Inversion
from visualize.methods.inversion.optimizers import DEFAULTS, SPREAD, Goal
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.optimization.features import Part
from visualize.methods.optimization.priors import total_variation
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray


def test_distances_and_their_gradient_are_those_of_the_formula() -> None:
    """Equation 3 in float64, the gradient by torch's own differentiation of the formula."""
    network = seeded(Classifier()).double().eval()
    probe = Probe(network, prepare=Preparation(SIZE))
    wanted, now = pictures(3, SIZE, dtype=torch.float64), pictures(3, SIZE, seed=1, dtype=torch.float64)
    part = Part("deep", (1, 5), None)
    distances, gradient = Goal(probe, (part,), wanted).step(now)

    def codes(x: Tensor) -> Tensor:
        x = network.relu(network.norm(network.conv(x)))
        return cast("Tensor", network.deep(x))[:, [1, 5]]

    leaf = now.clone().requires_grad_()
    code = codes(wanted).detach()
    formula = (codes(leaf) - code).square().sum((1, 2, 3)) / code.square().sum((1, 2, 3))
    torch.testing.assert_close(distances, formula.detach())
    torch.testing.assert_close(gradient, torch.autograd.grad(formula.sum(), leaf)[0])
    torch.testing.assert_close(Goal(probe, (part,), wanted).distance(now), formula.detach())


def test_parts_are_averaged_and_empty_ones_left_out() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    dark, grey = torch.full((1, 3, 8, 8), 0.1), torch.full((1, 3, 8, 8), 0.3)
    both = (Part("relu", (0,), None), Part("conv", (0,), None))
    distance = float(Goal(probe, both[:1], dark).distance(grey))
    assert float(Goal(probe, both, dark).distance(grey)) == pytest.approx(
        distance
    )  # unit 0 is on: the two are the same
    empty = (Part("relu", (0,), None), Part("relu", (2,), None))
    assert float(Goal(probe, empty, dark).distance(grey)) == pytest.approx(distance)
    assert bool(Goal(probe, empty[1:], dark).empty.all())


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_the_papers_optimiser_goes_as_the_paper_says(order: Literal["RGB", "BGR"]) -> None:
    """Momentum, falling rate, scales and priors, written again in float64 for a linear network."""
    mean, steps, rate, weight = (0.3, 0.4, 0.5), 12, 0.004, (3e-9, 5.0)
    probe = linear(Preparation(SMALL, order=order, mean=mean))
    picture = natural()
    method = Inversion(steps=steps, optimiser="paper", rate=rate, alpha=weight[0], tv=weight[1])
    result = invert(method, probe, Unit("0", 0), Stack([picture]))

    conv = cast("nn.Conv2d", cast("nn.Sequential", probe.network)[0])
    assert conv.bias is not None
    matrix, bias = conv.weight[:, :, 0, 0].detach().double().numpy(), conv.bias.detach().double().numpy()
    if order == "BGR":
        matrix, colour = matrix[:, ::-1], np.array(mean[::-1])
    else:
        colour = np.array(mean)

    def code(z: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.einsum("uc,chw->uhw", matrix, z / 255) + bias[:, None, None])

    wanted = code(picture.transpose(2, 0, 1).astype(np.float64) - 255 * colour[:, None, None])
    noise = torch.randn(1, 3, *SMALL, generator=torch.Generator().manual_seed(0))[0].double().numpy()
    sigma = SPREAD * math.sqrt(noise.size)
    z = noise / np.linalg.norm(noise) * sigma
    moving, before, curve = np.zeros_like(z), 0.0, []
    for step in range(steps):
        now = rate * (1 if step < 3 else 0.1 if step < 9 else 0.01)
        moving = moving * (now == before)
        before = now
        away = code(z) - wanted
        curve.append(np.linalg.norm(away) / np.linalg.norm(wanted))
        data = 2 * np.einsum("uc,uhw->chw", matrix, away) / 255 / (wanted**2).sum()
        prior = 6 * weight[0] * z**5
        for axis in (1, 2):
            ends = np.diff(z, axis=axis)
            first, last = [(0, 0)] * 3, [(0, 0)] * 3
            first[axis], last[axis] = (1, 0), (0, 1)
            prior += 2 * weight[1] * (np.pad(ends, first) - np.pad(ends, last))
        moving = 0.9 * moving - now * sigma**2 * (data + prior / 2 / sigma**2)
        z = z + moving
    shown = np.clip(z / 255 + colour[:, None, None], 0, 1)
    np.testing.assert_allclose(result.pictures[0], shown, atol=2e-5)
    np.testing.assert_allclose(result.curve[0], curve, rtol=1e-4)


def test_priors_make_pictures_smooth_and_keep_them_in_range() -> None:
    def varies(tv: float) -> float:
        method = Inversion(steps=100, tv=tv, layers=("0",))
        return float(total_variation(invert(method, linear(), Unit("0", 0), Stack(arrays(1, SMALL))).pictures)[0])

    assert varies(10.0) < 0.3 * varies(0.0)
    free = Inversion(steps=60, optimiser="paper", alpha=0, tv=0)
    held = Inversion(steps=60, optimiser="paper", alpha=1e-7, tv=0)
    wide = [
        float((invert(method, linear(), Unit("0", 0), Stack(arrays(1, SMALL))).pictures - 0.0).std())
        for method in (free, held)
    ]
    assert wide[1] < 0.8 * wide[0]


def test_features_that_are_off_at_first_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit 1 is on for bright pictures alone, and begins at grey, where a rectifier passes no gradient."""
    bright = Stack([np.full((8, 8, 3), 245, np.uint8)])
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    method = Inversion(steps=100, of="unit", rate=0.3, tv=0, alpha=0)
    result = invert(method, probe, Unit("relu", 1), bright)
    assert result.curve[0, 0] == 1
    assert result.errors[0] < 0.7
    monkeypatch.setitem(DEFAULTS["spectral"], "leak", 0.0)
    assert invert(method, probe, Unit("relu", 1), bright).errors == (1.0,)
