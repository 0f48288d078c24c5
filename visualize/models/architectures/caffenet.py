"""CaffeNet: AlexNet (Krizhevsky et al. 2012) with pooling before normalisation, as Caffe's reference model has it."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from visualize.models.architectures.caffe_layers import normalisation, pool


def caffenet(classes: int = 1000) -> nn.Module:
    """CaffeNet with its layers named as in Caffe: conv1, relu1, pool1, lrn1, conv2 ... pool5, fc6 ... fc8.

    Input: N x 3 x 227 x 227; maps of 55, 27, 13, 13, 13. Output: N x ``classes`` before softmax. Pools round up as
    in Caffe (at 227 pixels nothing is left to round). ``convN`` is what the convolution gives, ``reluN`` what
    NetDissect measured, for Caffe rectifies in place.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = nn.Conv2d(3, 96, 11, stride=4)
    layers["relu1"] = nn.ReLU()
    layers["pool1"] = pool()
    layers["lrn1"] = normalisation()
    layers["conv2"] = nn.Conv2d(96, 256, 5, padding=2, groups=2)
    layers["relu2"] = nn.ReLU()
    layers["pool2"] = pool()
    layers["lrn2"] = normalisation()
    layers["conv3"] = nn.Conv2d(256, 384, 3, padding=1)
    layers["relu3"] = nn.ReLU()
    layers["conv4"] = nn.Conv2d(384, 384, 3, padding=1, groups=2)
    layers["relu4"] = nn.ReLU()
    layers["conv5"] = nn.Conv2d(384, 256, 3, padding=1, groups=2)
    layers["relu5"] = nn.ReLU()
    layers["pool5"] = pool()
    layers["flatten"] = nn.Flatten()
    layers["fc6"] = nn.Linear(256 * 6 * 6, 4096)
    layers["relu6"] = nn.ReLU()
    layers["dropout6"] = nn.Dropout()
    layers["fc7"] = nn.Linear(4096, 4096)
    layers["relu7"] = nn.ReLU()
    layers["dropout7"] = nn.Dropout()
    layers["fc8"] = nn.Linear(4096, classes)
    return nn.Sequential(layers)
