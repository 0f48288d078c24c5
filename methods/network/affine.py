"""One matrix product for a picture's order of channels, scale and offset, and one on the way back."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

Rows = tuple[tuple[float, ...], ...]


def affine(pictures: Tensor, matrix: Rows, offset: Rows) -> Tensor:
    """``matrix @ pictures + offset`` over the channels; differentiable once.

    Args:
        pictures: N x 3 x H x W.
        matrix: C x 3.
        offset: C x 1.

    Returns:
        N x C x H x W.
    """
    constants = _constants(matrix, offset, pictures.dtype, pictures.device)
    prepared: Tensor = _Affine.apply(pictures, *constants)
    return prepared


@functools.lru_cache(maxsize=64)
def _constants(matrix: Rows, offset: Rows, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    with torch.inference_mode(mode=False):  # they must serve gradients later
        return torch.tensor(matrix, dtype=dtype, device=device), torch.tensor(offset, dtype=dtype, device=device)


class _Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pictures: Tensor, matrix: Tensor, offset: Tensor) -> Tensor:  # noqa: ANN401 (torch's own)
        ctx.matrix = matrix
        flat = pictures.flatten(2)
        prepared = torch.baddbmm(offset, matrix.expand(len(flat), -1, -1), flat)
        return prepared.reshape(len(flat), len(matrix), *pictures.shape[2:])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own context)
        # networks that run channels-last hand their gradient back so; copied first, the product takes half the time
        gradient = gradients[0].contiguous()
        back = torch.matmul(ctx.matrix.T, gradient.flatten(2))
        return back.reshape(len(back), -1, *gradient.shape[2:]), None, None
