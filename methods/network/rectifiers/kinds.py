"""The forms in which networks write rectifiers, and what each does to a signal on its way back."""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor

Function = Any  # torch's functions and tensor methods share no type
Given = Mapping[str, Any]
Run = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Form(ABC):
    """One call of a rectifier f, without the tensor that it rectifies.

    Args:
        run: the call itself, of what it rectifies.
        in_place: it overwrites what it is given.
    """

    run: Run
    in_place: bool

    @property
    def keeps_output(self) -> bool:
        """Whether the output tells all that the way back needs; else the input is kept."""
        return False

    @abstractmethod
    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """f'(x) times the gradient: a tensor of its own."""

    @abstractmethod
    def signal(self, gradient: Tensor) -> Tensor:
        """The gradient rectified as f rectifies large signals: lim f(tg) / t for large t, g itself above zero."""

    @abstractmethod
    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The derivative, where it is above zero, times the rectified gradient."""


@dataclass(frozen=True)
class Hard(Form):
    """max(x, 0), or min(max(x, 0), ceiling).

    Args:
        ceiling: its largest value; infinity for most.
        clamps: it is no ReLU by name, and torch lets what follows overwrite its output.
    """

    ceiling: float = math.inf
    clamps: bool = False

    @property
    def keeps_output(self) -> bool:
        """A ReLU's; what follows a clamp may overwrite its output."""
        return not self.clamps

    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """Nothing where it was off."""
        found: Tensor = torch.ops.aten.threshold_backward(gradient, kept, 0)
        return found

    def signal(self, gradient: Tensor) -> Tensor:
        """The part above zero."""
        return gradient.clamp(min=0)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """Both masks."""
        return self.derivative(gradient, kept).clamp_(min=0)


@dataclass(frozen=True)
class Leaky(Form):
    """x above zero and slope * x below.

    Args:
        slope: one number, or one for each channel as a tensor that fits the input's shape.
    """

    slope: float | Tensor

    @property
    def keeps_output(self) -> bool:
        """In place, where it tells the input's sign; else what follows may overwrite the output."""
        return self.in_place and isinstance(self.slope, float) and self.slope > 0

    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """Weakened where it was below zero."""
        return self._leaked(gradient, kept, self.slope)

    def signal(self, gradient: Tensor) -> Tensor:
        """Weakened where it is below zero."""
        if isinstance(self.slope, float):
            return F.leaky_relu(gradient, max(self.slope, 0.0))
        return torch.where(gradient > 0, gradient, self.slope.clamp(min=0) * gradient)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """Weakened for either."""
        if isinstance(self.slope, float):
            slope = max(self.slope, 0.0)
            return F.leaky_relu_(self._leaked(gradient, kept, slope), slope)
        return self._leaked(self.signal(gradient), kept, self.slope.clamp(min=0))

    def _leaked(self, gradient: Tensor, kept: Tensor, slope: float | Tensor) -> Tensor:
        if isinstance(slope, float):
            found: Tensor = torch.ops.aten.leaky_relu_backward(gradient, kept, slope, False)
            return found
        return torch.where(kept > 0, gradient, slope * gradient)


@dataclass(frozen=True)
class Smooth(Form):
    """One that bends from a level to a slope of one: ELU, SELU, CELU, GELU, SiLU, Mish, hardswish, softplus."""

    def derivative(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """By torch, from the input."""
        with torch.enable_grad():
            leaf = kept.detach().requires_grad_()
            output = self.run(leaf.clone() if self.in_place else leaf)
            (found,) = torch.autograd.grad(output, leaf, gradient)
        return found

    def signal(self, gradient: Tensor) -> Tensor:
        """The part above zero."""
        return gradient.clamp(min=0)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """Of the part above zero; nothing where it falls."""
        return self.derivative(gradient.clamp(min=0), kept).clamp_(min=0)


@dataclass(frozen=True)
class Composed(Smooth):
    """One that is put together from other operations, and is known by its values far from zero.

    Args:
        gain: its slope far above zero.
        slope: far below zero; smaller.
    """

    gain: float = 1.0
    slope: float = 0.0

    def signal(self, gradient: Tensor) -> Tensor:
        """As it does to large signals."""
        return self.gain * F.leaky_relu(gradient, max(self.slope, 0.0) / self.gain)

    def both(self, gradient: Tensor, kept: Tensor) -> Tensor:
        """The derivative where it is above zero, of the rectified gradient."""
        slope = max(self.slope, 0.0) / self.gain
        return self.derivative(torch.ones_like(gradient), kept).clamp_(min=0) * F.leaky_relu(gradient, slope)


Maker = Callable[[Run, bool, Given], Form | None]


def _hard(run: Run, in_place: bool, given: Given) -> Form:  # noqa: ARG001, FBT001 (a maker's signature)
    return Hard(run, in_place)


def _hard6(run: Run, in_place: bool, given: Given) -> Form:  # noqa: ARG001, FBT001 (a maker's signature)
    return Hard(run, in_place, 6.0, clamps=True)


def _clamp(run: Run, in_place: bool, given: Given) -> Form | None:  # noqa: FBT001 (a maker's signature)
    low = given.get("min", given.get("min_val", -1.0))  # hardtanh's default
    high = given.get("max", given.get("max_val", 1.0 if "min_val" in given else None))
    if not _zero(low) or not (high is None or isinstance(high, int | float)):
        return None
    return Hard(run, in_place, math.inf if high is None else float(high), clamps=True)


def _threshold(run: Run, in_place: bool, given: Given) -> Form | None:  # noqa: FBT001 (a maker's signature)
    return Hard(run, in_place, clamps=True) if _zero(given.get("threshold")) and _zero(given.get("value")) else None


def _leaky(run: Run, in_place: bool, given: Given) -> Form:  # noqa: FBT001 (a maker's signature)
    return Leaky(run, in_place, float(given.get("negative_slope", 0.01)))


def _prelu(run: Run, in_place: bool, given: Given) -> Form:  # noqa: FBT001 (a maker's signature)
    weight, dimensions = given["weight"].detach(), given["input"].dim()
    return Leaky(run, in_place, weight.view(-1, *[1] * max(0, dimensions - 2)) if weight.numel() > 1 else weight)


def _rrelu(run: Run, in_place: bool, given: Given) -> Form | None:  # noqa: FBT001 (a maker's signature)
    if given.get("training", False):
        return None
    return Leaky(run, in_place, (float(given.get("lower", 1 / 8)) + float(given.get("upper", 1 / 3))) / 2)


def _smooth(run: Run, in_place: bool, given: Given) -> Form:  # noqa: ARG001, FBT001 (a maker's signature)
    return Smooth(run, in_place)


def _zero(value: object) -> bool:
    if isinstance(value, Tensor):
        return not value.requires_grad and value.numel() == 1 and not bool(value.any())
    return isinstance(value, int | float) and value == 0


def _aten(*names: str) -> tuple[Function, ...]:
    """The operations of exported graphs."""
    packets = [getattr(torch.ops.aten, name) for name in names]
    return (*packets, *(packet.default for packet in packets))


# of each way of writing a rectifier: what it makes, and the names of what it is called with
_ARGUMENTS: dict[tuple[Maker, tuple[str, ...]], tuple[Function, ...]] = {
    (_hard, ("input", "inplace")): (
        F.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_, *_aten("relu", "relu_"),
    ),
    (_hard6, ("input", "inplace")): (F.relu6,),
    (_clamp, ("input", "min_val", "max_val", "inplace")): (F.hardtanh, F.hardtanh_, *_aten("hardtanh", "hardtanh_")),
    (_clamp, ("input", "min", "max")): (
        torch.clamp, torch.clamp_, Tensor.clamp, Tensor.clamp_, torch.clip, torch.clip_, Tensor.clip, Tensor.clip_,
        torch.clamp_min, torch.clamp_min_, Tensor.clamp_min, Tensor.clamp_min_,
        *_aten("clamp", "clamp_", "clamp_min", "clamp_min_"),
    ),
    (_threshold, ("input", "threshold", "value", "inplace")): (F.threshold, torch.threshold, torch.threshold_),
    (_leaky, ("input", "negative_slope", "inplace")): (
        F.leaky_relu, F.leaky_relu_, *_aten("leaky_relu", "leaky_relu_"),
    ),
    (_prelu, ("input", "weight")): (torch.prelu, Tensor.prelu),
    (_rrelu, ("input", "lower", "upper", "training", "inplace")): (F.rrelu, torch.rrelu, torch.rrelu_),
    (_smooth, ("input", "alpha", "inplace")): (F.elu, F.elu_, F.celu, torch.celu, torch.celu_),
    (_smooth, ("input", "inplace")): (
        F.selu, torch.selu, torch.selu_, F.silu, F.mish, F.hardswish,
        *_aten("silu", "silu_", "mish", "mish_", "hardswish", "hardswish_", "selu", "selu_"),
    ),
    (_smooth, ("input",)): (F.gelu, F.softplus, *_aten("gelu", "softplus")),
}  # fmt: skip
_FORMS: dict[Function, tuple[Maker, tuple[str, ...]]] = {
    function: form for form, functions in _ARGUMENTS.items() for function in functions
}
_MAXIMA: frozenset[Function] = frozenset(
    {torch.max, torch.maximum, torch.fmax, Tensor.max, Tensor.maximum, Tensor.fmax}
)


def recognised(func: Function, args: tuple[Any, ...], given: Given) -> tuple[Tensor, Form] | None:
    """What a call rectifies, and how; None for what is no rectifier.

    Args:
        func: as a torch function mode is told.
        args: likewise, positional.
        given: likewise, by name.
    """
    if func in _MAXIMA:
        return _maximum(func, args, given)
    known = _FORMS.get(func)
    if known is None:
        return None
    make, names = known
    named = {**dict(zip(names, args, strict=False)), **given}
    # what the call rectifies stays out of it: in place it is the output, which would then hold its own graph for ever
    rest, others = {name: value for name, value in given.items() if name != "input"}, args[1:]
    in_place = func.__name__.removesuffix(".default").endswith("_") or bool(named.get("inplace"))
    form = make(lambda value: func(value, *others, **rest), in_place, named)
    return None if form is None else (named["input"], form)


def _maximum(func: Function, args: tuple[Any, ...], given: Given) -> tuple[Tensor, Form] | None:
    """The elementwise maximum with zeros."""
    both = [*args, *(given[name] for name in ("input", "other") if name in given)]
    if len(both) != 2 or not all(isinstance(one, Tensor) for one in both):
        return None
    for value, other in (both, both[::-1]):
        if not other.requires_grad and other.dim() <= value.dim() and not bool(other.any()):
            return value, Hard(functools.partial(func, other=other), in_place=False, clamps=True)
    return None
