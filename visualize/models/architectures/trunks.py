"""ResNet50 with the heads of self-supervised training in place of a classifier."""

from __future__ import annotations

from torch import nn

from visualize.models.sources.torchvision import network

_FEATURES, _PROJECTED = 2048, 128


def resnet50(head: str = "") -> nn.Module:
    """The ResNet50 of torchvision with another head.

    Args:
        head: "" for no head (the output is the 2048 averaged features), "linear" for one layer to 128 (MoCo v1), or
            "mlp" for two (MoCo v2).
    """
    built = network("resnet50")
    heads: dict[str, nn.Module] = {
        "": nn.Identity(),
        "linear": nn.Linear(_FEATURES, _PROJECTED),
        "mlp": nn.Sequential(nn.Linear(_FEATURES, _FEATURES), nn.ReLU(), nn.Linear(_FEATURES, _PROJECTED)),
    }
    built.fc = heads[head]
    return built
