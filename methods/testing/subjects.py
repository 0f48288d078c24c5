"""Subjects that the contract is tried on: a network with random weights, and pictures and labels of noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from visualize.methods.method import Method, Needs
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.pictures.labelled import Concept
from visualize.methods.provenance import Identity
from visualize.methods.unit import Target, Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.labelled import Labels

SIZE = (20, 28)
"""Height and width of the checks' pictures: not square, so that rows and columns cannot be mixed up unseen."""
UNITS: tuple[Target, ...] = (
    Unit("deep", 1), Unit("conv", 3), Unit("fc", 2), Unit("deep", 5), Unit("deep", 1, (4, 6)),
)  # fmt: skip
"""The units that are looked at: of a deep layer, a shallow one and one without a map, and one position."""
IDENTITY = Identity("tiny", "0" * 64)


class Classifier(nn.Module):
    """Ends in logits, with a global pooling before them, so that any input size is taken; rectifies in place."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.deep = nn.Conv2d(8, 8, 3, padding=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of N x 3 x H x W: N x 6."""
        x = self.relu(self.deep(self.relu(self.norm(self.conv(x)))))
        logits: Tensor = self.fc(self.pool(x).flatten(1))
        return logits


@dataclass
class LabelledNoise:
    """Pictures of noise with labels of noise, of which some lack a category."""

    pictures: list[NDArray[np.uint8]]
    annotations: list[Labels]
    name: str = "noise"
    concepts: tuple[Concept, ...] = (
        Concept(1, "car", "object"), Concept(2, "tree", "object"), Concept(7, "street", "scene"),
    )  # fmt: skip
    fingerprint: str = "noise"
    categories: tuple[str, ...] = field(default=("object", "scene"))

    def __len__(self) -> int:
        return len(self.pictures)

    def file(self, index: int) -> str:
        """A picture's name."""
        return f"noise/{index}"

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture as the network takes it: H x W x 3."""
        return Stack(self.pictures).load(index, preparation)

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:  # noqa: ARG002 (the protocol's signature)
        """Rows and columns of the label maps: half of the pictures'."""
        return SIZE[0] // 2, SIZE[1] // 2

    def labels(self, index: int, preparation: Preparation) -> Labels:  # noqa: ARG002 (likewise)
        """The labels of a picture by category."""
        return self.annotations[index]


def tiny_network() -> nn.Module:
    """The classifier with random weights, biases and statistics, none of them at the value that a new one has."""
    network, generator = Classifier(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                noise = torch.randn(tensor.shape, generator=generator)
                scale = (2 / tensor[0].numel()) ** 0.5 if tensor.dim() > 1 else 0.3
                tensor.copy_(0.5 + noise.abs() if name.endswith("running_var") else scale * noise + (tensor.dim() < 2))
    return network


def tiny_probe(dtype: torch.dtype = torch.float64) -> Probe:
    """A probe of the network in training mode, so that a change of mode is seen.

    Args:
        dtype: of its weights.
    """
    return Probe(tiny_network().to(dtype).train(), prepare=Preparation(SIZE, mean=(0.4, 0.5, 0.6)), identity=IDENTITY)


def noise_for(method: Method, count: int = 6) -> Images | None:
    """A probe set of the kind that a method needs: pictures of noise, with labels of noise if it needs labels.

    Args:
        method: of which kind.
        count: pictures.
    """
    if method.needs is Needs.NOTHING:
        return None
    generator = np.random.default_rng(0)
    pictures = [generator.integers(0, 256, (*SIZE, 3), dtype=np.uint8) for _ in range(count)]
    if method.needs is Needs.IMAGES:
        return Stack(pictures, "noise")
    shape = (SIZE[0] // 2, SIZE[1] // 2)
    annotations: list[Labels] = [
        {"object": [generator.integers(0, 3, shape)], **({"scene": [7]} if index % 2 else {})} for index in range(count)
    ]
    return LabelledNoise(pictures, annotations)
