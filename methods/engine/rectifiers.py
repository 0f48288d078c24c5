"""Another gradient for every rectifier that a network runs, however it is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
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
_HARD: frozenset[Any] = frozenset({F.hardtanh, F.hardtanh_})
_CLAMPS: frozenset[Any] = frozenset({
    torch.clamp, torch.clamp_, Tensor.clamp, Tensor.clamp_, torch.clip, torch.clip_, Tensor.clip, Tensor.clip_,
    torch.clamp_min, torch.clamp_min_, Tensor.clamp_min, Tensor.clamp_min_,
})  # fmt: skip


class _Rectified(torch.autograd.Function):
    """max(x, 0), with a rule for its gradient."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, rule: Rule, number: int) -> Tensor:  # noqa: ANN401 (torch's own context)
        ctx.save_for_backward(value)
        ctx.rule = rule
        ctx.number = number
        return value.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 (torch's own context)
        (value,) = ctx.saved_tensors
        return ctx.rule(gradients[0], value), None, None


class rectified(TorchFunctionMode):  # noqa: N801 (it reads as a statement: `with rectified(rule):`)
    """Within it, every rectifier (ReLU and ReLU6 as modules, in place, as functions, clamp at 0) follows a rule.

    Args:
        rule: the gradient's way back through a rectifier; None leaves it as it is.
        left_out: numbers of rectifiers that let everything pass, forward too; they are numbered from 0 as they run.
    """

    def __init__(self, rule: Rule | None, *, left_out: Collection[int] = ()) -> None:
        super().__init__()
        self._rule = rule
        self._left_out = left_out
        self._runs = 0

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401 (torch's signature)
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (torch's signature)
        given = kwargs or {}
        highest = _highest(func, args, given)
        if highest is None:
            return func(*args, **given)
        value = args[0] if args else given["input"]
        number = self._runs
        self._runs += 1
        if number in self._left_out:
            return value
        if self._rule is None:
            return func(*args, **given)
        in_place = func.__name__.endswith("_") or bool(given.get("inplace"))
        output = _Rectified.apply(value.clone() if in_place else value, self._rule, number)
        if highest < math.inf:
            output = output.clamp(max=highest)
        # the network may go on with what it handed over instead of with what it is given back
        return value.copy_(output) if in_place else output


def _highest(func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> float | None:  # noqa: ANN401 (torch's function)
    """The largest value that a rectifier gives, infinity for most; None for what is no rectifier."""
    if func in _RECTIFIERS:
        return math.inf
    if func is F.relu6:
        return 6.0
    if func not in _CLAMPS | _HARD:
        return None
    names = ("input", "min_val", "max_val") if func in _HARD else ("input", "min", "max")
    _, low, high = (given.get(name, value) for name, value in zip(names, (*args, None, None, None), strict=False))
    if not isinstance(low, int | float) or low != 0:
        return None
    return math.inf if high is None else float(high)


def ordinary(gradient: Tensor, value: Tensor) -> Tensor:
    """The derivative of max(x, 0): what passed forward passes back."""
    return gradient * (value > 0)


def last_rectifiers(outputs: Iterable[Tensor]) -> frozenset[int]:
    """The numbers of the rectifiers that outputs come from directly, with no other rectifier in between.

    What is before those is what a unit that is off waits for.

    Args:
        outputs: computed within :class:`rectified`, with a gradient path.
    """
    waiting = [output.grad_fn for output in outputs]
    seen, found = set(), set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if isinstance(node, _Rectified._backward_cls):  # noqa: SLF001 (the class that torch makes of it)
            found.add(node.number)  # type: ignore[attr-defined]
        else:
            before = [before for before, _ in node.next_functions]
            # where a rectifier worked in place, what it overwrote is no way to the output
            waiting.extend(before[1:] if node.name().endswith("CopyBackwards") else before)
    return frozenset(found)
