"""Pictures of noise in which small blocks are changed, and how strongly each index of each axis of an output answers.

Zeiler and Fergus 2014 (section 4.2) cover a part of a picture and look at what changes; here the part is one small
block, and what is looked for is where in the output the change is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

_SHORT = 8  # places of an axis, of which the mean is not yet of many
_AMPLITUDE = 3  # of what is put into a block, where the rest of the picture has 1


@dataclass(frozen=True)
class Block:
    """A small square of the input, in pixels: top, left and side."""

    top: int
    left: int
    side: int


def blocks(coarse: tuple[int, int], finest: tuple[int, int], shape: tuple[int, int]) -> list[Block]:
    """Where pictures are changed: each block lies within one cell of the coarse grid, and within one of the finest.

    The first five are the first and the last cell, the two in the middle of the order of reading, between which extra
    tokens may stand, and one off the diagonal, which tells rows from columns. The others lie between these.

    Args:
        coarse: (rows, columns) of the coarsest grid in question.
        finest: those of the finest.
        shape: (height, width) of the input.
    """
    rows, columns = coarse
    middle = rows * columns // 2
    cells = [
        (0, 0),
        divmod(max(middle - 1, 0), columns),
        divmod(middle, columns),
        (rows - 1, columns - 1),
        (rows // 4, 3 * columns // 4),
        (3 * rows // 4, columns // 4),
        (rows // 4, columns // 3),
        (5 * rows // 8, 7 * columns // 8),
        (7 * rows // 8, columns // 2),
    ]
    cell = min(shape[0] // finest[0], shape[1] // finest[1])
    side = max(1, 3 * cell // 4)  # from the corner: nearer to the middle of its own cell than of the next one's,
    # whether that lies in the middle of its pixels, as of patches, or on the first one, as where convolutions stride
    return [Block(row * shape[0] // rows, column * shape[1] // columns, side) for row, column in cells]


def changed(like: Tensor, places: Sequence[Block]) -> Tensor:
    """A picture of noise, and a copy of it for each block, in which that block is changed.

    Args:
        like: one input, 1 x C x H x W.
        places: M blocks.

    Returns:
        (1 + M) x C x H x W.
    """
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(1, *like.shape[1:], generator=generator)
    other = torch.randn(1, *like.shape[1:], generator=generator) * _AMPLITUDE
    pictures = noise.repeat(1 + len(places), 1, 1, 1)
    for picture, block in zip(pictures[1:], places, strict=True):
        rows, columns = slice(block.top, block.top + block.side), slice(block.left, block.left + block.side)
        picture[:, rows, columns] = other[0, :, rows, columns]
    return pictures.to(like)


def answers(outputs: Tensor, axis: int) -> list[Tensor]:
    """How strongly every index of every other axis changes, summed over the rest.

    What changes alike along the whole of a long axis, as the output of attention that looks everywhere does, is left
    out: it says nothing of places.

    Args:
        outputs: of the pictures that :func:`changed` gives.
        axis: the axis of the pictures.

    Returns:
        For each other axis M x length, float64 on the CPU: sums of squared differences. What is not finite counts as
        no change.
    """
    outputs = outputs.movedim(axis, 0)
    outputs = outputs if outputs.is_floating_point() or outputs.is_complex() else outputs.float()
    change = (outputs[1:] - outputs[:1]).nan_to_num_(0, 0, 0)
    sums = []
    for kept in range(1, change.dim()):
        others = [other for other in range(1, change.dim()) if other != kept]
        own = change - change.mean(kept, keepdim=True) if change.shape[kept] > _SHORT else change
        energy = (own.abs() if own.is_complex() else own).float().square()
        sums.append((energy.sum(others) if others else energy).double().cpu())
    return sums
