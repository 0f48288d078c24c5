"""Inversions, pictures and invertible networks that the tests of feature inversion share."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from PIL import Image
from torch import nn

from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.kit.pictures import Listed
    from visualize.methods.inversion.method import Inversion
    from visualize.methods.inversion.result import InversionResult
    from visualize.methods.pictures.images import Stack
    from visualize.methods.unit import Target

SMALL = (16, 20)


def invert(method: Inversion, probe: Probe, unit: Target, images: Stack | Listed) -> InversionResult:
    (result,) = method(probe, unit, images)
    return cast("InversionResult", result)


def natural(size: tuple[int, int] = SMALL, seed: int = 0) -> NDArray[np.uint8]:
    """A smooth picture: inversions begin with smooth noise."""
    coarse = np.random.default_rng(seed).integers(40, 216, (5, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((size[1], size[0]), Image.Resampling.BICUBIC))


def mixing(seed: int = 0) -> nn.Conv2d:
    """A 1 x 1 convolution with an orthogonal matrix: it can be undone."""
    conv = nn.Conv2d(3, 3, 1)
    with torch.no_grad():
        matrix, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed)))
        conv.weight.copy_(matrix[:, :, None, None])
        conv.bias = nn.Parameter(torch.tensor([0.1, -0.2, 0.3]))
    return conv


def linear(prepare: Preparation | None = None) -> Probe:
    return Probe(nn.Sequential(mixing()), prepare=prepare or Preparation(SMALL))
