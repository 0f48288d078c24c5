"""The trunk that every supervision trains: conv1 to conv5 of scenes-alexnet, with helpers that are folded in.

Batch norm after each convolution makes training fast, and a fixed mixing of the colours hides some from the network.
Both are linear once training is over, so :func:`plain` folds them into the convolutions: what is shipped is the plain
trunk, and it computes the same.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from visualize.models.architectures.scenes_alexnet import MEAN, STD, scenes_trunk

UNITS = 80
"""Units of conv5."""

_LUMA = (0.299, 0.587, 0.114)  # weights of red, green, blue in a grey picture (ITU-R BT.601)


def training_trunk(seed: int, colours: Tensor | None = None) -> nn.Sequential:
    """The trunk as it is trained: colours mixed, a batch norm after each convolution; up to relu5.

    Args:
        seed: seed of the weights that it starts with, those of ``scenes_trunk(seed=seed)``.
        colours: 3 x 3, what the prepared red, green and blue become; None leaves them as they are.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if colours is not None:
        mixing = nn.Conv2d(3, 3, 1, bias=False).requires_grad_(requires_grad=False)
        mixing.weight.copy_(colours.view(3, 3, 1, 1))
        layers["colours"] = mixing
    for name, module in _up_to_relu5(scenes_trunk(seed=seed)).named_children():
        layers[name] = module
        if isinstance(module, nn.Conv2d):
            layers[name.replace("conv", "norm")] = nn.BatchNorm2d(module.out_channels)
    return nn.Sequential(layers)


def plain_trunk() -> nn.Sequential:
    """The trunk as it is shipped, up to relu5."""
    return _up_to_relu5(scenes_trunk())


def plain(trunk: nn.Sequential) -> nn.Sequential:
    """The trunk with its batch norms and its mixing of colours folded into the convolutions.

    Args:
        trunk: one of :func:`training_trunk`, which is left as it is.

    Returns:
        the trunk of :func:`plain_trunk` with weights that compute the same in evaluation mode.
    """
    folded = plain_trunk().eval()
    modules = dict(trunk.eval().named_children())
    for name, module in folded.named_children():
        if isinstance(module, nn.Conv2d):
            convolution, norm = modules[name], modules[name.replace("conv", "norm")]
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module.load_state_dict(fuse_conv_bn_eval(convolution, norm).state_dict())
    if "colours" in modules:
        first = folded.get_submodule("conv1")
        mixing = modules["colours"].get_parameter("weight")[:, :, 0, 0]
        with torch.no_grad():
            first.get_parameter("weight").copy_(torch.einsum("oihw,ik->okhw", first.get_parameter("weight"), mixing))
    return folded


def luma() -> Tensor:
    """The mixing that leaves grey alone: each channel becomes the brightness, in ITU-R BT.601's weights."""
    weights = torch.tensor(_LUMA) * torch.tensor(STD)
    return weights.repeat(3, 1) / torch.tensor(STD).mean()


def without_green_magenta() -> Tensor:
    """The projection of Doersch et al. 2015: the axis from magenta to green, which lenses shift, is taken out.

    Colours c become c B with B = I - a a' / (a' a), a = (-1, 2, -1); here for prepared colours.
    """
    axis, std = torch.tensor([-1.0, 2.0, -1.0]), torch.tensor(STD)
    projection = torch.eye(3) - torch.outer(axis, axis) / axis.dot(axis)
    return projection * std / std[:, None]


def prepared(pictures: Tensor, level: Tensor | float = 1.0) -> Tensor:
    """Bytes to the network's input; ``level`` makes them lighter or darker."""
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    values = pictures.contiguous(memory_format=torch.channels_last).float()
    return values * (level / (255 * std)) - mean / std


def _up_to_relu5(trunk: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict((name, module) for name, module in trunk.named_children() if name != "pool5"))
