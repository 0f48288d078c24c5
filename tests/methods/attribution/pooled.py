"""Network with a rectifier and pools, and its pictures, that the tests of saliency share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.kit.explained import WAYS, Pooled
from tests.kit.networks import seeded
from tests.kit.pictures import pictures
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from torch import Tensor

SIZE = (14, 18)
UNIT = Unit("block", 2)
PREPARE = Preparation(SIZE, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.25))


def pooled(way: str = "hard: module", prepare: Preparation = PREPARE) -> Probe:
    return Probe(seeded(Pooled(WAYS[way].rectify)).double(), prepare=prepare)


def shown_pictures(count: int = 3) -> Tensor:
    return pictures(count, SIZE, dtype=torch.float64)
