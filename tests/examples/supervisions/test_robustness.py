"""Training against perturbations: they are what the formula says, and the first steps are the recorded ones."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from supervisions.robustness import Ball, RobustRecipe, begun, loss_of, make, perturbed, steps
from supervisions.trunk import prepared
from torch import Tensor

from tests.kit.checkout import ROOT
from visualize.models.architectures.scenes_alexnet import STD
from visualize.scenes import Scenes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

PLAIN = ROOT / "visualize/models/weights/scenes-alexnet-plain.safetensors"
FIRST = (8.9036770, 8.7994735)
"""Losses of the first two steps that made the shipped network."""


class Drawn:
    """The scenes of the first round, each drawn when a batch asks for it."""

    def __init__(self, recipe: RobustRecipe) -> None:
        wanted = recipe.scenes(0)
        self._scenes = Scenes(wanted.count, wanted.seed, split=wanted.split)

    def __len__(self) -> int:
        return len(self._scenes)

    def __getitem__(self, chosen: Tensor) -> Tensor:
        pictures = np.stack([self._scenes.scene(index).image for index in chosen.tolist()])
        return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def test_training_begins_as_recorded() -> None:
    recipe = RobustRecipe()
    pictures = Drawn(recipe)
    network = begun(recipe, load_file(PLAIN))
    kinds = torch.arange(len(pictures)) % 12
    first = steps(network, cast("Tensor", pictures), kinds, recipe, recipe.rounds[0])
    losses = [loss for loss, _ in islice(first, 2)]
    # bfloat16 has three digits, and sums run in another order on another machine
    assert losses == pytest.approx(FIRST, rel=5e-3)


def worst(inputs: Tensor, ball: Ball, loss: Callable[[Tensor], Tensor]) -> tuple[FloatArray, list[FloatArray]]:
    """The change of the colours of :func:`perturbed`, N x values, and the random numbers that it began with."""
    moved = perturbed(inputs, ball, torch.Generator().manual_seed(6), loss)
    generator = torch.Generator().manual_seed(6)
    drawn = [torch.rand(len(inputs), 1, 1, 1, generator=generator)]
    if ball.norm == "linf":
        drawn.append(torch.rand(inputs.shape, generator=generator))
    else:
        drawn.append(torch.randn(inputs.shape, generator=generator))
        drawn.append(torch.rand(len(inputs), 1, 1, 1, generator=generator))
    change = (moved - inputs) * torch.tensor(STD).view(1, 3, 1, 1)
    return _flat(change), [_flat(each) for each in drawn]


def _flat(values: Tensor) -> FloatArray:
    flat: FloatArray = values.double().numpy().reshape(len(values), -1)
    return flat


@pytest.fixture(scope="module")
def plane() -> tuple[Tensor, Tensor]:
    """Inputs, and the gradient of a linear loss."""
    generator = torch.Generator().manual_seed(2)
    return torch.randn(5, 3, 8, 8, generator=generator), torch.randn(1, 3, 8, 8, generator=generator)


def test_in_the_euclidean_norm_it_is_a_step_along_the_gradient_and_back_into_the_ball(
    plane: tuple[Tensor, Tensor],
) -> None:
    inputs, slope = plane
    ball = Ball("l2", 2.0, 1, (0,), least=0.5)
    change, (share, direction, inward) = worst(inputs, ball, lambda moved: (moved * slope).sum())
    radius = 2.0 * (0.5 + 0.5 * share)
    start = direction / np.linalg.norm(direction, axis=1, keepdims=True) * radius * inward
    gradient = _flat(slope / torch.tensor(STD).view(1, 3, 1, 1))
    end = start + radius * gradient / np.linalg.norm(gradient)
    end *= np.minimum(1, radius / np.linalg.norm(end, axis=1, keepdims=True))
    np.testing.assert_allclose(change, end, atol=1e-6)
    assert (np.linalg.norm(change, axis=1) <= radius[:, 0] + 1e-5).all()


def test_in_the_largest_norm_it_is_a_step_along_the_signs(plane: tuple[Tensor, Tensor]) -> None:
    inputs, slope = plane
    change, (share, start) = worst(inputs, Ball("linf", 8.0, 1, (0,)), lambda moved: (moved * slope).sum())
    radius = 8.0 / 255 * (0.2 + 0.8 * share)
    end = np.clip((2 * start - 1) * radius + 1.25 * radius * np.sign(_flat(slope)), -radius, radius)
    np.testing.assert_allclose(change, end, atol=1e-6)


@pytest.mark.parametrize("ball", [Ball("l2", 1.0, 1, (0,), least=1.0), Ball("linf", 1.2, 1, (0,), least=1.0)])
def test_perturbed_scenes_are_harder_than_those_moved_at_random(ball: Ball) -> None:
    recipe = RobustRecipe()
    network = begun(recipe, load_file(PLAIN)).eval()
    scenes = Scenes(24, 1, split="held-out")
    pictures = torch.from_numpy(np.stack([scenes.scene(index).image for index in range(24)])).permute(0, 3, 1, 2)
    inputs, kinds = prepared(pictures), torch.arange(24) % 12

    def loss(moved: Tensor) -> Tensor:
        return loss_of(network, moved, kinds, recipe)[0]

    generator = torch.Generator().manual_seed(0)
    hard = perturbed(inputs, ball, generator, loss)
    change = hard - inputs
    places = torch.randperm(change[0].numel(), generator=generator)
    shuffled = change.flatten(1)[:, places].view_as(change)
    with torch.no_grad():
        clean, moved, worse = (float(loss(each)) for each in (inputs, inputs + shuffled, hard))
    assert worse > 1.3 * moved
    assert moved < 1.5 * clean
    torch.testing.assert_close(perturbed(inputs, replace(ball, radius=0.0), generator, loss), inputs)


def test_training_twice_gives_the_same_weights_in_half_precision(tmp_path: Path) -> None:
    rounds = tuple(replace(ball, epochs=1) for ball in RobustRecipe().rounds)
    recipe = RobustRecipe(rounds=rounds, pictures=12, held_out=12, batch=6)
    files = [tmp_path / f"{name}.safetensors" for name in "abc"]
    for file, seed in zip(files, (3, 3, 4), strict=True):
        make(replace(recipe, seed=seed), PLAIN, file, scenes=None, workers=1)
    first, again, other = (load_file(file) for file in files)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["fc8.weight"], other["fc8.weight"])
    assert {value.dtype for value in first.values()} == {torch.float16}
    with safe_open(files[2], framework="pt") as file:
        said = file.metadata()
    assert said["seed"] == "4"
    assert [ball["epochs"] for ball in json.loads(said["rounds"])] == [1] * len(rounds)
