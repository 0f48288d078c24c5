"""Where pixels lie between the samples of a map: the geometry of scaling a map up bilinearly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from visualize.methods.network.receptive_field.field import ReceptiveField


def places(
    pixels: tuple[int, int], samples: tuple[int, int], inputs: tuple[int, int], field: ReceptiveField | None
) -> tuple[Tensor, Tensor]:
    """Where the rows and the columns of a picture lie among those of a map.

    A sample lies at the centre of its receptive field (Bau et al. 2017, section 2.3). The picture shows what the input
    shows, at a size of its own: pixel r of it has its centre at input coordinate ``(r + 0.5) * inputs / pixels - 0.5``.

    Args:
        pixels: rows and columns of the picture.
        samples: rows and columns of the map.
        inputs: rows and columns of the network's input.
        field: the receptive field of the layer. None, or one that sees the whole input, has the samples lie as
            plain resizing does (half-pixel centres, ``align_corners=False``).

    Returns:
        For every row, and every column, its place, float64: 0 is the first sample, 1 the second, 1.25 nearer to that
        than to the third. Beyond the outermost centres it is the outermost sample's.
    """
    anchored = None if field is None or field.whole else field
    rows, columns = (_along(pixels[axis], samples[axis], inputs[axis], anchored, axis) for axis in (0, 1))
    return rows, columns


def _along(pixels: int, samples: int, inputs: int, field: ReceptiveField | None, axis: int) -> Tensor:
    """The places of one axis, rounded once.

    Sizes, strides and offsets are whole or half numbers, so that both sides of the division are exact. A pixel that
    lies on a sample takes that sample, and not a trace of its neighbours.
    """
    across, offset, stride = (inputs, field.offset[axis], field.stride[axis]) if field else (samples, 0.0, 1.0)
    doubled = (2 * torch.arange(pixels, dtype=torch.float64) + 1) * across - pixels * (1 + 2 * offset)
    return (doubled / (2 * pixels * stride)).clamp(0, samples - 1)
