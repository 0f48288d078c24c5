"""The embedded networks of labels: what their files say of them is true, and the training can be repeated."""

from __future__ import annotations

import importlib
import json
import math
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from tests.kit.checkout import ROOT
from visualize.models.architectures.scenes_alexnet import INPUT, MEAN, STD, scenes_alexnet
from visualize.scenes import KINDS, Scenes

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn


FILES = {
    name: ROOT / f"visualize/models/weights/{name}.safetensors" for name in ("scenes-alexnet", "scenes-alexnet-plain")
}
LEAST = {"scenes-alexnet": 0.88, "scenes-alexnet-plain": 0.9}
"""Accuracies that the files may not fall below."""
SIZES = {"scenes-alexnet": 1_100_000, "scenes-alexnet-plain": 3_000_000}


@pytest.fixture(scope="module", params=FILES)
def name(request: pytest.FixtureRequest) -> str:
    asked: str = request.param
    return asked


@pytest.fixture(scope="module")
def trained(name: str) -> nn.Module:
    network = scenes_alexnet()
    network.load_state_dict({key: value.float() for key, value in load_file(FILES[name]).items()})
    return network.eval()


@pytest.fixture(scope="module")
def facts(name: str) -> dict[str, str]:
    with safe_open(FILES[name], framework="pt") as opened:
        metadata: dict[str, str] = opened.metadata()
    return metadata


def pictures(count: int) -> Tensor:
    scenes = Scenes(count, seed=7, split="held-out")  # the script tests on another seed's
    stacked = np.stack([scenes.scene(index).image for index in range(count)])
    values = torch.from_numpy(stacked).permute(0, 3, 1, 2) / 255
    return (values - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


@torch.no_grad()
def test_it_names_held_out_scenes_as_often_as_its_file_says(trained: nn.Module, facts: dict[str, str]) -> None:
    count, claimed = 240, float(facts["accuracy"])
    right = trained(pictures(count)).argmax(1) == torch.arange(count) % len(KINDS)
    reached = right.double().mean().item()
    assert abs(reached - claimed) < 3 * math.sqrt(claimed * (1 - claimed) / count)  # three standard errors


def test_its_file_says_what_it_is(name: str, facts: dict[str, str]) -> None:
    assert json.loads(facts["classes"]) == list(KINDS)
    assert float(facts["accuracy"]) >= LEAST[name]
    assert {"seed", "epochs", "pictures", "held_out", "torch"} <= set(facts)


def test_it_is_small_enough_to_embed_and_shaped_like_alexnet(name: str, trained: nn.Module) -> None:
    assert FILES[name].stat().st_size <= SIZES[name]
    names = [name for name, _ in trained.named_children() if not name.startswith(("drop", "flatten"))]
    convolutions = "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5"
    assert names == [*convolutions.split(), "fc6", "relu6", "fc7", "relu7", "fc8"]
    seen: dict[str, tuple[int, ...]] = {}
    conv5 = trained.get_submodule("conv5")
    hook = conv5.register_forward_hook(lambda _, __, output: seen.update(conv5=tuple(output.shape)))
    trained(torch.zeros(2, 3, *INPUT))
    hook.remove()
    assert seen["conv5"] == (2, 80, 15, 15)


def test_the_start_depends_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = scenes_alexnet(seed=3).state_dict()
    torch.manual_seed(2)
    again, other = scenes_alexnet(seed=3).state_dict(), scenes_alexnet(seed=4).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])


def test_weights_start_with_the_spread_of_he_et_al() -> None:
    state = scenes_alexnet(seed=0).state_dict()
    for name, inputs in (("conv2.weight", 12 * 25), ("conv5.weight", 80 * 9), ("fc6.weight", 80 * 49)):
        deviation = state[name].double().std().item()
        assert deviation == pytest.approx(math.sqrt(2 / inputs), rel=0.03)


def test_training_twice_gives_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / name for name in ("one.safetensors", "two.safetensors", "three.safetensors")]
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    options = ["--epochs", "1", "1", "--pictures", "12", "--held-out", "6", "--batch", "6", "--workers", "1"]
    options += ["--scenes", str(tmp_path / "scenes")]
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])
    train_scenes = importlib.import_module("train_scenes")
    try:
        for file, seed in zip(files, (5, 5, 6), strict=True):
            train_scenes.main([*options, "--seed", str(seed), "--out", str(file)])
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
    first, again, other = (load_file(file) for file in files)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["fc8.weight"], other["fc8.weight"])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one.safetensors",
        "scenes",
        "three.safetensors",
        "two.safetensors",
    ]
    with safe_open(files[2], framework="pt") as opened:
        assert (opened.metadata()["seed"], opened.metadata()["epochs"]) == ("6", "[1, 1]")
