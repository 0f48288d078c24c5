"""Another gradient for every rectifier that a network runs, however it is written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor
from torch.overrides import TorchFunctionMode

from methods.network.rectifiers.composed import Tape
from methods.network.rectifiers.kinds import Composed, Form, Hard, Leaky, recognised
from methods.network.rectifiers.rules import deconvolution, ordinary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from methods.network.rectifiers.rules import Rule


class _Rectified(torch.autograd.Function):
    """A rectifier as it is, with a rule for its gradient."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, form: Form, rule: Rule, number: int) -> Tensor:  # noqa: ANN401 (torch's own context)
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
        (kept,) = ctx.saved_tensors
        found = ctx.rule(gradients[0], ctx.form, kept)
        if isinstance(ctx.form, Hard) and ctx.form.ceiling < math.inf:
            found = found * (kept < ctx.form.ceiling)
        return found, None, None, None


class _Straight(torch.autograd.Function):
    """An operation whose gradient passes as if it were not there."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, run: Callable[[Tensor], Tensor]) -> Tensor:  # noqa: ANN401, ARG004 (torch's own context)
        return run(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401, ARG004 (torch's own context)
        return gradients[0], None


class rectified(TorchFunctionMode):  # noqa: N801 (it reads as a statement: `with rectified(rule):`)
    """Within it, every rectifier follows a rule: as module, in place, as function, as method of a tensor.

    Hard ones are ReLU, ReLU6, ``clamp`` and ``hardtanh`` from 0, ``threshold`` at 0 and the maximum with zeros, of
    which a largest value keeps its own derivative (0); leaky ones LeakyReLU, PReLU and RReLU; smooth ones ELU, SELU,
    CELU, GELU, SiLU, Mish, hardswish and softplus. One that is put together from other operations (``x * x.sigmoid()``,
    ``torch.where(x > 0, x, 0)``) is known by what it does to values far from zero. What torch runs out of sight, in
    TorchScript or in an operation with a gradient of its own, keeps that gradient: see
    :func:`~methods.network.rectifiers.reach.out_of_reach`.

    The rule is for gradients that are asked for after the block.

    Args:
        rule: the gradient's way back through a rectifier; None leaves it as it is.
        left_out: numbers of hard rectifiers that let everything pass, forward too; they are numbered from 0 as they
            run.
    """

    def __init__(self, rule: Rule | None, *, left_out: Collection[int] = ()) -> None:
        super().__init__()
        self._rule = rule
        self._left_out = left_out
        self._runs = 0
        self._tape = None if rule is None or rule is ordinary else Tape()

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401 (torch's signature)
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 (torch's signature)
        given = kwargs or {}
        if func is F.local_response_norm and self._rule is deconvolution:
            return _straight(func, args, given)
        call = None if self._tape is None else self._tape.read(func, args, given)
        found = recognised(func, args, given) or (None if call is None else call.rectifier())
        output = func(*args, **given) if found is None else self._rectify(func, args, given, found)
        if self._tape is not None and not (found and _ends(found[1])):
            self._tape.note(call, output, rectifies=found is not None)
        return output

    def _rectify(
        self,
        func: Any,  # noqa: ANN401 (torch's)
        args: tuple[Any, ...],
        given: dict[str, Any],
        found: tuple[Tensor, Form],
    ) -> Any:  # noqa: ANN401 (torch's)
        value, form = found
        if not isinstance(form, Hard):  # none of these holds a gradient back, so that it is left out or counted
            native = self._rule is None or self._rule is ordinary
            return func(*args, **given) if native else _Rectified.apply(value, form, self._rule, -1)
        number = self._runs
        self._runs += 1
        if number in self._left_out:
            return value
        return func(*args, **given) if self._rule is None else _Rectified.apply(value, form, self._rule, number)


def _ends(form: Form) -> bool:
    """Whether nothing that is made of its output may be part of another rectifier, as of a gate."""
    return isinstance(form, Leaky | Composed) or (isinstance(form, Hard) and form.ceiling == math.inf)


def _straight(func: Callable[..., Tensor], args: tuple[Any, ...], given: dict[str, Any]) -> Tensor:
    rest = {name: value for name, value in given.items() if name != "input"}
    value = args[0] if args else given["input"]
    found: Tensor = _Straight.apply(value, lambda value: func(value, *args[1:], **rest))
    return found
