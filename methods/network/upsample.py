"""Maps of activations at the resolution of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from visualize.methods.network.receptive_field.sampling import places

if TYPE_CHECKING:
    from torch import Tensor

    from visualize.methods.network.receptive_field.field import ReceptiveField


def upsample(maps: Tensor, shape: tuple[int, int], field: ReceptiveField | None = None) -> Tensor:
    """Scale maps up bilinearly, each sample anchored at the centre of its receptive field.

    As Network Dissection does (Bau et al. 2017, section 2.3: "anchoring interpolants at the center of each unit's
    receptive field"). Beyond the outermost centres the nearest sample is continued, so that no value exceeds the map's
    own.

    Args:
        maps: ... x h x w.
        shape: (height, width) wanted, that of the network's input.
        field: the receptive field of the layer. None, or one that sees the whole input, anchors the samples
            as plain resizing does (half-pixel centres, ``align_corners=False``).

    Returns:
        ... x height x width.
    """
    size = (maps.shape[-2], maps.shape[-1])
    rows, columns = (
        _weights(at, samples).to(maps) for at, samples in zip(places(shape, size, shape, field), size, strict=True)
    )
    return rows @ maps @ columns.T


def _weights(at: Tensor, samples: int) -> Tensor:
    """The share of each sample in each pixel, pixels x samples."""
    return (1 - (at[:, None] - torch.arange(samples, dtype=torch.float64)).abs()).clamp(min=0)
