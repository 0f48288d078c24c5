"""Layers before and after a rectifier."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import nn

from tests.kit.networks import SIZE
from visualize.methods.dissection.activation_site import tapped
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe


class _Rectified(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.relu = nn.LeakyReLU(0.1)
        self.deep = nn.Conv2d(4, 4, 3)
        self.last = nn.Conv2d(4, 4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.last(F.relu(self.deep(self.relu(self.norm(self.conv(x))))))
        return maps


def test_the_layer_before_or_after_a_rectifier_is_found_in_the_graph() -> None:
    probe = Probe(_Rectified(), prepare=Preparation(SIZE))
    assert tapped(probe, "conv", "as-is") == ("conv", False)
    assert tapped(probe, "conv", "after") == ("relu", False)
    assert tapped(probe, "conv", "before") == ("conv", False)
    assert tapped(probe, "relu", "before") == ("norm", False)
    assert tapped(probe, "relu", "after") == ("relu", False)
    assert tapped(probe, "deep", "after") == ("deep", True)
    for where in ("before", "after"):
        with pytest.raises(InputError, match=f"no rectifier of its own to look {where}"):
            tapped(probe, "last", where)
