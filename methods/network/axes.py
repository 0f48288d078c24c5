"""A layer's output as maps of units, whatever order its axes have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


Layout = Literal["NCHW", "NHWC", "NTC", "MIXED"]
"""The order of an output's axes; MIXED is one in which places are out of order, as in windows: it has no map."""
_CLASS_TOKENS = (0, 1, 2, 4, 5)  # none, class, class and distillation, four registers, class and four registers
_FIRST = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d, nn.LocalResponseNorm)
_ASPECT = 0.15  # by which a map's aspect may differ from its input's, relatively


def patch_grid(tokens: int, shape: tuple[int, int]) -> tuple[int, int] | None:
    """The (rows, columns) of patches that a sequence of tokens has for an input of ``shape``, or None if none fits.

    Class, distillation and register tokens come first in the sequence and belong to no patch.
    """
    for extra in _CLASS_TOKENS:
        patches = tokens - extra
        rows = round(math.sqrt(max(patches, 0) * shape[0] / shape[1]))
        if rows and patches % rows == 0 and math.isclose(rows / (patches // rows), shape[0] / shape[1], rel_tol=0.02):
            return rows, patches // rows
    return None


def axes(shape: tuple[int, ...], size: tuple[int, int], module: nn.Module) -> Layout | None:
    """The order of the axes of an output, as far as the module and the output's shape tell; None where they do not.

    Linear layers and layer norms have their channels last. Of other outputs, two axes that have the input's aspect
    are taken for rows and columns.

    Args:
        shape: the shape of the output for one input.
        size: (height, width) of that input.
        module: the module that gave the output.
    """
    if len(shape) != 4 or isinstance(module, _FIRST):
        return None

    def fits(rows: int, columns: int) -> bool:
        return math.isclose(rows * size[1], columns * size[0], rel_tol=_ASPECT)

    if isinstance(module, nn.Linear) or (isinstance(module, nn.LayerNorm) and len(module.normalized_shape) == 1):
        return "NHWC" if fits(shape[1], shape[2]) else "MIXED"
    return "NHWC" if fits(shape[1], shape[2]) and not fits(shape[2], shape[3]) else None


def as_maps(output: Tensor, layout: Layout | None, shape: tuple[int, int]) -> Tensor | None:
    """Bring a layer's output to N x units x rows x columns.

    Args:
        output: N x C x H x W, N x H x W x C, N x tokens x C, or N x C (then rows and columns are 1).
        layout: the order of the axes; None takes four axes as NCHW and three as tokens.
        shape: (height, width) of the network's input, whose aspect the grid of tokens has.

    Returns:
        A view where possible; None for an output that has no units to speak of.
    """
    if layout == "MIXED":
        return None
    if output.dim() == 4:
        return output.permute(0, 3, 1, 2) if layout == "NHWC" else output
    if output.dim() == 2:
        return output[:, :, None, None]
    if output.dim() == 3:
        counts = patch_grid(output.shape[1], shape)
        if counts is not None:
            patches = output[:, output.shape[1] - counts[0] * counts[1] :]
            return patches.transpose(1, 2).reshape(patches.shape[0], patches.shape[2], *counts)
    return None
