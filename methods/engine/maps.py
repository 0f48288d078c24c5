"""A layer's output as maps of units, whatever order its axes have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Layout = Literal["NCHW", "NHWC", "NTC"]
_CLASS_TOKENS = (0, 1, 2, 5)  # none, class, class and distillation, class and four registers


def grid(tokens: int, shape: tuple[int, int]) -> tuple[int, int] | None:
    """The (rows, columns) of patches that a sequence of tokens has for an input of ``shape``, or None if none fits.

    Class, distillation and register tokens come first in the sequence and belong to no patch.
    """
    for extra in _CLASS_TOKENS:
        patches = tokens - extra
        rows = round(math.sqrt(max(patches, 0) * shape[0] / shape[1]))
        if rows and patches % rows == 0 and math.isclose(rows / (patches // rows), shape[0] / shape[1], rel_tol=0.02):
            return rows, patches // rows
    return None


def as_maps(output: Tensor, layout: Layout | None, shape: tuple[int, int]) -> Tensor | None:
    """Bring a layer's output to N x units x rows x columns.

    Args:
        output: N x C x H x W, N x H x W x C, N x tokens x C, or N x C (then rows and columns are 1).
        layout: the order of the axes; None takes four axes as NCHW and three as tokens.
        shape: (height, width) of the network's input, whose aspect the grid of tokens has.

    Returns:
        A view where possible; None for an output that has no units to speak of.
    """
    if output.dim() == 4:
        return output.permute(0, 3, 1, 2) if layout == "NHWC" else output
    if output.dim() == 2:
        return output[:, :, None, None]
    if output.dim() == 3:
        found = grid(output.shape[1], shape)
        if found is not None:
            patches = output[:, output.shape[1] - found[0] * found[1] :]
            return patches.transpose(1, 2).reshape(patches.shape[0], patches.shape[2], *found)
    return None
