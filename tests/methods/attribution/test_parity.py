"""Saliency, integrated gradients, deconvolution and guided backpropagation against captum, on real architectures."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch
import torchvision
from torch import Tensor, nn

from tests.kit.explained import by_captum, rewritten
from tests.kit.networks import seeded
from tests.kit.pictures import pictures
from tests.kit.shared import shared
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.gradient import peaks
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit
from visualize.models.loading import load

if TYPE_CHECKING:
    from visualize.methods.attribution.method import Attribution


METHODS: dict[str, Attribution] = {
    "gradient": Saliency(),
    "integrated": Saliency(kind="integrated", steps=6, baseline="mean"),
    "deconv": Deconvolution(),
    "guided": GuidedBackpropagation(),
}


@dataclass(frozen=True)
class Real:
    """An architecture, and what is looked at.

    Args:
        layers: a rectifier's output, a convolution's, a block's.
        size: of the pictures, pixels.
        head: the large layers behind the last map that is looked at, which are left out.
    """

    layers: tuple[str, ...]
    size: int = 48
    head: tuple[str, ...] = ()


REAL = {
    "alexnet": Real(("features.9", "features.10"), 80, ("classifier",)),
    "vgg11": Real(("features.12",), 48, ("classifier",)),
    "resnet18": Real(("layer3.0", "layer4.1.conv2", "fc")),
    "googlenet": Real(("inception4a", "inception4e.branch2.0")),
    "densenet121": Real(("features.denseblock3", "features.norm5")),
    "convnext_tiny": Real(("features.5.2",), 48, ("features.6", "features.7", "avgpool", "classifier")),
}


@functools.cache
def _network(name: str) -> nn.Module:
    """Random weights in float64, made without torchvision's slow initialisation."""
    more = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    with torch.device("meta"):
        network: nn.Module = getattr(torchvision.models, name)(weights=None, num_classes=10, **more)
        for layer in REAL[name].head:
            network.set_submodule(layer, nn.Identity())
    return seeded(network.to_empty(device="cpu")).double().eval()


def _compare(probe: Probe, layer: str, shown: Tensor, tolerance: float, *, without: str = "") -> None:
    """All four of the unit that answers most to the pictures."""
    maps = probe.activations(shown, [layer])[layer]
    unit = int(maps.amax((0, 2, 3)).argmax())
    positions = peaks(maps[:, unit])
    assert bool((maps[:, unit].flatten(1).amax(1) > 0).all())
    network, watched = rewritten(probe.network, probe.layer(layer).name)
    inputs = probe.prepare(shown)
    for how, method in METHODS.items():
        if how == without:
            continue
        wanted = by_captum(how, network, watched, inputs, unit, positions)
        given = method.attribute(probe, shown, Unit(layer, unit))
        if probe.prepare.order == "BGR":
            wanted = wanted.flip(1)
        if how == "deconv" and not wanted.any():  # every signal was below zero at some rectifier: so it is for captum
            assert not given.any()
            continue
        assert wanted.abs().max() > 0
        error = float((given - wanted).abs().max() / wanted.abs().max())
        assert error <= tolerance, f"{how} of {layer}: {error:.2g}"


@pytest.mark.parametrize(("name", "layer"), [(name, layer) for name, real in REAL.items() for layer in real.layers])
def test_torchvision_networks_in_float64_are_explained_as_captum_explains_them(name: str, layer: str) -> None:
    """With batch norms folded and rectifiers in place, as a probe runs them by default."""
    size = (REAL[name].size, REAL[name].size + 16)
    prepare = Preparation(size, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    probe = Probe(_network(name), prepare=prepare)
    # where GELU falls, captum lets through what is negative twice; the rule here lets nothing through
    _compare(
        probe,
        layer,
        pictures(2, size, dtype=torch.float64),
        1e-9,
        without="guided" if name == "convnext_tiny" else "",
    )


@pytest.mark.parametrize("layer", ["features.3", "features.9", "features.12", "logits"])
def test_the_imagenet_squeezenet_is_explained_as_captum_explains_it(
    layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = shared("weights/compressed_SqueezeNet.net")
    monkeypatch.setenv("VIZ_MIRROR", str(weights.parent))
    probe = load("imagenet-squeezenet")
    shown = pictures(2, (99, 115))
    # in float32 what comes to a rectifier within a rounding error of 0 falls on either side of it: an integral's steps,
    # and any activation where convolutions are computed in another order, as a probe that optimises does
    plain = Probe(probe.network, prepare=probe.prepare, aliases={layer: probe.layer(layer).name}, optimise=False)
    _compare(plain, layer, shown, 1e-5, without="integrated")
    probe.network.double()
    _compare(probe, layer, shown.double(), 1e-9)
