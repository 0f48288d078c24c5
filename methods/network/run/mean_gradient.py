"""Means over all places of a map, with a cheaper way back to the map on a CPU.

Where the mean of a map is a gate for the map itself, as in squeeze and excitation (Hu et al. 2018, equation 2), two
gradients of the map are added: one value by value, and one that is the same at all places. torch writes the second
down place by place, in another order of axes than the first has, and adding them takes as long as a convolution. Here
it stays one number for each map until it is added.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx, nn


def is_mean(pool: nn.AdaptiveAvgPool2d) -> bool:
    """Whether a pool gives one value for each map.

    Example:
        >>> is_mean(nn.AdaptiveAvgPool2d(1)), is_mean(nn.AdaptiveAvgPool2d((1, 2)))
        (True, False)
    """
    size = pool.output_size
    return size == 1 or (isinstance(size, tuple | list) and tuple(size) == (1, 1))


def lighten_means(graph: fx.Graph) -> None:
    """Have :func:`mean_of_places` compute every ``maps.mean((2, 3), keepdim=True)`` of a graph."""
    for node in graph.nodes:
        if node.op == "call_method" and node.target == "mean" and len(node.args) in {1, 2, 3}:
            axes = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim")
            kept = node.args[2] if len(node.args) > 2 else node.kwargs.get("keepdim", False)
            if kept is True and _places(axes) and "dtype" not in node.kwargs:
                node.op, node.target, node.args, node.kwargs = "call_function", mean_of_places, (node.args[0], axes), {}


def _places(axes: object) -> bool:
    return isinstance(axes, tuple | list) and tuple(axes) in {(2, 3), (-2, -1)}


class GlobalMean(nn.Module):
    """Mean over all places of each map.

    Example:
        >>> maps = torch.rand(1, 2, 3, 3, requires_grad=True)
        >>> torch.allclose(GlobalMean()(maps), nn.AdaptiveAvgPool2d(1)(maps))
        True
    """

    def forward(self, maps: Tensor) -> Tensor:
        """N x C x 1 x 1 of N x C x rows x columns."""
        return mean_of_places(maps)


def mean_of_places(maps: Tensor, axes: tuple[int, int] = (-2, -1)) -> Tensor:
    """Mean over two axes, which stay with one place each; of N x C x rows x columns they are the last two."""
    if maps.dim() != 4 or not (torch.is_grad_enabled() and maps.requires_grad):
        return maps.mean(axes, keepdim=True)
    output: Tensor = Places.apply(maps)
    return output


class Places(torch.autograd.Function):
    """Mean over the last two axes, with a gradient that takes no memory: linear, as torch's is."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:  # noqa: ANN401 (torch's own)
        """Mean of the maps."""
        ctx.size = maps.shape
        return maps.mean((-2, -1), keepdim=True)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401 (torch's own)
        """Gradient of the maps."""
        alike: Tensor = gradients[0] / (ctx.size[-2] * ctx.size[-1])
        return alike.expand(ctx.size)
