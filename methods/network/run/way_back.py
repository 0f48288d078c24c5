"""The way back through a network from signals at several outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Pull(torch.autograd.Function):
    """Number whose gradients with respect to some outputs are the signals."""

    @staticmethod
    def forward(ctx: Any, signals: Sequence[Tensor], *outputs: Tensor) -> Tensor:  # noqa: ANN401 (torch's)
        ctx.signals = signals
        return outputs[0].new_zeros((), dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401 (torch's)
        return (None, *ctx.signals)


def way_back(outputs: Sequence[Tensor], leaf: Tensor, signals: Sequence[Tensor]) -> Tensor | None:
    """Gradient of the sum of outputs x signals, as ``torch.autograd.grad(outputs, leaf, signals)`` gives it.

    To compare shapes that may be unknown, which none is here, torch's own function loads a library of algebra at the
    first signal that it is given: most of a second at the start of every process that follows a gradient.

    Args:
        outputs: at least one, each of which requires a gradient.
        leaf: what the gradient is taken with respect to.
        signals: one for each output, of its shape.

    Returns:
        None if no way leads from the outputs to the leaf.

    Example:
        >>> leaf = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> way_back([3 * leaf, leaf**2], leaf, [torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])])
        tensor([3., 4.])
    """
    with torch.enable_grad():
        pulled: Tensor = _Pull.apply(tuple(signals), *outputs)
    gradient: Tensor | None = torch.autograd.grad(pulled, leaf, allow_unused=True)[0]
    return gradient
