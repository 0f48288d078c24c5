"""Receptive fields, measured: where the gradient of a position goes, for networks that no graph describes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from visualize.methods.network.receptive_field.field import ReceptiveField

_DRAWS = 6  # pictures of noise whose gradients are put together: a maximum or a rectifier hides paths in each of them
_UNEVEN = 0.25  # of a stride, by which what a neighbour tells may differ from what a farther position tells

Maps = Callable[[Tensor], Tensor]


def measured(maps: Maps, like: Tensor) -> ReceptiveField | None:
    """Measure the receptive field of a layer by the support of its gradients (Luo et al. 2016, section 3).

    The field of the middle position gives the size, that of its neighbour the stride, or that of a position farther
    away where the two differ, as behind an enlargement, of which neighbours see the same pixels. What maxima and
    rectifiers hide in all of the noise is missed, so that a field can come out a little small; it is never too large.

    Args:
        maps: from inputs (N x C x H x W) to the layer's maps (N x units x rows x columns).
        like: one input, 1 x C x H x W.

    Returns:
        The field; one that sees the whole input where the gradient reaches opposite borders; None where there is none.
    """
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(_DRAWS, *like.shape[1:], generator=generator).to(like).requires_grad_()
    with torch.enable_grad():
        output = maps(noise)
        if not output.requires_grad:
            return None
        shape = (output.shape[2], output.shape[3])
        middle = (shape[0] // 2, shape[1] // 2)
        spans = _spans(output, noise, middle)
        beside = (min(middle[0] + 1, shape[0] - 1), min(middle[1] + 1, shape[1] - 1))
        nexts = _spans(output, noise, beside)
        away = (_away(middle[0], shape[0]), _away(middle[1], shape[1]))
        fars = _spans(output, noise, away)
    if spans is None or nexts is None:
        return None
    axes = []
    for axis in (0, 1):
        steps, length = away[axis] - middle[axis], like.shape[2 + axis]
        far = None if fars is None else _stride(spans[axis], fars[axis], steps, length)
        near = float(nexts[axis][0] - spans[axis][0])
        stride = near if far is None or abs(far - near) <= _UNEVEN * max(far, near) else far
        single = beside[axis] == middle[axis]
        axes.append(_axis(*spans[axis], middle[axis], stride, length, single=single))
    (tall, down, top), (wide, across, left) = axes
    return ReceptiveField((tall, wide), (down, across), (top, left))


def _away(middle: int, length: int) -> int:
    """A position about a quarter of the map away from the middle, an even number of steps."""
    return middle + length // 8 * 2


def _stride(span: tuple[int, int], far: tuple[int, int], steps: int, length: int) -> float | None:
    """Pixels from one position to the next, as fields some steps apart tell, if no border cuts them."""
    if not steps:
        return None
    if span[0] > 0:
        return (far[0] - span[0]) / steps
    return None if far[1] == length - 1 else (far[1] - span[1]) / steps


def _spans(maps: Tensor, noise: Tensor, at: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The first and the last row, and column, of the input that all units at a position depend on together."""
    score = maps[:, :, at[0], at[1]].sum()
    (gradient,) = torch.autograd.grad(score, noise, retain_graph=True, materialize_grads=True)
    reached = gradient.abs().amax((0, 1)) > 0
    if not bool(reached.any()):
        return None
    rows, columns = (reached.any(1 - axis).nonzero().flatten().tolist() for axis in (0, 1))
    return (rows[0], rows[-1]), (columns[0], columns[-1])


def _axis(
    first: int, last: int, position: int, stride: float, length: int, *, single: bool
) -> tuple[int, float, float]:
    """Size, stride and offset along one axis; all of the axis where the field reaches both ends."""
    if (first == 0 and last == length - 1) or single:
        return length, 0.0, (length - 1) / 2
    return last - first + 1, stride, (first + last) / 2 - position * stride
