"""Sizes of what is measured on a GPU: as they are meant, or in miniature, to try the script where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torchvision
from torch import nn

from visualize.methods import Preparation, Probe

if TYPE_CHECKING:
    from collections.abc import Callable


def _nobody(figures: dict[str, Any]) -> None:
    pass


@dataclass(frozen=True)
class Scale:
    """Sizes of what is measured.

    Args:
        device: that networks run on.
        pictures: that are dissected.
        side: height and width of the pictures, pixels.
        units: for which pictures are made.
        steps: of gradient ascent for each picture.
        together: pictures in one run of a bare network, in a batch of ascent, and of an attribution.
        rounds: how often short works are repeated.
        budget: seconds that a dissection should take; where all pictures would take longer, fewer are looked at.
        testing: seconds after which the tests are ended.
        tests: files of tests of which those marked ``cuda`` are run; None is all that have such.
        tell: told the figures that there are as a part goes on, so that one that is ended has not worked for nothing.
    """

    device: torch.device
    pictures: int = 20_000
    side: int = 224
    units: int = 512
    steps: int = 256
    together: int = 64
    rounds: int = 11
    budget: float = 40.0
    testing: float = 105.0
    tests: tuple[str, ...] | None = None
    tell: Callable[[dict[str, Any]], None] = _nobody

    def network(self, name: str) -> tuple[nn.Module, tuple[str, ...]]:
        """A network of torchvision with random weights, and its layers that are looked at, the last one first."""
        torch.manual_seed(0)
        if name == "alexnet":
            return torchvision.models.alexnet(weights=None).eval().to(self.device), ("features.10", "features.8")
        return torchvision.models.resnet50(weights=None).eval().to(self.device), ("layer4",)

    def probe(self, name: str) -> tuple[Probe, tuple[str, ...]]:
        """A probe of :meth:`network`, and the layers."""
        network, layers = self.network(name)
        prepare = Preparation((self.side, self.side), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
        return Probe(network, prepare=prepare), layers


class Miniature(Scale):
    """Everything so small that a processor does it in seconds."""

    def __init__(self) -> None:
        super().__init__(
            torch.device("cpu"), pictures=16, side=32, units=6, steps=3, together=4, rounds=1,
            tests=("tests/methods/network/test_accelerator.py",),
        )  # fmt: skip

    def network(self, name: str) -> tuple[nn.Module, tuple[str, ...]]:
        """Three convolutions, whatever is asked for."""
        torch.manual_seed(0)
        parts = [nn.Conv2d(3, 4, 5, stride=2), nn.ReLU(), nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Conv2d(6, 4, 3)]
        return nn.Sequential(*parts).eval(), ("4", "2")[: 2 if name == "alexnet" else 1]
