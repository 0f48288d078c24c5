"""The AlexNets without labels that Network Dissection compared, as they were converted from Caffe."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from torch import Tensor, nn

from visualize.models.architectures.caffe_layers import normalisation, pool

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_UNITS = (96, 256, 384, 384, 256)  # of the five convolutions
_SIDE = 6  # of the map that fc6 sees, for pictures of 227 pixels
_CONTRAST = 50.0


class Contrast(nn.Module):
    """A picture at one contrast: each channel minus its mean, all over their root mean square, times 50.

    Doersch et al. 2015 did so with every patch, so that gradients of colour say less of where it lies. The brightness
    and the contrast of a picture, in whatever units, are gone; one that is the same all over is nothing but zeros.
    """

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W -> the same shape; differentiable."""
        varied = x - x.mean((2, 3), keepdim=True)
        power = varied.square().mean((1, 2, 3), keepdim=True)
        return varied * (_CONTRAST / power.clamp(min=1e-12).sqrt())


class Scale(nn.Module):
    """All numbers times one number: Caffe's layer "Power" with a power of 1.

    Args:
        factor: the number.
    """

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same shape."""
        return self.factor * x


def caffe_trunk(norms: Collection[int] = (), heads: Sequence[int] = ()) -> nn.Module:
    """CaffeNet up to pool5, with batch norm after some convolutions and fully connected layers on top.

    Input: N x 3 x 227 x 227; maps of 55, 27, 13, 13, 13.

    Args:
        norms: numbers of the convolutions that a batch norm follows: bn1 ... bn5.
        heads: units of fc6 and so on, each rectified.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number in range(1, 6):
        layers[f"conv{number}"] = _convolution(number)
        if number in norms:
            layers[f"bn{number}"] = _norm(number)
        layers[f"relu{number}"] = nn.ReLU()
        if number in {1, 2}:
            layers |= {f"pool{number}": pool(), f"lrn{number}": normalisation()}
    layers["pool5"] = pool()
    return nn.Sequential(layers | _heads(heads))


def context_alexnet() -> nn.Module:
    """The trunk that told where one patch lies beside another (Doersch et al. 2015): no groups, a margin of 5 pixels.

    The first layer, ``contrast``, normalises each picture by itself. Input: N x 3 x 227 x 227, BGR; maps of 57, 28, 14,
    14, 14.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict({"contrast": Contrast()})
    for number in range(1, 6):
        layers[f"conv{number}"] = _convolution(number, grouped=False, margin=5)
        layers[f"relu{number}"] = nn.ReLU()
        if number in {1, 2}:
            layers |= {f"pool{number}": pool(), f"lrn{number}": normalisation()}
    return nn.Sequential(layers | {"pool5": pool()})


def egomotion_alexnet() -> nn.Module:
    """The network whose features turn as the camera does (Jayaraman and Grauman 2015), up to fc6.

    Its batch norms come after pools, at pool2 after the local normalisation too. Input: N x 3 x 227 x 227.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number in range(1, 6):
        layers |= {f"conv{number}": _convolution(number), f"relu{number}": nn.ReLU()}
        if number in {1, 2, 5}:
            layers[f"pool{number}"] = pool()
        if number == 1:
            layers |= {"bn1": _norm(1), "lrn1": normalisation()}
        elif number == 2:
            layers |= {"lrn2": normalisation(), "bn2": _norm(2)}
        else:
            layers[f"bn{number}"] = _norm(number)
    layers["scale5"] = Scale(0.5)
    return nn.Sequential(layers | _heads((4096,)) | {"bn6": nn.BatchNorm1d(4096, affine=False)})


def _convolution(number: int, *, grouped: bool = True, margin: int = 0) -> nn.Conv2d:
    """A convolution of AlexNet; ``margin`` is the first one's padding."""
    units = _UNITS[number - 1]
    if number == 1:
        return nn.Conv2d(3, units, 11, stride=4, padding=margin)
    size = 5 if number == 2 else 3
    groups = 2 if grouped and number in {2, 4, 5} else 1
    return nn.Conv2d(_UNITS[number - 2], units, size, padding=size // 2, groups=groups)


def _heads(units: Sequence[int]) -> OrderedDict[str, nn.Module]:
    layers: OrderedDict[str, nn.Module] = OrderedDict({"flatten": nn.Flatten()} if units else {})
    inputs = _UNITS[-1] * _SIDE**2
    for number, outputs in enumerate(units, start=6):
        layers |= {f"fc{number}": nn.Linear(inputs, outputs), f"relu{number}": nn.ReLU()}
        inputs = outputs
    return layers


def _norm(number: int) -> nn.BatchNorm2d:
    """Caffe's batch norm: mean and variance, no gain and no bias; eps of 1e-5."""
    return nn.BatchNorm2d(_UNITS[number - 1], affine=False)
