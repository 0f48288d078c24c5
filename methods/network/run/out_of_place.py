"""Activations that overwrite what they are given, where their way back needs just that.

Of some activations torch keeps the input for the way back, so that working in place first copies it: the copy costs as
much as the activation, and saves no memory. Those write their output anew where a gradient is asked for, and work in
place where none is.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

COPYING = (nn.ReLU6, nn.Hardtanh, nn.SiLU, nn.Hardswish, nn.Hardsigmoid, nn.Mish)
"""Modules of which torch copies the input when they work in place and a gradient is asked for."""


class OutOfPlace(nn.Module):
    """An activation in place, and out of place on the way to a gradient.

    Args:
        activation: of one of the classes :data:`COPYING`, in place.

    Example:
        >>> maps = torch.tensor([-1.0, 2.0])
        >>> OutOfPlace(nn.SiLU(inplace=True))(maps.requires_grad_() * 1).detach()
        tensor([-0.2689,  1.7616])
    """

    def __init__(self, activation: nn.Module) -> None:
        super().__init__()
        self.activation, self.anew = activation, copy.copy(activation)
        self.anew.inplace = False  # type: ignore[assignment]

    def forward(self, maps: Tensor) -> Tensor:
        """Output of the activation."""
        wanted = torch.is_grad_enabled() and maps.requires_grad
        return (self.anew if wanted else self.activation)(maps)  # type: ignore[no-any-return]
