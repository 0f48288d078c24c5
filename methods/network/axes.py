"""A layer's output as maps of units, whatever order its axes have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

if TYPE_CHECKING:
    from torch import Tensor


Layout = Literal["NCHW", "NHWC", "NTC", "NCT", "TNC", "MIXED"]
"""An order of axes as it can be stated; MIXED is one in which places are out of order, as in windows: it has no map."""


@dataclass(frozen=True)
class Grid:
    """The patches that the tokens of a sequence stand for.

    Args:
        size: (rows, columns) of patches for an input of ``inputs``.
        inputs: (height, width) of the input for which it was found.
        front: tokens of no patch, in front of those of patches.
        back: such tokens behind them.
        middle: (patches in front of them, how many) of such tokens among the patches.
        down: whether the tokens go column by column, and not row by row.

    Example:
        >>> Grid((14, 14), (224, 224), front=1).places(197, (224, 224)).shape
        torch.Size([14, 14])
    """

    size: tuple[int, int]
    inputs: tuple[int, int]
    front: int = 0
    back: int = 0
    middle: tuple[int, int] = (0, 0)
    down: bool = False

    def places(self, tokens: int, shape: tuple[int, int]) -> Tensor | None:
        """The token of each patch, rows x columns of indices, for an input of ``shape``; None where it is not known."""
        patches = tokens - self.front - self.back - self.middle[1]
        size = self.size if shape == self.inputs else self._scaled(patches, shape)
        if size is None or size[0] * size[1] != patches or (self.middle[1] and size != self.size):
            return None
        order = torch.arange(patches)
        order = self.front + order + (order >= self.middle[0]) * self.middle[1]
        return order.view(size[1], size[0]).T if self.down else order.view(size)

    def _scaled(self, patches: int, shape: tuple[int, int]) -> tuple[int, int] | None:
        """Rows and columns for another input, which they follow in step."""
        rows = self.size[0] * shape[0] / self.inputs[0]
        columns = self.size[1] * shape[1] / self.inputs[1]
        near = [(tall, wide) for tall in _around(rows) for wide in _around(columns) if tall * wide == patches]
        return min(near, key=lambda size: abs(size[0] - rows) + abs(size[1] - columns), default=None)


@dataclass(frozen=True)
class Axes:
    """The order of the axes of a layer's output, or the reason why it has no map.

    Args:
        order: a letter for each axis: N pictures, C units, H rows, W columns, T tokens, 1 an axis of length 1; ""
            where the output has no map.
        grid: the patches of the tokens, where there are tokens.
        reason: why there is no map, as the end of a sentence.
        undecided: the reason is only that no experiment could tell.

    Example:
        >>> as_maps(torch.zeros(2, 6, 8, 3), Axes("NHWC"), (48, 64)).shape
        torch.Size([2, 3, 6, 8])
    """

    order: str = ""
    grid: Grid | None = None
    reason: str = ""
    undecided: bool = False


CHANNELS_FIRST, FEATURES = Axes("NCHW"), Axes("NC")
"""Axes of convolutions, and those of outputs without places."""


def patch_grid(tokens: int, shape: tuple[int, int]) -> tuple[int, int] | None:
    """The (rows, columns) of patches that so many tokens, none of them without a patch, could have; None if none fits.

    A guess that an experiment has to confirm.

    Args:
        tokens: how many there are.
        shape: (height, width) of the input, whose aspect the grid has.
    """
    rows = round(math.sqrt(max(tokens, 0) * shape[0] / shape[1]))
    if rows and tokens % rows == 0 and math.isclose(rows / (tokens // rows), shape[0] / shape[1], rel_tol=0.02):
        return rows, tokens // rows
    return None


def as_maps(output: Tensor, axes: Axes, shape: tuple[int, int]) -> Tensor | None:
    """Bring a layer's output to N x units x rows x columns.

    Args:
        output: in any order of axes.
        axes: the order.
        shape: (height, width) of the network's input.

    Returns:
        A view where possible; None for an output that has no map, or whose places are not known for this size.
    """
    order = axes.order
    if not order or output.dim() != len(order):
        return None
    if "C" not in order:
        output, order = output.unsqueeze(-1), f"{order}C"
    output = output.permute(*sorted(range(len(order)), key=lambda axis: "NCTHW1".index(order[axis])))
    if axes.grid is not None:
        output = output.flatten(2)
        places = axes.grid.places(output.shape[2], shape)
        return None if places is None else _gathered(output, places)
    if "H" in order:
        return output.flatten(3) if "1" in order else output
    return output.reshape(*output.shape[:2], 1, 1) if output[:1, :1].numel() == 1 else None


def _gathered(output: Tensor, places: Tensor) -> Tensor:
    """The tokens of patches as maps; a view where they lie one after another."""
    first, count = int(places[0, 0]), places.numel()
    if torch.equal(places.flatten(), torch.arange(first, first + count)):
        return output[:, :, first : first + count].unflatten(2, tuple(places.shape))  # type: ignore[no-untyped-call,no-any-return]
    return output[:, :, places.to(output.device)]


def _around(value: float) -> set[int]:
    return {max(1, math.floor(value) + step) for step in (-1, 0, 1, 2)}
