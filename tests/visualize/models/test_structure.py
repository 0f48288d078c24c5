"""Layers without weights: those of the network as torchvision itself makes it, with any numbers in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch
from torchvision import models

from tests.visualize.cli.kit import one_line, viz
from visualize.cards.layer_list import LayerList, layers
from visualize.download import fetch
from visualize.download.errors import TransferError
from visualize.methods.errors import InputError
from visualize.models import load
from visualize.models.structure import load_structure

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No weights on this disk, and none to be had."""

    def refuse(*_: object, **__: object) -> None:
        raise TransferError("no network")

    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VIZ_MIRROR", raising=False)
    monkeypatch.setattr(fetch, "_download", refuse)


@pytest.mark.usefixtures("nowhere")
def test_the_list_is_that_of_the_network_with_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = models.squeezenet1_1(weights=None)
    with torch.no_grad():
        for values in network.state_dict().values():
            if values.is_floating_point():
                values.mul_(torch.rand_like(values) * 3 + 0.1)
    torch.save(network.state_dict(), tmp_path / "trained.pth")
    told = viz("layers", "torchvision/squeezenet1_1", "--json")
    assert told.status == 0, told.err
    with_weights = layers("torchvision/squeezenet1_1", weights=tmp_path / "trained.pth")
    assert json.loads(told.out) == with_weights.rows() == layers("torchvision/squeezenet1_1").rows()
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("nowhere")
def test_the_weights_that_are_named_say_the_size_and_what_is_stated_holds() -> None:
    crop = models.EfficientNet_B1_Weights.IMAGENET1K_V1.transforms().crop_size[0]
    assert load_structure("torchvision/efficientnet_b1:imagenet1k_v1").prepare.size == (crop, crop)
    small = layers("torchvision/squeezenet1_1", size=96)
    assert small.rows() == LayerList.of(load("torchvision/squeezenet1_1:none", size=96)).rows()
    with pytest.raises(InputError, match="no weights 'nothing'"):
        load_structure("torchvision/resnet18:nothing")


@pytest.mark.usefixtures("nowhere")
def test_what_the_network_does_is_told_of_its_own_weights() -> None:
    ran = viz("layers", "torchvision/squeezenet1_1", "--examine")
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err).startswith("viz: error: cannot get squeezenet1_1-b8a52dc0.pth")
