"""The network that the toolkit carries with it: AlexNet's shape, small, for 128 px pictures of everyday scenes."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

INPUT = (128, 128)
"""Height and width of the input, pixels."""

MEAN = (0.485, 0.456, 0.406)
"""Mean of the input, RGB in 0..1 (ImageNet's usual values)."""

STD = (0.229, 0.224, 0.225)
"""Standard deviation of the input, RGB in 0..1 (ImageNet's usual values)."""


def scenes_alexnet(classes: int = 12, *, seed: int = 0) -> nn.Module:
    """AlexNet (Krizhevsky et al. 2012) in small: five convolutions, three fully connected layers.

    The differences are a 128 px input, fewer units, no local response normalisation, and a first stride of 2 in place
    of 4, so that conv5's map is 15 x 15 and shows where an object stands.

    Args:
        classes: number of outputs of fc8.
        seed: seed of the initial weights (He et al. 2015, arXiv:1502.01852).

    Returns:
        a network from N x 3 x 128 x 128 to N x ``classes`` logits, its layers named conv1, relu1, pool1 ... fc8.
    """
    layers: list[tuple[str, nn.Module]] = [
        ("conv1", nn.Conv2d(3, 24, 7, stride=2, padding=3)),
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(3, 2)),
        ("conv2", nn.Conv2d(24, 48, 5, padding=2, groups=2)),
        ("relu2", nn.ReLU()),
        ("pool2", nn.MaxPool2d(3, 2)),
        ("conv3", nn.Conv2d(48, 80, 3, padding=1)),
        ("relu3", nn.ReLU()),
        ("conv4", nn.Conv2d(80, 80, 3, padding=1, groups=2)),
        ("relu4", nn.ReLU()),
        ("conv5", nn.Conv2d(80, 80, 3, padding=1)),
        ("relu5", nn.ReLU()),
        ("pool5", nn.MaxPool2d(3, 2)),
        ("flatten", nn.Flatten()),
        ("drop6", nn.Dropout(0.5)),
        ("fc6", nn.Linear(80 * 7 * 7, 96)),
        ("relu6", nn.ReLU()),
        ("drop7", nn.Dropout(0.3)),
        ("fc7", nn.Linear(96, 64)),
        ("relu7", nn.ReLU()),
        ("fc8", nn.Linear(64, classes)),
    ]
    network = nn.Sequential(OrderedDict(layers))
    _start(network, seed)
    return network


def scenes_trunk(*, seed: int = 0) -> nn.Module:
    """The convolutions of :func:`scenes_alexnet`, conv1 to pool5: what is kept of a network that learned without names.

    Args:
        seed: seed of the initial weights; they are those of ``scenes_alexnet(seed=seed)``.

    Returns:
        a network from N x 3 x 128 x 128 to N x 80 x 7 x 7.
    """
    layers = list(scenes_alexnet(seed=seed).named_children())
    names = [name for name, _ in layers]
    return nn.Sequential(OrderedDict(layers[: names.index("pool5") + 1]))


def _start(network: nn.Module, seed: int) -> None:
    """Initialise the weights as He et al. 2015 do, from a generator seeded here; biases are zero."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
