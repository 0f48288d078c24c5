"""Another gradient for every rectifier that a network runs, however it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor
from torch.overrides import TorchFunctionMode

Rule = Callable[[Tensor, Tensor], Tensor]
"""From the gradient behind a rectifier and the rectifier's input to the gradient before it."""

_RECTIFIERS: frozenset[Any] = frozenset({
    F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_,
})  # fmt: skip
_CLAMPS: frozenset[Any] = frozenset({torch.clamp, Tensor.clamp, Tensor.clamp_, torch.clamp_min, Tensor.clamp_min})


class _Rectified(torch.autograd.Function):
    """max(x, 0), with a rule for its gradient."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, rule: Rule) -> Tensor:  # noqa: ANN401 (torch's own context)
        ctx.save_for_backward(value)
        ctx.rule = rule
        return value.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 (torch's own context)
        (value,) = ctx.saved_tensors
        return ctx.rule(gradients[0], value), None


class rectified(TorchFunctionMode):  # noqa: N801 (it reads as a statement: `with rectified(rule):`)
    """Within it, every rectifier (ReLU as a module, in place, as a function or method, clamp at 0) follows a rule.

    Args:
        rule: the gradient's way back through a rectifier.
    """

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self._rule = rule

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None  # noqa: ANN401, ARG002
    ) -> Any:  # noqa: ANN401 (torch's signature)
        given = dict(kwargs or {})
        if func in _RECTIFIERS or (func in _CLAMPS and _at_zero(args, given)):
            value = args[0] if args else given["input"]
            return _Rectified.apply(value, self._rule)  # type: ignore[no-untyped-call]
        return func(*args, **given)


def _at_zero(args: tuple[Any, ...], given: Mapping[str, Any]) -> bool:
    bounds = dict(zip(("input", "min", "max"), args, strict=False)) | given
    return bounds.get("max") is None and isinstance(bounds.get("min"), int | float) and bounds["min"] == 0


def let_through(gradient: Tensor, value: Tensor) -> Tensor:
    """Let pass, even where the rectifier is off, what would switch it on (a descent step moves against the gradient)."""
    return torch.where((value > 0) | (gradient < 0), gradient, torch.zeros_like(gradient))
