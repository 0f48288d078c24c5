"""Which index of an output answers to which part of a picture, by covering one part after another: all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.kit.plain_hooks import seen_by

if TYPE_CHECKING:
    from torch import Tensor, nn

Size = tuple[int, int]


def covered(size: Size, grid: Size, *, channels: int = 3) -> Tensor:
    """A picture of noise, and then, for each cell of a grid in the order of reading, one with other noise there.

    Returns:
        (1 + rows * columns) x channels x height x width, float64.
    """
    generator = torch.Generator().manual_seed(7)
    noise, other = torch.rand(2, channels, *size, generator=generator, dtype=torch.float64)
    shown = [noise]
    tall, wide = size[0] // grid[0], size[1] // grid[1]
    for row in range(grid[0]):
        for column in range(grid[1]):
            picture = noise.clone()
            place = (..., slice(row * tall, (row + 1) * tall), slice(column * wide, (column + 1) * wide))
            picture[place] = 3 * other[place]
            shown.append(picture)
    return torch.stack(shown)


def token_of_patch(network: nn.Module, name: str, size: Size, grid: Size, *, axis: int, batch: int = 0) -> Tensor:
    """For every patch, covered alone, the index along an axis of a module's output that changes most.

    Args:
        network: in double precision; looked at by plain hooks.
        name: a module run.
        size: (height, width) of its input.
        grid: rows and columns of patches.
        axis: the axis of tokens.
        batch: the axis of pictures.

    Returns:
        rows x columns, whole numbers.
    """
    with torch.no_grad():
        output = seen_by(network, (name,), covered(size, grid))[name]
    change = (output - output.select(batch, 0).unsqueeze(batch)).square()
    others = [other for other in range(change.dim()) if other not in {axis, batch}]
    strength = change.sum(others) if others else change
    strength = strength if batch < axis else strength.T
    return strength[1:].argmax(1).view(grid)


def as_seen(output: Tensor, places: Tensor, *, axis: int, batch: int = 0) -> Tensor:
    """The tokens of patches as maps, N x units x rows x columns, gathered one by one.

    Args:
        output: three axes.
        places: rows x columns, the token of each patch.
        axis: the axis of tokens.
        batch: the axis of pictures.
    """
    (units,) = {0, 1, 2} - {axis, batch}
    columns = [torch.stack([output.select(axis, int(token)) for token in row], -1) for row in places]
    maps = torch.stack(columns, -2)  # the axes that are left of the output, then rows and columns
    return maps if batch < units else maps.transpose(0, 1)
