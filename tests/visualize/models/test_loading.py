"""From a model's name to a probe: the embedded model, random weights, files that are missing or hold no numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.kit.refusal import refusal
from visualize.models import listing, load
from visualize.models.architectures.scenes_alexnet import INPUT, MEAN, STD

if TYPE_CHECKING:
    from pathlib import Path


def test_the_embedded_model_is_complete_and_prepared_as_it_was_trained() -> None:
    probe = load("scenes-alexnet")
    assert (probe.prepare.size, probe.prepare.mean, probe.prepare.std) == (INPUT, MEAN, STD)
    assert len(probe.classes) == probe.layer("fc8").units
    line = next(line for line in listing() if line.name == "scenes-alexnet")
    assert line.source == "embedded"
    assert line.size is not None
    assert line.size <= 3_000_000
    assert "held-out pictures right" in line.notes[0]


def test_random_weights_are_the_same_every_time_and_leave_the_callers_numbers_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = load("torchvision/squeezenet1_1:none")
    assert torch.equal(torch.rand(3), expected)
    assert first.identity == load("torchvision/squeezenet1_1:none").identity
    assert first.identity.weights_sha256 != load("torchvision/squeezenet1_0:none").identity.weights_sha256


def test_missing_weights_devices_and_formats_are_named(tmp_path: Path) -> None:
    for gone in (tmp_path / "gone.params", tmp_path):
        with refusal(f"no weights file {gone}"):
            load("places-squeezenet", weights=gone)
    with refusal("no device 'abacus'"):
        load("torchvision/squeezenet1_1:none", device="abacus")
    (tmp_path / "text.pt").write_text("hello")
    with refusal("text.pt"):
        load("torchvision/squeezenet1_1:none", weights=tmp_path / "text.pt")


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    torch.save({"0.weight": torch.full((4, 3, 3, 3), torch.nan), "0.bias": torch.zeros(4)}, tmp_path / "nan.pth")
    (tmp_path / "mine.py").write_text("import torch\nnet = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3))\n")
    with refusal("nan.pth is of no use: 0.weight holds values that are no numbers"):
        load(f"{tmp_path / 'mine.py'}:net", weights=tmp_path / "nan.pth")
