"""The AlexNets of self-supervision: solving jigsaw puzzles, and giving grey pictures their colours back."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from visualize.models.architectures.caffe_layers import normalisation

_D65_Y = (0.212671, 0.715160, 0.072169)  # the row of the matrix from linear sRGB to XYZ (D65) that gives Y


class Lightness(nn.Module):
    """RGB in 0..1 to CIE L* minus 50, as the colourisers take it: sRGB's gamma undone, Y (D65), then L* in 0..100."""

    def forward(self, x: Tensor) -> Tensor:
        """N x 3 x H x W -> N x 1 x H x W; differentiable, also outside 0..1 and at black."""
        safe = x.clamp(min=0.04045)
        linear = torch.where(x > 0.04045, ((safe + 0.055) / 1.055) ** 2.4, x / 12.92)
        luminance = (linear * linear.new_tensor(_D65_Y).view(3, 1, 1)).sum(1, keepdim=True)
        cubic = 116 * luminance.clamp(min=0.008856) ** (1 / 3) - 16
        return torch.where(luminance > 0.008856, cubic, 903.3 * luminance) - 50


def jigsaw_alexnet() -> nn.Module:
    """The trunk that solved jigsaw puzzles (Noroozi and Favaro 2016, as trained by Goyal et al. 2019).

    AlexNet with a first stride of 2 and batch norm in the last three convolutions, up to pool5.
    Input: N x 3 x 227 x 227.
    """
    layers = _first(3, stride=2, norm=False) | {"lrn1": normalisation()}
    layers |= _convolution(2, 96, 256, norm=False) | {"pool2": nn.MaxPool2d(3, 2), "lrn2": normalisation()}
    return nn.Sequential(OrderedDict(layers | _rest(norm=True)))


def colorization_alexnet() -> nn.Module:
    """The trunk that coloured grey pictures (Zhang et al. 2016, as trained by Goyal et al. 2019), with batch norm.

    The first layer, ``lightness``, takes RGB in 0..1 to the one channel that the network sees. Up to pool5.
    Input: N x 3 x 227 x 227.
    """
    layers = {"lightness": Lightness()} | _first(1, stride=4, norm=True)
    layers |= _convolution(2, 96, 256, norm=True) | {"pool2": nn.MaxPool2d(3, 2)}
    return nn.Sequential(OrderedDict(layers | _rest(norm=True)))


def colorization_caffenet() -> nn.Module:
    """The colouriser in its authors' own release (Zhang et al. 2016), batch norms folded in: conv1 ... fc7.

    Input: N x 3 x 227 x 227, RGB in 0..1. ``lightness`` comes first, then ``data_l``, the file's own scaling of it:
    one number and an offset.
    """
    layers: dict[str, nn.Module] = {"lightness": _Plain(), "data_l": nn.Conv2d(1, 1, 1)}
    layers |= _first(1, stride=4, norm=False, ceil=True)
    layers |= _convolution(2, 96, 256, norm=False) | {"pool2": nn.MaxPool2d(3, 2, ceil_mode=True)}
    layers |= _rest(norm=False, ceil=True)
    layers |= {"flatten": nn.Flatten(), "fc6": nn.Linear(256 * 6 * 6, 4096), "relu6": nn.ReLU(), "drop6": nn.Dropout()}
    layers |= {"fc7": nn.Linear(4096, 4096), "relu7": nn.ReLU(), "drop7": nn.Dropout()}
    return nn.Sequential(OrderedDict(layers))


class _Plain(Lightness):
    """CIE L* itself, in 0..100, for a network that centres it."""

    def forward(self, x: Tensor) -> Tensor:
        """N x 3 x H x W -> N x 1 x H x W."""
        return super().forward(x) + 50


def _first(inputs: int, *, stride: int, norm: bool, ceil: bool = False) -> dict[str, nn.Module]:
    layers: dict[str, nn.Module] = {"conv1": nn.Conv2d(inputs, 96, 11, stride)}
    layers |= {"bn1": nn.BatchNorm2d(96)} if norm else {}
    return layers | {"relu1": nn.ReLU(), "pool1": nn.MaxPool2d(3, 2, ceil_mode=ceil)}


def _rest(*, norm: bool, ceil: bool = False) -> dict[str, nn.Module]:
    layers = _convolution(3, 256, 384, norm=norm, groups=1)
    layers |= _convolution(4, 384, 384, norm=norm) | _convolution(5, 384, 256, norm=norm)
    return layers | {"pool5": nn.MaxPool2d(3, 2, ceil_mode=ceil)}


def _convolution(number: int, inputs: int, outputs: int, *, norm: bool, groups: int = 2) -> dict[str, nn.Module]:
    size = 5 if number == 2 else 3
    layers: dict[str, nn.Module] = {f"conv{number}": nn.Conv2d(inputs, outputs, size, padding=size // 2, groups=groups)}
    layers |= {f"bn{number}": nn.BatchNorm2d(outputs)} if norm else {}
    return layers | {f"relu{number}": nn.ReLU()}
