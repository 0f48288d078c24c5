"""The recipes: first steps are the recorded ones, and the shipped networks solve their tasks as their files say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from supervisions.rendering import SceneSet, Told
from supervisions.task import Batch, untold
from supervisions.training import RECIPES, beginning, drawn, make, proven, steps
from supervisions.weights_files import QUICK, head_of, opened, questions

from tests.kit.checkout import ROOT
from visualize.models.catalogue.supervisions import SUPERVISIONS
from visualize.scenes import Scenes, captions
from visualize.scenes.sound import shipped, soundtrack, texture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from supervisions.training import Recipe
    from torch import Tensor

FIRST = {
    "context": (2.0799450, 2.0764315),
    "jigsaw": (4.1619564, 4.1587667),
    "sound": (3.4405208, 3.4476552),
    "captions": (5.1671515, 5.1534653),
    "rotation": (1.4571141, 1.4150068),
    "moco": (4.7947654, 4.8792743),
    "colorization": (3.1937275, 3.4116974),
}
"""Losses of the first two steps that made the shipped networks."""


SHIPPED = [name for name in SUPERVISIONS if name in RECIPES]


class Drawn:
    """The scenes of a set, each drawn when a batch asks for it; what they tell is told as the task wants it."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.scenes = recipe, recipe.scenes

    def __len__(self) -> int:
        return self.scenes.count

    def __getitem__(self, chosen: Tensor) -> Batch:
        pictures, sounds, sentences = zip(*(one(self.scenes, index) for index in chosen.tolist()), strict=True)
        if not self.recipe.task.listens:
            return untold(torch.stack(pictures))
        told = self.recipe.task.told(Told(torch.tensor([sound() for sound in sounds]), torch.stack(sentences)))
        return Batch(torch.stack(pictures), told)


@cache  # all recipes begin with the same scenes
def one(scenes: SceneSet, index: int) -> tuple[Tensor, Callable[[], int], Tensor]:
    """A scene's picture, 3 x 128 x 128, its sound when it is asked for, and its captions."""
    every = Scenes(scenes.count, scenes.seed, split=scenes.split)
    scene, number = every.scene(index), every.number(index)
    sentences = np.stack([captions.tokens(each) for each in captions.captions(scene, number, 5)])
    picture = torch.from_numpy(scene.image).permute(2, 0, 1)
    return picture, cache(lambda: int(shipped().of(texture(soundtrack(scene, number))))), torch.from_numpy(sentences)


def weights(name: str) -> Path:
    return ROOT / f"visualize/models/weights/scenes-{name}.safetensors"


def facts(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        said: dict[str, str] = file.metadata()
    return said


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for scenes that several tests look at."""
    return tmp_path_factory.mktemp("scenes")


@pytest.mark.parametrize("name", SHIPPED)
def test_training_begins_as_recorded(name: str) -> None:
    recipe, network = RECIPES[name], beginning(RECIPES[name])
    if name == "colorization":  # its weights of colours come from 1,200 scenes, and lie in the file of its head
        network.rebalancing = opened(recipe, weights(name), head_of(weights(name))).rebalancing
        network.begin = lambda scenes: None  # type: ignore[method-assign]
    losses = list(islice(steps(network, cast("Batch", Drawn(recipe)), recipe), 2))
    # Sums run in another order on another machine: with one thread or two, with and without oneDNN, they differed by
    # 1e-6. Half precision of the weights of colours costs 1e-4.
    assert losses == pytest.approx(FIRST[name], rel=1e-3 if name == "colorization" else 1e-4)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_network_solves_its_task_as_well_as_its_file_says(name: str, kept: Path) -> None:
    said = facts(weights(name))
    network = opened(RECIPES[name], weights(name), head_of(weights(name)))
    scenes = drawn(RECIPES[name], replace(RECIPES[name].fresh, count=QUICK), scenes=kept, workers=1)
    reached, _ = network.score(scenes, questions(RECIPES[name]))
    assert reached == pytest.approx(float(said["solved_of_the_first"]), abs=0.011)  # one question of a hundred
    right, chance, count = float(said["solved"]), float(said["chance"]), int(said["held_out"])
    error = (right * (1 - right) / QUICK) ** 0.5
    assert abs(reached - right) < 3 * error
    assert count >= 1000
    assert right > chance + 0.03  # captions ask for some 8,000 words, most of which grammar gives


@pytest.mark.parametrize("name", SHIPPED)
def test_a_file_holds_the_trunk_alone_in_half_precision(name: str) -> None:
    path = weights(name)
    assert path.stat().st_size <= 700_000
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        assert all(file.get_tensor(each).dtype == torch.float16 for each in names)
    assert names == {f"conv{number}.{kind}" for number in range(1, 6) for kind in ("weight", "bias")}


def test_what_is_written_can_be_tried_again(tmp_path: Path) -> None:
    recipe = replace(RECIPES["context"], pictures=24, held_out=12, epochs=1, batch=12)
    made = make(recipe, tmp_path / "a.safetensors", scenes=tmp_path / "scenes", workers=1)
    again = make(recipe, tmp_path / "b.safetensors", scenes=tmp_path / "scenes", workers=1)
    assert made == again == facts(tmp_path / "a.safetensors")
    for ending in ("", "-head"):
        first, second = (load_file(tmp_path / f"{name}{ending}.safetensors") for name in "ab")
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first)
    tried = proven(recipe, tmp_path / "a.safetensors", scenes=tmp_path / "scenes", workers=1)
    assert tried["solved"] == made["solved"]
    assert len(list((tmp_path / "scenes").iterdir())) == 2
