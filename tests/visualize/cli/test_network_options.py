"""Facts of an own network as they are typed, against the same preprocessing in plain torch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from tests.visualize.cli.kit import viz

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCE = """
import torch
def build():
    torch.manual_seed(3)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 5, stride=2), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
        torch.nn.Linear(8, 4),
    )
"""
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
OWN = ((0.1, 0.5, 0.7), (0.3, 0.25, 0.2))


def _normalised(values: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    return (values - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


CASES: dict[str, tuple[list[str], Callable[[Tensor], Tensor]]] = {
    "size": ([], lambda rgb: _normalised(rgb, *IMAGENET)),
    "mean": (["--mean", "0.1,0.5,0.7"], lambda rgb: _normalised(rgb, OWN[0], IMAGENET[1])),
    "std": (["--std", "0.3,0.25,0.2"], lambda rgb: _normalised(rgb, IMAGENET[0], OWN[1])),
    "mean and std": (["--mean", "0.5", "--std", "0.25"], lambda rgb: (rgb - 0.5) / 0.25),
    "order": (
        ["--order", "bgr", "--mean", "0.1,0.5,0.7", "--std", "0.3,0.25,0.2"],
        lambda rgb: _normalised(rgb.flip(0), *OWN),
    ),
}


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """A picture of the size that is asked for, so that none is resized, beside the network's source."""
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(SOURCE, "utf-8")
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "one.png")
    return pixels


def _network() -> nn.Module:
    space: dict[str, Callable[[], nn.Module]] = {}
    exec(SOURCE, space)
    return space["build"]().eval()


def _predicted(*options: str) -> list[dict[str, str | float]]:
    ran = viz("predict", "--model", "own.py:build", "--size", "24x32", "one.png", "--json", "--out", "o.png", *options)
    assert ran.status == 0, ran.err
    categories: list[dict[str, str | float]] = json.loads(ran.out)["categories"]
    return categories


@pytest.mark.parametrize("case", CASES)
def test_pictures_are_prepared_as_is_typed(case: str, picture: np.ndarray) -> None:
    options, prepared = CASES[case]
    rgb = torch.from_numpy(picture).permute(2, 0, 1).float() / 255
    with torch.no_grad():
        wanted = _network()(prepared(rgb)[None])[0].double().softmax(0)
    given = {int(item["index"]): item["probability"] for item in _predicted(*options)}
    assert [given[index] for index in range(4)] == pytest.approx(wanted.tolist(), rel=1e-5)


@pytest.mark.usefixtures("picture")
@pytest.mark.parametrize(
    ("file", "text"), [("names.txt", "cat\ndog\ncar\ntree\n"), ("names.json", '["cat", "dog", "car", "tree"]')]
)
def test_classes_are_called_as_the_file_says(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text, "utf-8")
    plain, named = _predicted(), _predicted("--classes", file)
    names = ["cat", "dog", "car", "tree"]
    assert [item["name"] for item in named] == [names[int(item["index"])] for item in plain]
    assert [item["probability"] for item in named] == [item["probability"] for item in plain]
    own = ["--model", "own.py:build", "--size", "24x32", "--classes", file]
    ran = viz("ascent", *own, "--unit", "4:car", "--steps", "1", "--out", "a.png", "--json")
    assert (ran.status, json.loads(ran.out)["unit"]) == (0, 2), ran.err


@pytest.mark.usefixtures("picture")
def test_a_size_brings_a_picture_to_it(tmp_path: Path) -> None:
    Image.fromarray(np.full((24, 32, 3), 100, np.uint8)).save(tmp_path / "one.png")
    sizes = {text: _predicted("--size", text) for text in ("24x32", "16", "12x40")}
    with torch.no_grad():
        for text, (tall, wide) in {"24x32": (24, 32), "16": (16, 16), "12x40": (12, 40)}.items():
            flat = _normalised(torch.full((3, tall, wide), 100 / 255), *IMAGENET)
            wanted = _network()(flat[None])[0].double().softmax(0)
            given = {int(item["index"]): item["probability"] for item in sizes[text]}
            assert [given[index] for index in range(4)] == pytest.approx(wanted.tolist(), rel=1e-5)
