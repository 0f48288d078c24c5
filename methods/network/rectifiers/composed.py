"""Rectifiers that a network puts together from simpler operations, such as ``x * x.sigmoid()``.

The idea: whatever a network computes of one tensor value by value is a function of one number, and a function of one
number can be tried out. A rectifier is then known by what it does to values far from zero, not by how it is written.

Why it is needed: many networks write their own SiLU, GELU, hardswish or ``torch.where(x > 0, x, 0)``. A rule for the
way back that saw only torch's own rectifiers would pass those by, and the result would be wrong without a word.

How it works, for every operation that runs while a rule is in force:

1. :meth:`Tape.read` looks at a call before it is made. It goes on only if the operation works value by value
   (``_POINTWISE``) and all its tensors are one and the same tensor, the *root*, or were computed of it in this way;
   single numbers that ask for no gradient count as constants.
2. From that it makes a Python function that does the same to any tensor: the call itself, with the functions of its
   arguments in their places. It holds no tensor of the run but constants, masks and the like that have no gradient.
3. :meth:`Call.rectifier` asks whether the call may complete a rectifier: it joins two tensors of the root's shape, as a
   product with a gate does, or turns the sign. If so, the function is run on six numbers, three far below zero and
   three far above. It is a rectifier if it is straight at both ends, rises above, and is flatter below.
4. Such a call is run under the rule, with the two slopes as its form. Of every other one :meth:`Tape.note` remembers
   the function under its output, so that the next operation can go on from there.

Tensors are remembered by identity, weakly, and with torch's count of how often each was overwritten: one that is gone,
or was written into since, is not known any more.

What it cannot do: see a function of two tensors that both carry values (a learnt slope for each channel), one that
looks at neighbours (softmax), one that overflows at 4,000 (``log(1 + exp(x))``), one that flattens out above zero
(``clamp(0, 1)`` written by hand), or anything that torch runs out of sight, as compiled code.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from visualize.methods.network.rectifiers.forms import Composed
from visualize.methods.network.rectifiers.kinds import KINDS
from visualize.methods.network.tensor_version import tensor_version

Pointwise = Callable[[Tensor], Tensor]

_JOINING = frozenset((
    "mul", "multiply", "add", "sub", "subtract", "div", "divide", "true_divide", "where", "masked_fill", "maximum",
    "max", "fmax", "logaddexp",
))  # fmt: skip
_TURNING = frozenset(("neg", "negative"))  # what may complete one by itself, as in -(-x).clamp(max=0)
_GATES = frozenset(name for kind in KINDS for name in kind.gate)
_POINTWISE = _JOINING | _TURNING | _GATES | frozenset((
    "rsub", "pow", "square", "sqrt", "reciprocal", "exp", "expm1", "log", "log1p", "abs", "absolute", "sign", "sigmoid",
    "logsigmoid", "hardsigmoid", "tanh", "erf", "special_expit", "special_ndtr", "clamp_max", "minimum", "min", "fmin",
    "gt", "ge", "lt", "le", "greater", "greater_equal", "less", "less_equal", "logical_not", "float", "double", "half",
    "bool", "to", "type_as", "detach", "zeros_like", "ones_like",
))  # fmt: skip
_FAR = 1e3
_FLAT = 1e-3  # of a slope: what counts as none


@dataclass(frozen=True)
class _Known:
    """A tensor that is a function of another, value by value.

    Args:
        tensor: the tensor, held weakly.
        version: torch's count of how often it was overwritten; a tensor that was overwritten since is not known.
        root: the other tensor, which is held as long as the first is there.
        begun: torch's count for the root when the tensor was computed.
        function: the function from the root to the tensor.
        rectified: whether a rectifier with a form of its own is among its operations.
    """

    tensor: weakref.ref[Tensor]
    version: int
    root: Tensor
    begun: int
    function: Pointwise
    rectified: bool


@dataclass(frozen=True)
class Call:
    """A call as a function of one tensor, value by value.

    Args:
        name: the name of the operation.
        root: the tensor whose function the output is.
        function: the function from the root to the output.
        rectified: whether a rectifier with a form of its own was applied on the way from the root.
        whole: how many arguments of the call have the root's shape.
        in_place: whether the call overwrites its first argument.
        onto_root: whether the first argument is the root.
    """

    name: str
    root: Tensor
    function: Pointwise
    rectified: bool
    whole: int
    in_place: bool
    onto_root: bool

    def rectifier(self) -> tuple[Tensor, Composed] | None:
        """The tensor that the call completes a rectifier of, and that rectifier; None for another call."""
        joins = (self.name in _JOINING and self.whole > 1) or self.name in _TURNING
        if not joins or not self.root.requires_grad:
            return None
        if (self.rectified and self.name not in {"mul", "multiply"}) or (self.in_place and not self.onto_root):
            return None
        slopes = _slopes(self.function, self.root.device)
        if slopes is None:
            return None
        return self.root, Composed(_run(self.function, in_place=self.in_place), self.in_place, *slopes)


class Tape:
    """Everything that a run has computed of single tensors, value by value."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def read(self, func: Any, args: Sequence[Any], given: Mapping[str, Any]) -> Call | None:  # noqa: ANN401 (a call)
        """A call as a function of one tensor, value by value; None for another. To be asked before it is made.

        Args:
            func: the function, as a torch function mode gets it.
            args: the positional arguments of the call.
            given: the keyword arguments of the call.
        """
        return self._function(func, args, given) if _name(func) in _POINTWISE else None

    def note(self, call: Call | None, output: object, *, rectifies: bool) -> None:
        """Remember what a call gave.

        Args:
            call: the call, as :meth:`read` gave it.
            output: what it gave.
            rectifies: whether the call is a rectifier with a form of its own.
        """
        if not isinstance(output, Tensor):
            return
        key, tape = id(output), weakref.ref(self)
        self._known.pop(key, None)
        if call is None or output is call.root or output.shape != call.root.shape:
            return

        def gone(reference: weakref.ref[Tensor]) -> None:
            holder = tape()  # which a strong reference would keep in a circle
            if holder is not None:
                holder.forget(key, reference)

        self._known[key] = _Known(
            weakref.ref(output, gone), tensor_version(output), call.root, tensor_version(call.root),
            call.function, call.rectified or rectifies,
        )  # fmt: skip

    def forget(self, key: int, reference: weakref.ref[Tensor]) -> None:
        """Forget a tensor that is no more."""
        if key in self._known and self._known[key].tensor is reference:
            del self._known[key]

    def _function(
        self,
        func: Any,  # noqa: ANN401 (a call)
        args: Sequence[Any],
        given: Mapping[str, Any],
    ) -> Call | None:
        tensors = [item for item in _tensors(args, given) if item.numel() != 1 or item.requires_grad]
        known = [self._of(item) for item in tensors]
        roots = [item if entry is None else entry.root for item, entry in zip(tensors, known, strict=True)]
        if not roots or any(root is not roots[0] for root in roots):
            return None
        functions = {
            id(item): _itself if entry is None else entry.function for item, entry in zip(tensors, known, strict=True)
        }
        plain = _out_of_place(func)
        if plain is None or any(item is True for item in args):  # an "in place" by position
            return None

        def stand_in(value: object) -> object:
            return _Place(functions[id(value)]) if isinstance(value, Tensor) and id(value) in functions else value

        # places instead of tensors, so that nothing of the run is held
        places = [stand_in(item) for item in args]
        named = {key: stand_in(item) for key, item in given.items() if key not in {"inplace", "out"}}

        def function(value: Tensor) -> Tensor:
            output: Tensor = plain(
                *[_put(item, value) for item in places], **{key: _put(item, value) for key, item in named.items()}
            )
            return output

        rectified = any(entry is not None and entry.rectified for entry in known)
        whole = sum(item.shape == roots[0].shape for item in tensors)
        onto_root = bool(args) and args[0] is roots[0]
        return Call(_name(func), roots[0], function, rectified, whole, func.__name__.endswith("_"), onto_root)

    def _of(self, tensor: Tensor) -> _Known | None:
        entry = self._known.get(id(tensor))
        if entry is None or entry.tensor() is not tensor or entry.version != tensor_version(tensor):
            return None
        return entry if tensor_version(entry.root) == entry.begun else None


@dataclass(frozen=True)
class _Place:
    function: Pointwise


def _put(item: object, value: Tensor) -> object:
    return item.function(value) if isinstance(item, _Place) else item


def _itself(value: Tensor) -> Tensor:
    return value


def _name(func: Any) -> str:  # noqa: ANN401 (a function or a tensor's method)
    name = str(getattr(func, "__name__", ""))
    return name if name.startswith("__") else name.rstrip("_")


def _tensors(args: Sequence[Any], given: Mapping[str, Any]) -> list[Tensor]:
    return [item for item in (*args, *given.values()) if isinstance(item, Tensor)]


def _out_of_place(func: Any) -> Callable[..., Tensor] | None:  # noqa: ANN401 (a function or a tensor's method)
    if not func.__name__.endswith("_"):
        function: Callable[..., Tensor] | None = func
        return function
    return getattr(Tensor, _name(func), None)


def _run(function: Pointwise, *, in_place: bool) -> Pointwise:
    return (lambda value: value.copy_(function(value.clone()))) if in_place else function


def _slopes(function: Pointwise, device: torch.device) -> tuple[float, float] | None:
    """The slopes of a rectifier far above zero and, smaller, far below; None for another function."""
    dtype = torch.float32 if device.type == "mps" else torch.float64  # which has none
    far = torch.tensor([-4, -2, -1, 1, 2, 4], dtype=dtype, device=device) * _FAR
    with torch.no_grad():
        values = function(far).flatten()  # a constant may have brought dimensions of its own
    if values.shape != far.shape or not values.is_floating_point() or not bool(values.isfinite().all()):
        return None
    least, less, low, high, more, most = (values / _FAR).tolist()
    up, down = more - high, low - less
    straight = abs(most - more - 2 * up) <= _FLAT * abs(up) and abs(less - least - 2 * down) <= _FLAT * abs(up)
    if up <= 0 or not straight or abs(down) >= up * (1 - _FLAT):
        return None
    return up, down if abs(down) > _FLAT * up else 0.0
