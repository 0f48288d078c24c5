"""Networks that the tests of occlusion share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from tests.kit.pictures import arrays
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.top_images.result import TopResult
from visualize.methods.unit import Unit

OCCLUDED = (61, 74)


class Deep(nn.Module):
    """Padding, steps, pools with and without padding, two branches."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5, stride=2, padding=2)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.left = nn.Conv2d(6, 4, 1)
        self.right = nn.Conv2d(6, 4, 3, padding=1)
        self.mean = nn.AvgPool2d(2, 2, padding=1)
        self.deep = nn.Conv2d(8, 5, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(torch.relu(self.conv(x)))
        x = torch.cat([torch.relu(self.left(x)), self.right(x)], 1)
        deep: Tensor = self.deep(self.mean(x))
        return deep


def wired(weight: Tensor) -> nn.Sequential:
    """Two linear layers: the second picks one place of the first, whose weights are given."""
    first = nn.Conv2d(3, 1, (weight.shape[1], weight.shape[2]), bias=False)
    second = nn.Conv2d(1, 1, 3, stride=2, bias=False)
    with torch.no_grad():
        first.weight.copy_(weight[None])
        second.weight.zero_()
        second.weight[0, 0, 1, 1] = 1
    return nn.Sequential(first, second).double()


def linear(weight: Tensor, count: int = 8, **settings: Any) -> tuple[TopResult, Probe]:  # noqa: ANN401 (settings)
    probe = Probe(wired(weight), prepare=Preparation((40, 44)))
    rows, columns = probe.layer("1").map_size
    unit = Unit("1", 0, (rows // 2, columns // 2))  # in the interior
    (result,) = TopImages(count=count, empirical=count, **settings)(probe, unit, Stack(arrays(count, (40, 44))))
    assert isinstance(result, TopResult)
    return result, probe
