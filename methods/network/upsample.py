"""Maps of activations at the resolution of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from methods.network.receptive_field.field import ReceptiveField


def upsample(maps: Tensor, shape: tuple[int, int], field: ReceptiveField | None = None) -> Tensor:
    """Scale maps up bilinearly, each sample anchored at the centre of its receptive field.

    As Network Dissection does (Bau et al. 2017, section 2.3: "anchoring interpolants at the center of each unit's
    receptive field"). Beyond the outermost centres the nearest sample is continued, so that no value exceeds the map's
    own.

    Args:
        maps: ... x h x w.
        shape: (height, width) wanted, that of the network's input.
        field: of the layer. None, or one that sees the whole input, anchors the samples as plain resizing does
            (half-pixel centres, ``align_corners=False``).

    Returns:
        ... x height x width.
    """
    anchored = field is not None and min(field.stride) > 0
    rows, columns = (
        _weights(
            length,
            maps.shape[axis - 2],
            field.offset[axis] if anchored and field else 0.5 * length / maps.shape[axis - 2] - 0.5,
            field.stride[axis] if anchored and field else length / maps.shape[axis - 2],
        ).to(maps)
        for axis, length in enumerate(shape)
    )
    return rows @ maps @ columns.T


def _weights(length: int, samples: int, offset: float, stride: float) -> Tensor:
    """The weights, length x samples: the share of each sample, centred at ``offset + k * stride``, in each pixel."""
    at = ((torch.arange(length, dtype=torch.float64) - offset) / stride).clamp(0, samples - 1)
    return (1 - (at[:, None] - torch.arange(samples, dtype=torch.float64)).abs()).clamp(min=0)
