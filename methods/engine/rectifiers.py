"""Another gradient for every rectifier that a network runs, however it is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor
from torch.overrides import TorchFunctionMode

from methods.engine.composed import Tape
from methods.engine.forms import Composed, Form, Hard, Leaky, recognised

Rule = Callable[[Tensor, Form, Tensor], Tensor]
"""From the gradient behind a rectifier, the rectifier, and what it keeps (its output or its input, which lie on the
same side of zero) to the gradient before it: a new tensor, for others may hold the one behind."""


def ordinary(gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
    """The derivative: what passed forward passes back."""
    return form.derivative(gradient, kept)


def deconvolution(gradient: Tensor, form: Form, kept: Tensor) -> Tensor:  # noqa: ARG001 (a rule's signature)
    """The rectifier itself, applied to the signal on its way back (Zeiler and Fergus 2014, section 2.1)."""
    return form.signal(gradient)


def guided(gradient: Tensor, form: Form, kept: Tensor) -> Tensor:
    """Both: what passed forward, and is above zero on its way back (Springenberg et al. 2015, section 3.4)."""
    return form.both(gradient, kept)


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
    TorchScript or in an operation with a gradient of its own, keeps that gradient: see :func:`out_of_reach`.

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


def last_rectifiers(outputs: Iterable[Tensor]) -> frozenset[int]:
    """The numbers of the hard rectifiers that outputs come from directly, with no other of them in between.

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
        if isinstance(node, _Rectified._backward_cls) and node.number >= 0:  # type: ignore[attr-defined]  # noqa: SLF001 (the class that torch makes of it)
            found.add(node.number)  # type: ignore[attr-defined]
        else:
            waiting.extend(before for before, _ in node.next_functions)
    return frozenset(found)


_OUT_OF_SIGHT = (
    "Relu", "Threshold", "LeakyRelu", "Prelu", "RreluWithNoise", "Elu", "Celu", "Gelu", "Silu", "Mish", "Hardswish",
    "Softplus", "Hardtanh", "Clamp", "Maximum", "Where", "IndexPut", "Glu", "LogSigmoid", "Logsumexp", "SpecialExpit",
    "SpecialNdtr", "DifferentiableGraph", "CppNode",
)  # fmt: skip


def out_of_reach(outputs: Iterable[Tensor]) -> tuple[str, ...]:
    """Rectifiers on the way to outputs that kept a gradient of their own, by torch's names for it, in order.

    Operations with a gradient that Python code defines are among them, for what they do cannot be seen.

    Args:
        outputs: computed within :class:`rectified`, with a gradient path.
    """
    waiting, seen, found = [output.grad_fn for output in outputs], set(), set()
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        waiting.extend(before for before, _ in node.next_functions)
        name, ours = type(node).__name__, (_Rectified.__name__, _Straight.__name__)
        foreign = hasattr(node, "_forward_cls") and name.removesuffix("Backward") not in ours
        if foreign or name.startswith(_OUT_OF_SIGHT):
            found.add(name.removesuffix("0").removesuffix("1").removesuffix("Backward"))
    return tuple(sorted(found))
