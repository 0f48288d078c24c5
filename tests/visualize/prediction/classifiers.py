"""Tiny classifiers of known heads."""

from __future__ import annotations

import torch
from torch import nn

from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

SIZE = (32, 40)
PICTURES = torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(3))


def probe(*layers: nn.Module) -> Probe:
    torch.manual_seed(0)
    net = nn.Sequential(*layers)
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.4)
    return Probe(net, prepare=Preparation(size=SIZE))


def features() -> list[nn.Module]:
    return [nn.Conv2d(3, 6, 5, stride=2), nn.ReLU(inplace=True), nn.Conv2d(6, 8, 3), nn.ReLU(inplace=True)]


def linear_head() -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(8, 5)]
