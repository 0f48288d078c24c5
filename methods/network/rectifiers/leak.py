"""A leak through closed rectifiers, so that a unit that is off can be woken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from methods.network.rectifiers.kinds import Hard
from methods.network.rectifiers.rules import ordinary

if TYPE_CHECKING:
    from typing import Any

    from torch import Tensor

    from methods.network.rectifiers.kinds import Form


class Leak:
    """A rule of rectifiers: the derivative, but where a hard one is off a part of the gradient passes all the same.

    Those that are soft or leaky by themselves hold nothing back and keep their derivative.

    Args:
        slope: that part.
    """

    def __init__(self, slope: float) -> None:
        self.slope = slope
        self.needed = False
        """Whether a hard rectifier was met so far."""

    def __call__(self, gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
        """From the gradient behind a rectifier to the one before it."""
        if not isinstance(form, Hard):
            return ordinary(gradient, form, kept)
        self.needed = True
        backward: Any = torch.ops.aten.leaky_relu_backward
        found: Tensor = backward(gradient, kept, self.slope, False)
        return found
