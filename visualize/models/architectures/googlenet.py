"""GoogLeNet as Caffe has it: no batch norm, local response normalisation, pools that round up."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from visualize.models.architectures.caffe_layers import normalisation, pool

# block: channels in, then out of 1x1, 3x3_reduce, 3x3, 5x5_reduce, 5x5, pool_proj (Szegedy et al. 2015, table 1)
_BLOCKS = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}
_POOL_AFTER = {"3b": "pool3", "4e": "pool4"}


def googlenet(classes: int = 1000) -> nn.Module:
    """GoogLeNet (Szegedy et al. 2015, table 1), its layers named as in Caffe with a dot for the slash.

    ``conv1.7x7_s2`` is what the convolution gives, ``inception_4e`` the concatenation that Caffe calls
    ``inception_4e/output``. Input: N x 3 x 224 x 224. Output: N x ``classes`` before softmax, without the two auxiliary
    classifiers of training.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = _part({"7x7_s2": nn.Conv2d(3, 64, 7, 2, 3), "relu_7x7": nn.ReLU()})
    layers["pool1"] = _part({"3x3_s2": pool(), "norm1": normalisation()})
    layers["conv2"] = _part(
        {
            "3x3_reduce": nn.Conv2d(64, 64, 1),
            "relu_3x3_reduce": nn.ReLU(),
            "3x3": nn.Conv2d(64, 192, 3, padding=1),
            "relu_3x3": nn.ReLU(),
            "norm2": normalisation(),
        }
    )
    layers["pool2"] = pool()
    for block, channels in _BLOCKS.items():
        layers[f"inception_{block}"] = Inception(*channels)
        if block in _POOL_AFTER:
            layers[_POOL_AFTER[block]] = pool()
    layers["pool5"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    layers["dropout"] = nn.Dropout(0.4)
    layers["loss3"] = _part({"classifier": nn.Linear(1024, classes)})
    return nn.Sequential(layers)


class Inception(nn.Module):
    """Four branches side by side, whose children carry Caffe's names.

    Args:
        inputs: channels of the input.
        out1: channels of the 1x1 branch.
        reduce3: channels before the 3x3 convolution.
        out3: channels of the 3x3 branch.
        reduce5: channels before the 5x5 convolution.
        out5: channels of the 5x5 branch.
        pooled: channels of the pooling branch.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (the seven numbers of a row of the paper's table)
        self, inputs: int, out1: int, reduce3: int, out3: int, reduce5: int, out5: int, pooled: int
    ) -> None:
        super().__init__()
        self._branches = (
            ("1x1", "relu_1x1"),
            ("3x3_reduce", "relu_3x3_reduce", "3x3", "relu_3x3"),
            ("5x5_reduce", "relu_5x5_reduce", "5x5", "relu_5x5"),
            ("pool", "pool_proj", "relu_pool_proj"),
        )
        layers: dict[str, nn.Module] = {
            "1x1": nn.Conv2d(inputs, out1, 1),
            "3x3_reduce": nn.Conv2d(inputs, reduce3, 1),
            "3x3": nn.Conv2d(reduce3, out3, 3, padding=1),
            "5x5_reduce": nn.Conv2d(inputs, reduce5, 1),
            "5x5": nn.Conv2d(reduce5, out5, 5, padding=2),
            "pool": nn.MaxPool2d(3, 1, 1, ceil_mode=True),
            "pool_proj": nn.Conv2d(inputs, pooled, 1),
        }
        for name in (name for branch in self._branches for name in branch):
            self.add_module(name, layers.get(name) or nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """N x inputs x H x W -> N x (out1 + out3 + out5 + pooled) x H x W."""
        outputs = []
        for branch in self._branches:
            value = x
            for name in branch:
                value = self.get_submodule(name)(value)
            outputs.append(value)
        return torch.cat(outputs, 1)


def _part(layers: dict[str, nn.Module]) -> nn.Sequential:
    return nn.Sequential(OrderedDict(layers))
