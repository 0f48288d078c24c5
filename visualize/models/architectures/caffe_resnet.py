"""ResNets as their authors' Caffe models have them, under torchvision's names of layers."""

from __future__ import annotations

from torch import nn

from visualize.models.sources.torchvision import network


def caffe_resnet(name: str, num_classes: int = 1000) -> nn.Module:
    """A ResNet of torchvision with the three differences of the Caffe release (He et al. 2016, arXiv:1512.03385).

    The first 1x1 convolution of a stage strides, not the 3x3 after it; the first pool has no padding and rounds up; the
    network ends in the same average over the last map.

    Args:
        name: torchvision's name of a network of bottlenecks: "resnet50", "resnet101" or "resnet152".
        num_classes: number of outputs.
    """
    built = network(name, num_classes=num_classes)
    built.maxpool = nn.MaxPool2d(3, 2, ceil_mode=True)
    for stage in (2, 3, 4):
        first = built.get_submodule(f"layer{stage}.0")
        for part, stride in (("conv1", 2), ("conv2", 1)):
            convolution = first.get_submodule(part)
            if isinstance(convolution, nn.Conv2d):
                convolution.stride = (stride, stride)
    return built
