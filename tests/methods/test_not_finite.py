"""Gradients and activations that are NaN or infinite are said wherever they occur, and nothing is made of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import seeded
from visualize.methods import (
    DeepDream,
    Dissection,
    GradientAscent,
    InputError,
    Inversion,
    Preparation,
    Probe,
    Saliency,
    Sanity,
    Stack,
    TopImages,
    Unit,
)
from visualize.methods.sanity.weight_randomization import rank_correlation
from visualize.methods.testing.subjects import LabelledNoise
from visualize.prediction.class_activation_map import activation_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.method import Method

SIZE = (16, 16)


class Guarded(nn.Module):
    """A guard by ``torch.where``: the value is right, the gradient of the branch that is not taken is NaN."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 4, 3, padding=1), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y, s = self.conv(x), x.mean((1, 2, 3), keepdim=True) - 5
        output: Tensor = self.out(torch.where(s > 0, y * s.sqrt(), y))
        return output


class Roots(nn.Module):
    """A root of what may be 0: its derivative is infinite there, and NaN once it is multiplied by 0."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.out((x * 0).sqrt() + x)
        return output


class Dark(nn.Module):
    """Gives ``value`` for dark pictures; else it is an ordinary convolution."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value, self.conv, self.out = value, nn.Conv2d(3, 4, 1), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        output: Tensor = self.out(torch.where(x.mean((1, 2, 3), keepdim=True) < 0.1, y * 0 + self.value, y))
        return output


def probe_of(network: nn.Module) -> Probe:
    return Probe(seeded(network), prepare=Preparation(SIZE))


def shades(*values: int) -> Stack:
    return Stack([np.full((*SIZE, 3), value, np.uint8) for value in values])


MAKING = [GradientAscent(steps=3, count=2), Inversion(steps=3, count=1), DeepDream(steps=2, octaves=1, count=1)]


@pytest.mark.parametrize("make", [Guarded, Roots])
@pytest.mark.parametrize("method", [*MAKING, Inversion(steps=3, count=1, optimiser="paper"), Saliency(count=1)])
def test_nothing_is_made_of_a_gradient_that_is_not_finite(method: Method, make: Callable[[], nn.Module]) -> None:
    with pytest.raises(InputError, match="gradient"):
        method(probe_of(make()), Unit("out", 1), shades(120, 200))


@pytest.mark.parametrize("kind", ["gradient", "input", "smoothgrad", "integrated"])
def test_no_kind_of_saliency_draws_it(kind: str) -> None:
    method = Saliency(kind=kind, samples=2, count=1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"gradient that is not finite for pictures/0"):
        method(probe_of(Guarded()), Unit("out", 1), shades(120))


def test_the_checks_say_it_in_place_of_a_correlation() -> None:
    with pytest.raises(InputError, match=r"out gives a gradient that is not finite for pictures/"):
        Sanity(steps=0, count=2, cascade=2, levels=2)(probe_of(Guarded()), Unit("out", 1), shades(120, 200))


def test_an_activation_map_is_not_drawn_of_it() -> None:
    probe = probe_of(nn.Sequential(Guarded(), nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    with pytest.raises(InputError, match="gradient of class 1 at"):
        activation_map(probe, torch.rand(1, 3, *SIZE), 1)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_have_no_correlation(wrong: float) -> None:
    values = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))
    spoilt = values.clone()
    spoilt[1, 2] = wrong
    assert rank_correlation(values, values) == pytest.approx(1)
    assert rank_correlation(spoilt, spoilt) is None
    assert rank_correlation(torch.full((3, 4), wrong), values) is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("method", [TopImages(count=2), Saliency(count=9), Saliency(count=1), Inversion(steps=1)])
def test_a_picture_with_an_activation_that_is_not_finite_is_named(method: Method, value: float) -> None:
    with pytest.raises(InputError, match=r"not finite for pictures/2"):
        method(probe_of(Dark(value)), Unit("out", 1), shades(120, 200, 3, 90))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_dissection_names_it_too(value: float) -> None:
    pictures = [np.full((*SIZE, 3), shade, np.uint8) for shade in (120, 200, 3, 90)]
    labels = LabelledNoise(pictures, [{"object": [np.ones((8, 8), np.int64)]} for _ in pictures])
    with pytest.raises(InputError, match=r"not finite for noise/2"):
        Dissection()(probe_of(Dark(value)), Unit("out", 1), labels)


class Sometimes(torch.autograd.Function):
    """Has a gradient that is NaN in the second row of a batch."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:  # noqa: ARG004 (torch's own context)
        return x * 1

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> Tensor:  # noqa: ARG004 (torch's own context)
        spoilt = gradients[0].clone()
        spoilt[1:2] = math.nan
        return spoilt


class SecondRow(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 4, 3, padding=1), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.out(Sometimes.apply(self.conv(x)))
        return output


def test_what_is_left_is_given_and_the_rest_is_said() -> None:
    # as it is: that rows differ is beyond what a plan is held against
    probe = Probe(seeded(SecondRow()), prepare=Preparation(SIZE), optimise=False)
    result: Any = GradientAscent(steps=4, count=3)(probe, Unit("out", 1))[0]
    alone: Any = GradientAscent(steps=4, count=1)(probe, Unit("out", 1))[0]
    assert "1 of 3 pictures" in result.notes[-1]
    assert np.isfinite(result.arrays()["curve"]).all()
    assert bool(result.pictures.isfinite().all())
    assert any(torch.allclose(picture, alone.pictures[0], atol=1e-5) for picture in result.pictures)
    dream: Any = DeepDream(steps=2, octaves=1, count=2)(probe, Unit("out", 1), shades(120, 200))[0]
    assert "1 of 2 pictures was not finite" in dream.notes[-1]
    assert bool((dream.pictures[1] == dream.starts[1]).all())
    assert bool((dream.pictures[0] != dream.starts[0]).any())
    inverted: Any = Inversion(steps=2, count=2)(probe, Unit("out", 1), shades(120, 200))[0]
    assert "for 1 of the 2 inversions" in inverted.notes[-1]
    assert bool((inverted.pictures[1] == 0.5).all())
