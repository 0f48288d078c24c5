"""Rectifiers that follow a rule, as operations in torch's graph of the way back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from visualize.methods.network.rectifiers.forms import Hard

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from visualize.methods.network.rectifiers.forms import Form
    from visualize.methods.network.rectifiers.rules import Rule

UNNUMBERED = -1
"""The number of a rectifier that is not hard: none of them holds a gradient back, so that it is left out or counted."""


class Rectified(torch.autograd.Function):
    """A rectifier as it is, with a rule for its gradient."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, form: Form, rule: Rule, number: int) -> Tensor:  # noqa: ANN401 (torch's own context)
        """The rectifier's output, and what the rule needs of it."""
        kept = None if form.keeps_output else value.clone() if form.in_place else value
        output = form.run(value)
        if form.in_place:
            ctx.mark_dirty(value)
            output = value
        ctx.save_for_backward(output if kept is None else kept)
        ctx.form, ctx.rule, ctx.number = form, rule, number
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:  # noqa: ANN401 (torch's own context)
        """The gradient as the rule has it; zero where a largest value was reached."""
        (kept,) = ctx.saved_tensors
        result = ctx.rule(gradients[0], ctx.form, kept)
        if isinstance(ctx.form, Hard) and ctx.form.ceiling < math.inf:
            result = result * (kept < ctx.form.ceiling)
        return result, None, None, None


class Straight(torch.autograd.Function):
    """An operation whose gradient passes as if it were not there."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, run: Callable[[Tensor], Tensor]) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        """The output of the operation."""
        return run(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401, ARG004 (torch's own context)
        """The gradient behind the operation, unchanged."""
        return gradients[0], None
