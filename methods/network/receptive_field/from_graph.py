"""Receptive fields, derived from the graph of a network by interval arithmetic."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own convention)
from torch import fx, nn

from visualize.methods.network.receptive_field.cuts import Cut, cuts, given
from visualize.methods.network.receptive_field.field import ReceptiveField
from visualize.methods.network.rectifiers.kinds import KINDS, MODULES

if TYPE_CHECKING:
    from visualize.methods.network.run.graph import Trace


@dataclass(frozen=True)
class _Span:
    """One axis: position i sees the pixels from first + i * stride to last + i * stride; ``whole`` sees all of them.

    Args:
        first: pixel that position 0 sees first.
        last: pixel that it sees last.
        stride: pixels between positions.
        whole: every position sees all of them, and they lie over the picture from one border to the other.
        lost: they were cut or widened since, and it is not known where they lie.
    """

    first: float = 0.0
    last: float = 0.0
    stride: float = 1.0
    whole: bool = False
    lost: bool = False

    def slid(self, kernel: int, stride: int, padding: float, dilation: int) -> _Span:
        """Through a window of ``kernel`` taps (Araujo, Norris and Sim 2019, equations 2 to 4)."""
        if self.whole:
            return self
        return _Span(
            self.first - padding * self.stride,
            self.last + ((kernel - 1) * dilation - padding) * self.stride,
            self.stride * stride,
        )

    def cut(self, cut: Cut) -> _Span:
        """Some of the positions, or more of them."""
        if self.whole or cut == Cut():
            return self
        if cut.start is None or cut.step is None:
            return _LOST
        moved = cut.start * self.stride
        return _Span(self.first + moved, self.last + moved, self.stride * cut.step)

    def joined(self, other: _Span) -> _Span:
        """The pixels that a position sees through one of two tensors, or the other."""
        if self.lost or other.lost:
            return _LOST
        if self.whole or other.whole or self.stride != other.stride:
            return _WHOLE
        return replace(self, first=min(self.first, other.first), last=max(self.last, other.last))


_WHOLE = _Span(whole=True)
_LOST = _Span(whole=True, lost=True)


@dataclass(frozen=True)
class _Seen:
    """The pixels that each position of a tensor sees.

    Args:
        rows, columns: the rows and the columns that a position of the map sees.
        last: whether the tensor's channels are the last axis.
        flat: whether its rows and columns are one axis, in the order of reading; what is in front of them sees nothing.
    """

    rows: _Span = _Span()
    columns: _Span = _Span()
    last: bool = False
    flat: bool = False

    def slid(self, kernel: Any, stride: Any, padding: Any, dilation: Any = 1) -> _Seen:  # noqa: ANN401 (int or pair)
        """Through a window, its numbers given as torch does: one for both axes, or a pair."""
        taps = zip(
            _pair(kernel), _pair(kernel if stride is None else stride), _pair(padding), _pair(dilation), strict=True
        )
        (k, s, p, d), (k2, s2, p2, d2) = taps
        return replace(self, rows=self.rows.slid(k, s, p, d), columns=self.columns.slid(k2, s2, p2, d2))

    @property
    def lost(self) -> bool:
        """Whether it is not known where the positions lie."""
        return self.rows.lost or self.columns.lost

    def cut(self, rows: Cut, columns: Cut) -> _Seen:
        """Some of the rows and columns, or more of them."""
        if self.rows.whole and self.columns.whole and rows.start and columns.start:
            return _NOWHERE  # a part of the picture, of which too little is known; tokens are cut along one axis
        return replace(self, rows=self.rows.cut(rows), columns=self.columns.cut(columns))

    def joined(self, other: _Seen) -> _Seen:
        """The pixels seen through either of two tensors that are added, multiplied or put together."""
        if (self.last, self.flat) != (other.last, other.flat):
            return _ALL
        return replace(self, rows=self.rows.joined(other.rows), columns=self.columns.joined(other.columns))


_ALL, _NOWHERE = _Seen(_WHOLE, _WHOLE), _Seen(_LOST, _LOST)

_RECTIFYING = frozenset(target for kind in KINDS for target in kind.graph)
_POINTWISE = (*MODULES, nn.Sigmoid, nn.Tanh, nn.Hardsigmoid, nn.Identity, nn.Dropout, nn.Dropout2d)
_POINTWISE_CALLS: frozenset[Any] = _RECTIFYING | {
    F.hardsigmoid, F.dropout, F.dropout2d, F.sigmoid, F.tanh, torch.sigmoid,
    torch.tanh, torch.abs, torch.exp, torch.sqrt, operator.add, operator.iadd, operator.sub, operator.mul,
    operator.imul, operator.truediv, operator.neg, torch.add, torch.mul, torch.sub, torch.div, torch.maximum,
    torch.minimum,
}  # fmt: skip
_STOCHASTIC_DEPTH = ("torchvision.ops.stochastic_depth", "stochastic_depth")  # by its name: importing it takes 2 s
_ACROSS_CHANNELS = (nn.LocalResponseNorm, nn.Softmax2d)  # which they take for the second axis
_PERMUTING: frozenset[Any] = frozenset({"permute", torch.permute, "transpose", torch.transpose})
_FLATTENING: frozenset[Any] = frozenset({"flatten", torch.flatten, "reshape", "view"})
_POOLING_CALLS: frozenset[Any] = frozenset({F.max_pool2d, F.avg_pool2d, torch.max_pool2d})
_CONVOLUTIONS: frozenset[Any] = frozenset({F.conv2d, torch.conv2d})
_AS_LONG_AS: frozenset[Any] = frozenset({"reshape_as", "view_as", "expand_as"})
_POINTWISE_METHODS = _RECTIFYING | {
    "sigmoid", "tanh", "contiguous", "clone", "detach", "add", "add_", "mul", "mul_", "sub", "div", "float", "to",
    "type_as",
}  # fmt: skip


def fields(trace: Trace, shape: tuple[int, int]) -> dict[str, ReceptiveField]:
    """The receptive field of every module run whose output is a map.

    Operations that are not known to be local are taken to see the whole input, so that a field is never too small. What
    was cut or widened by numbers that the graph does not hold has none.

    Args:
        trace: the network.
        shape: (height, width) of its input, which is the size of the fields that see all of it.
    """
    seen: dict[fx.Node, _Seen] = {}
    for node in trace.graph.nodes:
        # weights, sizes and the like are not in `seen`: no pixel of the input reaches a node through them
        before = [source for source in node.all_input_nodes if source in seen]
        if before and not _is_size(node):
            seen[node] = _through(
                trace, node, functools.reduce(_Seen.joined, [seen[source] for source in before]), before
            )
        elif node.op == "placeholder":
            seen[node] = _Seen()
    known = {name: seen[node] for name, node in trace.nodes.items() if node in seen}
    return {name: _field(item, shape) for name, item in known.items() if not item.lost}


def _is_size(node: fx.Node) -> bool:
    """Whether a node asks a tensor for its shape alone."""
    if node.op == "call_method":
        return node.target in {"size", "dim"}
    return node.target is getattr and node.args[1:2] == ("shape",)


def _through(trace: Trace, node: fx.Node, before: _Seen, pixels: list[fx.Node]) -> _Seen:
    """The pixels that a node sees whose inputs see ``before``; ``pixels`` are those of them that see any."""
    if before.lost:
        return _NOWHERE
    moved = None if before.flat else cuts(node, last=before.last)
    return _computed(trace, node, before, pixels) if moved is None else before.cut(*moved)


def _computed(trace: Trace, node: fx.Node, before: _Seen, pixels: list[fx.Node]) -> _Seen:
    """The pixels that a node sees that takes no part of a map for the whole."""
    if node.op == "call_module":
        return _module(trace.network.get_submodule(str(node.target)), before)
    if node.target in _PERMUTING:
        return _permuted(node, before)
    if node.target in _FLATTENING:
        return replace(before, flat=True) if _flattens(trace, node, before) else _ALL
    if node.target in _POOLING_CALLS | _CONVOLUTIONS:
        return _slid(trace, node, before, pixels)
    if node.op == "call_method":
        return before if node.target in _POINTWISE_METHODS else _ALL
    return before if _pointwise(node, before, pixels) else _ALL


def _slid(trace: Trace, node: fx.Node, before: _Seen, pixels: list[fx.Node]) -> _Seen:
    """Through a pool or a convolution that is called as a function, whose rows and columns are the last two axes."""
    if before.last or before.flat:
        return _ALL
    return _pooled(node, before) if node.target in _POOLING_CALLS else _convolved(trace, node, before, pixels)


def _pooled(node: fx.Node, before: _Seen) -> _Seen:
    stated = given(node, "input", "kernel_size", "stride", "padding", "dilation")
    dilation = 1 if node.target is F.avg_pool2d else stated.get("dilation", 1)
    return before.slid(stated["kernel_size"], stated.get("stride"), stated.get("padding", 0), dilation)


def _convolved(trace: Trace, node: fx.Node, before: _Seen, pixels: list[fx.Node]) -> _Seen:
    """Through a convolution that is called as a function, as convolutions of one's own class do."""
    stated = given(node, "input", "weight", "bias", "stride", "padding", "dilation")
    kernel = _kernel(trace, stated["weight"])
    computed = {*node.all_input_nodes} - {stated["input"], stated["weight"], stated.get("bias")}  # a stride, a padding
    if kernel is None or pixels != [stated["input"]] or computed:
        return _ALL
    stride, padding, dilation = stated.get("stride", 1), stated.get("padding", 0), stated.get("dilation", 1)
    if isinstance(padding, str):
        padding = _worded_padding(padding, kernel, _pair(dilation))
    return before.slid(kernel, stride, padding, dilation)


def _kernel(trace: Trace, weight: Any) -> tuple[int, int] | None:  # noqa: ANN401 (what a graph's node takes)
    """Height and width of a convolution's weights, also of such as are computed from others; None if not known."""
    if not isinstance(weight, fx.Node):
        return None
    if weight.op == "get_attr":
        held: Any = functools.reduce(getattr, str(weight.target).split("."), trace.network)
        return (int(held.shape[2]), int(held.shape[3])) if isinstance(held, torch.Tensor) and held.dim() == 4 else None
    if weight.target in _AS_LONG_AS:
        return _kernel(trace, [*weight.args, *weight.kwargs.values()][1])
    if weight.target in _POINTWISE_CALLS | _POINTWISE_METHODS:
        known = [size for size in (_kernel(trace, source) for source in weight.all_input_nodes) if size is not None]
        return (max(rows for rows, _ in known), max(columns for _, columns in known)) if known else None
    return None


def _pointwise(node: fx.Node, before: _Seen, pixels: list[fx.Node]) -> bool:
    """Whether a function leaves every position to itself."""
    if node.target is torch.cat:
        axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
        if before.flat and before.last and axis == 1:  # tokens of no place, put in front of those of the map
            joined = node.args[0]
            return isinstance(joined, tuple | list) and pixels == [joined[-1]]
        return bool(axis == (3 if before.last else 1))
    named = (getattr(node.target, "__module__", ""), getattr(node.target, "__name__", ""))
    pointwise = node.target in _POINTWISE_CALLS or named == _STOCHASTIC_DEPTH
    return pointwise or _normalised(node, before)


def _normalised(node: fx.Node, before: _Seen) -> bool:
    """Whether a function mixes channels alone, or normalises by numbers that it is given."""
    if node.target is F.linear:
        return before.last
    if node.target is F.layer_norm:
        shape = given(node, "input", "normalized_shape")["normalized_shape"]
        return before.last and isinstance(shape, tuple | list) and len(shape) == 1
    if node.target is F.batch_norm:
        names = ("input", "running_mean", "running_var", "weight", "bias", "training")
        stated = given(node, *names)
        return stated.get("running_mean") is not None and stated.get("training", False) is False
    return node.target is F.local_response_norm and not (before.last or before.flat)


def _permuted(node: fx.Node, before: _Seen) -> _Seen:
    given = node.args[1:] or tuple(node.kwargs.values())
    order = tuple(given[0]) if len(given) == 1 and isinstance(given[0], list | tuple) else given
    swaps = node.target in {"transpose", torch.transpose}
    if before.flat:
        swapped = order in {(1, 2), (2, 1), (-1, -2), (-2, -1)} if swaps else order == (0, 2, 1)
        return replace(before, last=not before.last) if swapped else _ALL
    if swaps:
        return _ALL
    if order == (0, 2, 3, 1) and not before.last:
        return replace(before, last=True)
    if order == (0, 3, 1, 2) and before.last:
        return replace(before, last=False)
    return _ALL


def _flattens(trace: Trace, node: fx.Node, before: _Seen) -> bool:
    """Whether an operation puts the rows and columns of maps onto one axis, and does nothing else."""
    if before.last or before.flat:
        return False
    if node.target in {"flatten", torch.flatten}:
        return node.args[1:] in {(2,), (2, -1), (2, 3)} or (not node.args[1:] and node.kwargs == {"start_dim": 2})
    maps, shape = node.args[0], node.args[1:]
    if len(shape) != 3 or not isinstance(maps, fx.Node) or maps.op != "call_module":
        return False
    module = trace.network.get_submodule(str(maps.target))
    return isinstance(module, nn.Conv2d) and bool(shape[1] == module.out_channels)


def _module(module: nn.Module, before: _Seen) -> _Seen:
    if isinstance(module, _POINTWISE):
        return before
    if isinstance(module, nn.BatchNorm2d):  # without statistics of its own it takes those of the map
        return _ALL if module.running_mean is None or module.training else before
    if before.last or before.flat:
        single = isinstance(module, nn.Linear) or (
            isinstance(module, nn.LayerNorm) and len(module.normalized_shape) == 1
        )
        return before if single and before.last else _ALL
    return before if isinstance(module, _ACROSS_CHANNELS) else _window(module, before)


def _window(module: nn.Module, before: _Seen) -> _Seen:
    """Through a module that slides over rows and columns, which are the last two axes."""
    if isinstance(module, nn.Conv2d) and module.padding_mode != "circular":
        return before.slid(module.kernel_size, module.stride, _padding(module), module.dilation)
    if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
        return before.slid(module.kernel_size, module.stride, module.padding, getattr(module, "dilation", 1))
    if isinstance(module, nn.ZeroPad2d | nn.ReflectionPad2d | nn.ReplicationPad2d | nn.ConstantPad2d):
        left, _, top, _ = module.padding
        return before.slid(1, 1, (top, left))
    return _ALL


def _padding(module: nn.Conv2d) -> tuple[int, ...]:
    if isinstance(module.padding, str):
        return _worded_padding(module.padding, module.kernel_size, module.dilation)
    return tuple(map(int, module.padding))


def _worded_padding(padding: str, kernel: tuple[int, ...], dilation: tuple[int, ...]) -> tuple[int, ...]:
    if padding == "valid":
        return 0, 0
    return tuple((k - 1) * d // 2 for k, d in zip(kernel, dilation, strict=True))  # torch puts the odd pixel at the end


def _pair(value: Any) -> tuple[int, int]:  # noqa: ANN401 (torch's int or pair)
    return (value, value) if isinstance(value, int) else (value[0], value[-1])


def _field(seen: _Seen, shape: tuple[int, int]) -> ReceptiveField:
    axes = [
        (length, 0.0, (length - 1) / 2)
        if span.whole
        else (round(span.last - span.first) + 1, span.stride, (span.first + span.last) / 2)
        for span, length in zip((seen.rows, seen.columns), shape, strict=True)
    ]
    (tall, down, top), (wide, across, left) = axes
    return ReceptiveField((tall, wide), (down, across), (top, left))
