"""The recipes: first steps are the recorded ones, and the shipped networks solve their tasks as their files say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from supervisions.rendering import SceneSet
from supervisions.training import RECIPES, beginning, make, proven, steps
from supervisions.weights_files import QUICK, head_of, opened, questions

from tests.kit.checkout import ROOT
from visualize.models.catalogue.supervisions import SUPERVISIONS
from visualize.scenes import Scenes

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

FIRST = {
    "context": (2.0799450, 2.0764315),
    "jigsaw": (4.1619564, 4.1587667),
    "rotation": (1.4571141, 1.4150068),
    "moco": (4.7947654, 4.8792743),
    "colorization": (3.1937275, 3.4116974),
}
"""Losses of the first two steps that made the shipped networks."""


SHIPPED = [name for name in SUPERVISIONS if name in RECIPES]


class Drawn:
    """The scenes of a set, each drawn when a batch asks for it."""

    def __init__(self, scenes: SceneSet) -> None:
        self.scenes = Scenes(scenes.count, scenes.seed, split=scenes.split)

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitem__(self, chosen: Tensor) -> Tensor:
        return torch.stack([self._drawn(index) for index in chosen.tolist()])

    @cache  # noqa: B019 (there is one of them: all recipes begin with the same scenes)
    def _drawn(self, index: int) -> Tensor:
        return torch.from_numpy(self.scenes.scene(index).image).permute(2, 0, 1)


def weights(name: str) -> Path:
    return ROOT / f"visualize/models/weights/scenes-{name}.safetensors"


def facts(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        said: dict[str, str] = file.metadata()
    return said


@cache
def held_out() -> Tensor:
    """The first of the held-out scenes that the files speak of."""
    return SceneSet("held-out", QUICK, 1).pictures(workers=1, folder=None)


@pytest.mark.parametrize("name", SHIPPED)
def test_training_begins_as_recorded(name: str) -> None:
    recipe, network = RECIPES[name], beginning(RECIPES[name])
    if name == "colorization":  # its weights of colours come from 1,200 scenes, and lie in the file of its head
        network.rebalancing = opened(recipe, weights(name), head_of(weights(name))).rebalancing
        network.begin = lambda pictures: None  # type: ignore[method-assign]
    losses = list(islice(steps(network, _pictures(recipe.scenes), recipe), 2))
    # Sums run in another order on another machine: with one thread or two, with and without oneDNN, they differed by
    # 1e-6. Half precision of the weights of colours costs 1e-4.
    assert losses == pytest.approx(FIRST[name], rel=1e-3 if name == "colorization" else 1e-4)


@cache
def _pictures(scenes: SceneSet) -> Any:  # noqa: ANN401 (the trainer takes only batches of them)
    return Drawn(scenes)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_network_solves_its_task_as_well_as_its_file_says(name: str) -> None:
    said = facts(weights(name))
    network = opened(RECIPES[name], weights(name), head_of(weights(name)))
    reached, _ = network.score(held_out(), questions(RECIPES[name]))
    assert reached == pytest.approx(float(said["solved_of_the_first"]), abs=0.011)  # one question of a hundred
    right, chance, count = float(said["solved"]), float(said["chance"]), int(said["held_out"])
    error = (right * (1 - right) / QUICK) ** 0.5
    assert abs(reached - right) < 3 * error
    assert count >= 1000
    assert right > chance + 3 * (chance * (1 - chance) / count) ** 0.5


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
