"""SqueezeNet 1.1 with batch norm and leaky ReLU, as trained on Places365 by Steffen Urban with Lasagne."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

_NO_EPSILON = torch.finfo(torch.float32).tiny  # torch 2.10 and 2.11 refuse 0; added to a variance of 1 it leaves 1
SLOPE = 0.55  # Lasagne's randomised ReLU draws from 0.3..0.8 and uses the mean when it is not training


def places_squeezenet(classes: int = 365) -> nn.Module:
    """SqueezeNet 1.1 (Iandola et al. 2016, arXiv:1602.07360) with batch norm and leaky ReLU.

    Layers: conv1, pool1, fire2, fire3, pool3, fire4, fire5, pool5, fire6 ... fire9, conv10, pool10.
    Input: N x 3 x 224 x 224 (other sizes work). Output: N x ``classes``; softmax gives probabilities. ``conv1``,
    ``fireN`` and ``conv10`` are what comes out after batch norm and leaky ReLU; ``conv1.conv`` and so on are the
    convolutions alone.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = _Convolution(3, 64, 3, stride=2, padding=1)
    layers["pool1"] = nn.MaxPool2d(3, 2)
    layers["fire2"] = Fire(64, 16, 64)
    layers["fire3"] = Fire(128, 16, 64)
    layers["pool3"] = nn.MaxPool2d(3, 2)
    layers["fire4"] = Fire(128, 32, 128)
    layers["fire5"] = Fire(256, 32, 128)
    layers["pool5"] = nn.MaxPool2d(3, 2)
    layers["fire6"] = Fire(256, 48, 192)
    layers["fire7"] = Fire(384, 48, 192)
    layers["fire8"] = Fire(384, 64, 256)
    layers["fire9"] = Fire(512, 64, 256)
    layers["conv10"] = nn.Sequential(OrderedDict(conv=nn.Conv2d(512, classes, 1), relu=nn.LeakyReLU(SLOPE)))
    layers["pool10"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    return nn.Sequential(layers)


class _Convolution(nn.Sequential):
    """Convolution, batch norm, leaky ReLU. The checkpoint's deviations hold the epsilon already, so none is added."""

    def __init__(self, inputs: int, outputs: int, size: int, *, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride=stride, padding=padding)
        self.norm = nn.BatchNorm2d(outputs, eps=_NO_EPSILON)
        self.relu = nn.LeakyReLU(SLOPE)


class Fire(nn.Module):
    """Squeeze to few channels, expand by 1x1 and 3x3 side by side (Iandola et al. 2016, section 3.2).

    Args:
        inputs: channels of the input.
        squeeze: channels between.
        expand: channels of each of the two branches.
    """

    def __init__(self, inputs: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = _Convolution(inputs, squeeze, 1)
        self.expand1x1 = _Convolution(squeeze, expand, 1)
        self.expand3x3 = _Convolution(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """N x inputs x H x W -> N x 2 expand x H x W."""
        squeezed = self.squeeze(x)
        return torch.cat([self.expand1x1(squeezed), self.expand3x3(squeezed)], 1)
