"""Layers that Caffe's AlexNets and GoogLeNet share."""

from __future__ import annotations

from torch import nn


def pool() -> nn.MaxPool2d:
    """Largest of 3 x 3 every two pixels; the last window may hang over the edge, as Caffe rounds up."""
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def normalisation() -> nn.LocalResponseNorm:
    """Local response normalisation; Caffe divides alpha by the size of the window, and so does torch."""
    return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0)
