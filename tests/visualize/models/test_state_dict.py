"""Weights that fit a network, and those that do not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from tests.kit.refusal import refusal
from tests.visualize.models.networks import same
from visualize.models import entry_of, load
from visualize.models.loading import build
from visualize.models.sources.torchvision import network
from visualize.models.state_dict import class_count, outputs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_auxiliary_classifiers_in_a_checkpoint_are_passed_over(name: str, tmp_path: Path) -> None:
    from torchvision import models

    torch.manual_seed(1)
    published = models.get_model(name, weights=None, init_weights=False, transform_input=True)
    torch.save(published.state_dict(), tmp_path / "net.pth")
    probe = load(f"torchvision/{name}", weights=tmp_path / "net.pth")
    x = torch.rand(1, 3, 299, 299)
    with torch.no_grad():
        torch.testing.assert_close(probe.network(x), published.eval()(x))


def test_mnasnets_versions_survive_the_file(tmp_path: Path) -> None:
    state = network("mnasnet0_5").state_dict()
    torch.save(state, tmp_path / "net.pth")
    assert same(build(entry_of("torchvision/mnasnet0_5"), tmp_path / "net.pth"), state)


def test_a_checkpoint_with_other_classes_and_wrapped_names_fits(tmp_path: Path) -> None:
    net = network("resnet18", num_classes=365)
    state = {f"module.{name}": value for name, value in net.state_dict().items()}
    torch.save({"state_dict": state, "arch": "resnet18"}, tmp_path / "places.pth.tar")
    probe = load("torchvision/resnet18", weights=tmp_path / "places.pth.tar")
    assert probe.layer("fc").units == 365
    assert probe.classes == ()
    digest = hashlib.sha256((tmp_path / "places.pth.tar").read_bytes()).hexdigest()
    assert probe.identity.weights_sha256 == digest


def test_weights_that_do_not_fit_are_one_clear_line(tmp_path: Path) -> None:
    state = network("squeezenet1_1").state_dict()
    torch.save(state, tmp_path / "other.pth")
    missing = "other.pth does not fit torchvision/resnet18:none: missing: conv1.weight, bn1.weight, bn1.bias and"
    with refusal(missing, "unexpected: features.0.weight, features.0.bias"):
        load("torchvision/resnet18:none", weights=tmp_path / "other.pth")
    state["features.0.weight"] = torch.zeros(64, 3, 5, 5)
    torch.save(state, tmp_path / "other.pth")
    with refusal("of another shape: features.0.weight (64, 3, 5, 5) instead of (64, 3, 3, 3)"):
        load("torchvision/squeezenet1_1:none", weights=str(tmp_path / "other.pth"))


def test_classes_are_counted_by_the_last_weight() -> None:
    """In a file too, under whatever names it has; vectors alone tell none."""
    trained = network("squeezenet1_1", num_classes=7)
    assert outputs(trained) == 7
    state = {f"module.{name}": value for name, value in trained.state_dict().items()}
    assert class_count(network("squeezenet1_1"), state, entry_of("torchvision/squeezenet1_1")) == 7
    assert class_count(network("squeezenet1_1"), {"a": torch.zeros(3)}, entry_of("torchvision/squeezenet1_1")) is None
    assert outputs(nn.ReLU()) is None
