"""The one table of rectifiers, and how a call of one is recognised.

Whoever has to know rectifiers reads them from :data:`KINDS`: the rules of the way back (by function), lists of layers
and receptive fields (by class of module and by the targets of traced graphs), the optimised graph (by what may work in
place), TorchScript (by operation), the notes on what is out of reach (by torch's names of gradients). Where two of them
do not mean the same rectifiers, a field of the entry says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import Tensor, nn

from visualize.methods.network.rectifiers.forms import Form, Hard, Leaky, Smooth

Function = Any  # torch's functions and tensor methods share no type
Given = Mapping[str, Any]
Reading = Callable[[Given], Given | None]
"""From what a call is given, by name, to the fields of its form; None where it is then no rectifier."""


def _nothing(given: Given) -> Given:  # noqa: ARG001 (a reading's signature)
    return {}


def _six(given: Given) -> Given:  # noqa: ARG001 (a reading's signature)
    return {"ceiling": 6.0, "clamps": True}


def _clamp(given: Given) -> Given | None:
    low = given.get("min", given.get("min_val", -1.0))  # hardtanh's default
    high = given.get("max", given.get("max_val", 1.0 if "min_val" in given else None))
    if not _zero(low) or not (high is None or isinstance(high, int | float)):
        return None
    return {"clamps": True} if high is None else {"ceiling": float(high), "clamps": True}


def _threshold(given: Given) -> Given | None:
    return {"clamps": True} if _zero(given.get("threshold")) and _zero(given.get("value")) else None


def _leaky(given: Given) -> Given:
    return {"slope": float(given.get("negative_slope", 0.01))}


def _prelu(given: Given) -> Given:
    weight, dimensions = given["weight"].detach(), given["input"].dim()
    return {"slope": weight.view(-1, *[1] * max(0, dimensions - 2)) if weight.numel() > 1 else weight}


def _rrelu(given: Given) -> Given | None:
    if given.get("training", False):
        return None
    return {"slope": (float(given.get("lower", 1 / 8)) + float(given.get("upper", 1 / 3))) / 2}


def _zero(value: object) -> bool:
    if isinstance(value, Tensor):
        return not value.requires_grad and value.numel() == 1 and not bool(value.any())
    return isinstance(value, int | float) and value == 0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of rectifier: every way in which networks write it, and what is true of it.

    All of them work value by value.

    Args:
        form: the form of the rectifier: what it does to a signal on its way back.
        functions: functions of torch and of tensors, as a torch function mode gets them; the first is the usual one.
        arguments: the names of the functions' arguments, in order.
        reading: picks, out of the arguments of a call, those that the form needs.
        gradient: how torch's names of its gradient begin: "Relu" for ``ReluBackward0``.
        modules: the classes of its modules.
        aten: the operations of exported graphs.
        scripted: the operations of TorchScript graphs that are run as the usual function instead.
        graph: functions, and tensor methods by name, that are known for it where they are nodes of a traced graph.
        gate: names of operations by which it may be part of another rectifier: ``relu6`` in ``x * relu6(x + 3) / 6``.
        always: whether it rectifies whatever it is given: ``clamp`` does only from zero.
        in_place: the function whose argument ``inplace`` may be set where nobody else waits for its input, for the way
            back does without it; None for others.
    """

    form: type[Form]
    functions: tuple[Function, ...]
    arguments: tuple[str, ...] = ("input", "inplace")
    reading: Reading = _nothing
    gradient: str
    modules: tuple[type[nn.Module], ...] = ()
    aten: tuple[str, ...] = ()
    scripted: tuple[str, ...] = ()
    graph: tuple[Function | str, ...] = ()
    gate: tuple[str, ...] = ()
    always: bool = True
    in_place: Function | None = None

    @property
    def calls(self) -> tuple[Function, ...]:
        """Every function, and every operation of exported graphs."""
        packets = [getattr(torch.ops.aten, name) for name in self.aten]
        return (*self.functions, *packets, *(packet.default for packet in packets))


RELU = Kind(
    form=Hard,
    functions=(F.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_),
    gradient="Relu",
    modules=(nn.ReLU,),
    aten=("relu", "relu_"),
    scripted=("relu", "relu_"),
    graph=(F.relu, torch.relu, torch.relu_, "relu", "relu_"),
    gate=("relu",),
    in_place=F.relu,
)
MAXIMUM = Kind(
    form=Hard,
    functions=(torch.maximum, torch.max, torch.fmax, Tensor.maximum, Tensor.max, Tensor.fmax),
    arguments=("input", "other"),
    gradient="Maximum",
    always=False,
)
"""The elementwise maximum with zeros, of which either argument may be the zeros."""
KINDS: tuple[Kind, ...] = (
    RELU,
    Kind(
        form=Hard, functions=(F.relu6,), reading=_six, gradient="Hardtanh", modules=(nn.ReLU6,),
        scripted=("relu6",), graph=(F.relu6,), gate=("relu6",), in_place=F.relu6,
    ),
    Kind(
        form=Hard, functions=(F.hardtanh, F.hardtanh_), arguments=("input", "min_val", "max_val", "inplace"),
        reading=_clamp, gradient="Hardtanh", modules=(nn.Hardtanh,), aten=("hardtanh", "hardtanh_"),
        scripted=("hardtanh", "hardtanh_"), graph=(F.hardtanh,), gate=("hardtanh",), always=False,
    ),
    Kind(
        form=Hard, arguments=("input", "min", "max"), reading=_clamp, gradient="Clamp", aten=("clamp", "clamp_"),
        functions=(
            torch.clamp, torch.clamp_, Tensor.clamp, Tensor.clamp_, torch.clip, torch.clip_, Tensor.clip, Tensor.clip_,
        ),
        scripted=("clamp",), graph=(torch.clamp, "clamp", "clamp_"), gate=("clamp", "clip"), always=False,
    ),
    Kind(
        form=Hard, functions=(torch.clamp_min, torch.clamp_min_, Tensor.clamp_min, Tensor.clamp_min_),
        arguments=("input", "min"), reading=_clamp, gradient="Clamp", aten=("clamp_min", "clamp_min_"),
        scripted=("clamp_min",), graph=("clamp_min",), gate=("clamp_min",), always=False,
    ),
    Kind(
        form=Hard, functions=(F.threshold, torch.threshold, torch.threshold_), reading=_threshold,
        arguments=("input", "threshold", "value", "inplace"), gradient="Threshold", modules=(nn.Threshold,),
        scripted=("threshold",), gate=("threshold",), always=False,
    ),
    MAXIMUM,
    Kind(
        form=Leaky, functions=(F.leaky_relu, F.leaky_relu_), arguments=("input", "negative_slope", "inplace"),
        reading=_leaky, gradient="LeakyRelu", modules=(nn.LeakyReLU,), aten=("leaky_relu", "leaky_relu_"),
        scripted=("leaky_relu", "leaky_relu_"), graph=(F.leaky_relu,), in_place=F.leaky_relu,
    ),
    Kind(
        form=Leaky, functions=(torch.prelu, Tensor.prelu), arguments=("input", "weight"), reading=_prelu,
        gradient="Prelu", modules=(nn.PReLU,), scripted=("prelu",),
    ),
    Kind(
        form=Leaky, functions=(F.rrelu, torch.rrelu, torch.rrelu_), reading=_rrelu, gradient="RreluWithNoise",
        arguments=("input", "lower", "upper", "training", "inplace"), modules=(nn.RReLU,),
    ),
    Kind(
        form=Smooth, functions=(F.elu, F.elu_), arguments=("input", "alpha", "inplace"), gradient="Elu",
        modules=(nn.ELU,), scripted=("elu", "elu_"), graph=(F.elu,),
    ),
    Kind(
        form=Smooth, functions=(F.celu, torch.celu, torch.celu_), arguments=("input", "alpha", "inplace"),
        gradient="Celu", modules=(nn.CELU,), scripted=("celu",),
    ),
    Kind(
        form=Smooth, functions=(F.selu, torch.selu, torch.selu_), gradient="Elu", modules=(nn.SELU,),
        aten=("selu", "selu_"), scripted=("selu",),
    ),
    Kind(
        form=Smooth, functions=(F.silu,), gradient="Silu", modules=(nn.SiLU,), aten=("silu", "silu_"),
        scripted=("silu", "silu_"), graph=(F.silu,),
    ),
    Kind(
        form=Smooth, functions=(F.mish,), gradient="Mish", modules=(nn.Mish,), aten=("mish", "mish_"),
        scripted=("mish",),
    ),
    Kind(
        form=Smooth, functions=(F.hardswish,), gradient="Hardswish", modules=(nn.Hardswish,),
        aten=("hardswish", "hardswish_"), scripted=("hardswish", "hardswish_"), graph=(F.hardswish,),
    ),
    Kind(
        form=Smooth, functions=(F.gelu,), arguments=("input",), gradient="Gelu", modules=(nn.GELU,), aten=("gelu",),
        scripted=("gelu",), graph=(F.gelu,),
    ),
    Kind(
        form=Smooth, functions=(F.softplus,), arguments=("input", "beta", "threshold"), gradient="Softplus",
        modules=(nn.Softplus,), aten=("softplus",), scripted=("softplus",), graph=(F.softplus,), gate=("softplus",),
    ),
)  # fmt: skip
"""Every kind of rectifier that has a name; :mod:`~visualize.methods.network.rectifiers.composed` knows those that have
none.
"""

MODULES: tuple[type[nn.Module], ...] = tuple(module for kind in KINDS for module in kind.modules)
"""The classes of their modules."""
SCRIPTED: Mapping[str, Callable[..., Tensor]]
"""Operation of a TorchScript graph -> the same as the function by which everyone else writes it."""
_BY_CALL: dict[Function, Kind] = {call: kind for kind in KINDS for call in kind.calls}


def recognised(func: Function, args: tuple[Any, ...], given: Given) -> tuple[Tensor, Form] | None:
    """The tensor that a call rectifies, and how; None for what is no rectifier.

    Args:
        func: the function, as a torch function mode gets it.
        args: the positional arguments of the call.
        given: the keyword arguments of the call.
    """
    kind = _BY_CALL.get(func)
    if kind is None:
        return None
    if kind is MAXIMUM:
        return _maximum(func, args, given)
    named = {**dict(zip(kind.arguments, args, strict=False)), **given}
    fields = kind.reading(named)
    if fields is None:
        return None
    # what the call rectifies stays out of it: in place it is the output, which would then hold its own graph for ever
    rest, others = {name: value for name, value in given.items() if name != "input"}, args[1:]
    in_place = func.__name__.removesuffix(".default").endswith("_") or bool(named.get("inplace"))
    return named["input"], kind.form(lambda value: func(value, *others, **rest), in_place, **fields)


def _maximum(func: Function, args: tuple[Any, ...], given: Given) -> tuple[Tensor, Form] | None:
    """The elementwise maximum with zeros."""
    both = [*args, *(given[name] for name in MAXIMUM.arguments if name in given)]
    if len(both) != 2 or not all(isinstance(value, Tensor) for value in both):
        return None
    for value, other in (both, both[::-1]):
        if not other.requires_grad and other.dim() <= value.dim() and not bool(other.any()):
            return value, Hard(functools.partial(func, other=other), in_place=False, clamps=True)
    return None


def _as_function(kind: Kind, *values: Any, in_place: bool, **named: Any) -> Tensor:  # noqa: ANN401 (an operation's own)
    """An operation of a TorchScript graph by its usual function, which takes fewer: ELU's scales are always 1."""
    many = len(kind.arguments) - ("inplace" in kind.arguments)
    more = {"inplace": True} if in_place else {}
    output: Tensor = kind.functions[0](*values[:many], **named, **more)
    return output


SCRIPTED = {
    f"aten::{name}": functools.partial(_as_function, kind, in_place=name.endswith("_"))
    for kind in KINDS
    for name in kind.scripted
}
