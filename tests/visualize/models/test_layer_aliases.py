"""The papers' names of layers mean the papers' layers."""

from __future__ import annotations

import torch
from torch import nn

from visualize.models import load
from visualize.models.layer_aliases import torchvision_aliases
from visualize.models.sources.torchvision import network


def test_aliases_mean_the_papers_layers() -> None:
    with torch.device("meta"):
        vgg, bn = network("vgg16"), network("vgg16_bn")
    for block, width in enumerate((64, 128, 256, 512, 512), 1):
        for net, name in ((vgg, "vgg16"), (bn, "vgg16_bn")):
            aliases = torchvision_aliases(name)
            convolution = net.get_submodule(aliases[f"conv{block}_1"])
            assert isinstance(convolution, nn.Conv2d)
            assert convolution.out_channels == width
            assert isinstance(net.get_submodule(aliases[f"relu{block}_2"]), nn.ReLU)
            assert isinstance(net.get_submodule(aliases[f"pool{block}"]), nn.MaxPool2d)
    assert torchvision_aliases("vgg16")["conv5_3"] == "features.28"
    assert torchvision_aliases("vgg16_bn")["conv5_3"] == "features.40"
    assert torchvision_aliases("alexnet")["conv5"] == "features.10"
    assert torchvision_aliases("googlenet")["inception_4e"] == "inception4e"
    assert torchvision_aliases("resnet18")["res5b"] == "layer4.1"
    assert torchvision_aliases("resnet50")["res4f"] == "layer3.5"
    assert torchvision_aliases("resnet152")["res4b35"] == "layer3.35"
    assert torchvision_aliases("resnet152")["res5c"] == "layer4.2"
    assert torchvision_aliases("squeezenet1_0")["fire9"] == "features.12"
    assert torchvision_aliases("vit_l_16")["block23"] == "encoder.layers.encoder_layer_23"
    assert torchvision_aliases("densenet121") == {}


def test_a_probe_takes_aliases_for_names() -> None:
    probe = load("torchvision/resnet18:none")
    assert probe.layer("res5b").name == "layer4.1"
    assert (probe.layer("res5b").units, probe.layer("res5b").map_size) == (512, (7, 7))
