"""The part of a network that certain layers need, rewritten to run faster with the same outputs.

The idea: whoever looks at conv3 needs neither conv4 nor the classifier, and a network that only ever runs in evaluation
mode does work that can be done once. So the operations that the layers depend on are cut out of the network's graph
(Reed et al. 2022, torch.fx) and become a network of their own.

Why it is needed: ascent, inversion and occlusion run the same few layers hundreds or thousands of times.

How it works (:func:`plan`):

1. ``_pruned`` copies the graph, ends it in the layers asked for, and drops every operation that they do not need.
2. ``_copied_parts`` gives each call in it a shallow copy of its module, so that a setting can be changed without
   touching the network. The weights stay the network's own memory; they ask for no gradient, so that a backward pass
   computes the gradient of the input alone.
3. ``_protect`` puts a copy behind each layer whose output something later would overwrite.
4. ``_fold`` multiplies a batch norm into the convolution before it, where nothing else sees that one's output.
5. ``_rectify_in_place`` lets a rectifier overwrite its input, where nobody else waits for it and the operation before
   does not need its own output on the way back. Which rectifiers can:
   :data:`visualize.methods.network.rectifiers.kinds.KINDS`.
6. ``move_rectifiers`` runs rectifiers behind the pools that follow them, where their maps are smaller:
   :mod:`visualize.methods.network.run.rectified_pools`.
7. Convolutions that the graph ends in compute only some of their units where a caller looks at no others:
   :mod:`visualize.methods.network.run.chosen_units`.
8. On a CPU, and in half precision on a GPU, convolutions get their weights, and the input, channels-last, which is how
   they run fastest there. On a CPU the first convolution, those of one pixel, batch norms that are left and attention
   get a cheaper way back (:mod:`visualize.methods.network.run.input_gradient`), as do convolutions of each channel by
   itself (:mod:`visualize.methods.network.run.depthwise_gradient`), means over all places
   (:mod:`visualize.methods.network.run.mean_gradient`), and activations whose input the way back needs
   (:mod:`visualize.methods.network.run.out_of_place`). Products with weights are taken by the library that is fast on
   the processor (:mod:`visualize.methods.network.run.products`).

What it cannot do: it follows no control flow that depends on values or shapes, and knows nothing of hooks on a module
(such a module is left as it is). What comes out is equal up to float rounding only. So nobody uses a plan unseen:
:mod:`visualize.methods.network.run.runner` compares each with the network itself, forward and backward, and runs the
network as it is where they differ.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.parametrize import is_parametrized

from visualize.methods.network.rectifiers.kinds import KINDS
from visualize.methods.network.run.chosen_units import choosing, computing, last_convolutions
from visualize.methods.network.run.depthwise_gradient import Depthwise, is_depthwise
from visualize.methods.network.run.early_use import early_users, using
from visualize.methods.network.run.first_tensor import first_tensor
from visualize.methods.network.run.input_gradient import (
    FixedNorm,
    Pointwise,
    SequenceFirst,
    ThinConvolution,
    is_pointwise,
    suits,
)
from visualize.methods.network.run.mean_gradient import GlobalMean, is_mean, lighten_means
from visualize.methods.network.run.out_of_place import COPYING, OutOfPlace
from visualize.methods.network.run.plain_parts import Parts, plain
from visualize.methods.network.run.products import FastLinear, pays
from visualize.methods.network.run.rectified_pools import move_rectifiers

if TYPE_CHECKING:
    from visualize.methods.network.run.chosen_units import Chosen, LastUnits
    from visualize.methods.network.run.early_use import Uses
    from visualize.methods.network.run.graph import Trace


class Run(Protocol):
    """From a network's input to outputs of some of its layers."""

    def __call__(
        self, inputs: Tensor, chosen: Chosen | None = None, uses: Uses | None = None
    ) -> tuple[Tensor | None, ...]:
        """Outputs of the layers.

        Args:
            inputs: what the network takes; left as it is.
            chosen: for each layer the numbers of the units that are looked at, so that maps of others need not be
                computed; None stands for all.
            uses: for each layer a function of its output whose value is given in its place; see
                :mod:`visualize.methods.network.run.early_use`.
        """


Rest = Callable[[Sequence[Tensor]], Tensor | None]
"""From some nodes' tensors, which it may overwrite, to another node's."""

_RECTIFIERS = tuple(module for kind in KINDS if kind.in_place for module in kind.modules)
_RECTIFYING = tuple(kind.in_place for kind in KINDS if kind.in_place)
# operations whose backward pass does not look at their own output, so that the output may be overwritten
_FORGETTING = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
_FORGETTING_CALLS = (operator.add, operator.iadd, torch.add, torch.cat)
_IN_PLACE_CALLS = (operator.iadd, operator.isub, operator.imul, operator.itruediv)


def plan(trace: Trace, names: Sequence[str], *, channels_last: bool) -> Run:
    """Build what computes the outputs of some module runs.

    Args:
        trace: the graph of the network's twin.
        names: keys of ``trace.ends``.
        channels_last: run convolutions in that memory format.

    Returns:
        A function from the network's input to the outputs in the order of ``names``.
    """
    graph, ends = _pruned(trace, names)
    module, last = _built(trace, graph, ends, channels_last=channels_last)
    users = early_users(module)

    def run(inputs: Tensor, chosen: Chosen | None = None, uses: Uses | None = None) -> tuple[Tensor | None, ...]:
        copied = inputs
        if channels_last and inputs.dim() == 4:
            copied = inputs.contiguous(memory_format=torch.channels_last)  # mostly a copy, which anything may overwrite
        with computing(last, chosen), using(users, uses):
            return tuple(map(first_tensor, module(inputs.clone() if copied is inputs else copied)))

    return run


def rest(trace: Trace, starts: Sequence[fx.Node], end: fx.Node, *, channels_last: bool) -> Rest:
    """Build what computes a node of a network from other nodes.

    Args:
        trace: the graph of the network's twin.
        starts: nodes of it whose values are given; all that ``end`` depends on depends on them alone.
        end: the node that is wanted.
        channels_last: run convolutions in that memory format.

    Returns:
        A function from the values of ``starts``, which it may overwrite, to that of ``end``.
    """
    graph, ends = _between(starts, end)
    module, _ = _built(trace, graph, ends, channels_last=channels_last, disposable=True)
    return lambda values: first_tensor(module(*values))


def _between(starts: Sequence[fx.Node], end: fx.Node) -> tuple[fx.Graph, list[fx.Node]]:
    """A graph from placeholders in the place of some nodes to another node, and that node."""
    wanted, waiting = {*starts}, [end]
    while waiting:
        node = waiting.pop()
        if node not in wanted:
            wanted.add(node)
            waiting += node.all_input_nodes
    graph = fx.Graph()
    copies = {start: graph.placeholder(f"value{number}") for number, start in enumerate(starts)}
    for node in end.graph.nodes:
        if node in wanted and node not in copies:
            copies[node] = graph.node_copy(node, lambda given: copies[given])
    graph.output((copies[end],))
    return graph, [copies[end]]


def _built(
    trace: Trace, graph: fx.Graph, ends: list[fx.Node], *, channels_last: bool, disposable: bool = False
) -> tuple[fx.GraphModule, LastUnits]:
    """A graph of the network's operations as a module of its own, rewritten to run faster, and what it ends in.

    Args:
        trace: the graph of the network's twin.
        graph: some of its operations.
        ends: nodes of it whose values are wanted.
        channels_last: run convolutions in that memory format.
        disposable: what the module is given may be overwritten.
    """
    parts = _copied_parts(trace, graph)
    _protect(graph, ends, parts)
    _fold(graph, ends, parts)
    _rectify_in_place(graph, ends, parts, disposable=disposable)
    move_rectifiers(graph, ends, parts)
    last = last_convolutions(graph, ends, parts)
    if channels_last:
        for part in parts.values():
            if plain(part, nn.Conv2d) and isinstance(part, nn.Conv2d):
                _set(part, "weight", part.weight.contiguous(memory_format=torch.channels_last))
        if _on_a_processor(parts):
            _cheapen_the_way_back(parts)
            lighten_means(graph)
    chosen = choosing(last, parts)
    graph.lint()
    return fx.GraphModule(parts, graph), chosen


def _pruned(trace: Trace, names: Sequence[str]) -> tuple[fx.Graph, list[fx.Node]]:
    """A copy of the graph that ends in the named nodes, and those nodes."""
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    graph.graph_copy(trace.graph, copies)
    ends = [copies[trace.ends[name]] for name in names]
    graph.output(tuple(ends))
    for node in reversed(list(graph.nodes)):
        if not node.users and node.op not in {"placeholder", "output"}:
            graph.erase_node(node)
    return graph, ends


def _copied_parts(trace: Trace, graph: fx.Graph) -> Parts:
    """Give every call in the graph a module of its own, whose settings can be changed; the weights stay shared."""
    parts: Parts = {}
    for node in graph.nodes:
        if node.op == "call_module":
            part: nn.Module | Tensor = _copied(trace.network.get_submodule(str(node.target)))
        elif node.op == "get_attr":
            owner, _, attribute = str(node.target).rpartition(".")
            part = getattr(trace.network.get_submodule(owner), attribute)
        else:
            continue
        node.target = f"part{len(parts)}"
        parts[node.target] = part
    return parts


def _copied(module: nn.Module) -> nn.Module:
    if is_parametrized(module):  # its weights are computed anew in every run: nothing of it is rewritten
        return module
    copied = copy.copy(module)
    copied._parameters = dict(module._parameters)  # noqa: SLF001 (a module's tables are all that a shallow copy shares wrongly)
    copied._buffers = dict(module._buffers)  # noqa: SLF001
    return copied


def _set(module: nn.Module, name: str, value: Tensor) -> None:
    setattr(module, name, nn.Parameter(value, requires_grad=False))


def _protect(graph: fx.Graph, ends: Sequence[fx.Node], parts: Parts) -> None:
    """Keep a copy of every output asked for that a later operation would overwrite."""
    output = next(node for node in graph.nodes if node.op == "output")
    kept = list(ends)
    for place, end in enumerate(ends):
        if any(_overwrites(user, parts) for user in end.users):
            with graph.inserting_after(end):
                kept[place] = graph.call_method("clone", (end,))
    output.args = (tuple(kept),)


def _overwrites(node: fx.Node, parts: Parts) -> bool:
    if node.op == "call_module":
        return bool(getattr(parts[str(node.target)], "inplace", False))
    if node.op == "call_method":
        return str(node.target).endswith("_") and not str(node.target).endswith("__")
    if node.op == "call_function":
        inplace = node.kwargs.get("inplace", False) or (node.target in _RECTIFYING and True in node.args[1:])
        return bool(inplace) or node.target in _IN_PLACE_CALLS or getattr(node.target, "__name__", "").endswith("_")
    return False


def _fold(graph: fx.Graph, ends: Sequence[fx.Node], parts: Parts) -> None:
    """Fold each batch norm into the convolution before it, where nothing else sees the convolution's output.

    w' = w g / sqrt(v + e), b' = (b - m) g / sqrt(v + e) + beta (Ioffe and Szegedy 2015, section 3.1), in float64.
    """
    for node in list(graph.nodes):
        norm = parts.get(str(node.target)) if node.op == "call_module" else None
        if not plain(norm, nn.BatchNorm2d) or not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None:
            continue
        before = node.args[0]
        if not isinstance(before, fx.Node) or before.op != "call_module" or len(before.users) != 1 or before in ends:
            continue
        convolution = parts[str(before.target)]
        if plain(convolution, nn.Conv2d) and isinstance(convolution, nn.Conv2d):
            _fold_norm(convolution, norm)
            if node in ends:
                ends[ends.index(node)] = before  # type: ignore[index]
            node.replace_all_uses_with(before)
            graph.erase_node(node)


def _fold_norm(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        return
    dtype = convolution.weight.dtype
    gain = torch.rsqrt(variance.double() + norm.eps)
    if norm.affine:
        gain = gain * norm.weight.double()
    shift = -mean.double() if convolution.bias is None else convolution.bias.double() - mean.double()
    shift = shift * gain + (norm.bias.double() if norm.affine else 0)
    _set(convolution, "weight", (convolution.weight.double() * gain.view(-1, 1, 1, 1)).to(dtype))
    _set(convolution, "bias", shift.to(dtype))


def _rectify_in_place(graph: fx.Graph, ends: Sequence[fx.Node], parts: Parts, *, disposable: bool) -> None:
    for node in graph.nodes:
        before = node.args[0] if node.args else None
        if not isinstance(before, fx.Node) or len(before.users) != 1 or before in ends:
            continue
        if not _forgets(before, parts) and not (disposable and before.op == "placeholder"):
            continue
        if node.op == "call_module":
            part = parts[str(node.target)]
            if plain(part, *_RECTIFIERS) and getattr(part, "negative_slope", 0) >= 0:
                part.inplace = True  # type: ignore[union-attr]
        elif node.op == "call_function" and node.target in _RECTIFYING and len(node.args) == 1:
            slope = node.kwargs.get("negative_slope", 0)
            if not isinstance(slope, int | float) or slope < 0:
                continue  # of a slope below zero torch has no way back in place
            node.kwargs = {**node.kwargs, "inplace": True}


def _first(part: object) -> Tensor | None:
    return next(part.parameters(), None) if isinstance(part, nn.Module) else None


def _on_a_processor(parts: Parts) -> bool:
    """Whether what the graph is made of lies there; parts that TorchScript compiled are no modules, and do not tell."""
    held = (part if isinstance(part, Tensor) else _first(part) for part in parts.values())
    return all(tensor.device.type == "cpu" for tensor in held if tensor is not None)


def _cheapen_the_way_back(parts: Parts) -> None:
    for name, part in parts.items():
        if plain(part, nn.Conv2d) and isinstance(part, nn.Conv2d) and suits(part):
            parts[name] = ThinConvolution(part)
        elif plain(part, nn.Conv2d) and isinstance(part, nn.Conv2d) and is_pointwise(part):
            parts[name] = Pointwise(part)
        elif plain(part, nn.Conv2d) and isinstance(part, nn.Conv2d) and is_depthwise(part):
            parts[name] = Depthwise(part)
        elif plain(part, nn.AdaptiveAvgPool2d) and isinstance(part, nn.AdaptiveAvgPool2d) and is_mean(part):
            parts[name] = GlobalMean()
        elif plain(part, *COPYING) and getattr(part, "inplace", False) and isinstance(part, nn.Module):
            parts[name] = OutOfPlace(part)
        elif plain(part, nn.BatchNorm2d) and isinstance(part, nn.BatchNorm2d) and part.running_mean is not None:
            parts[name] = FixedNorm(part)
        elif plain(part, nn.MultiheadAttention) and isinstance(part, nn.MultiheadAttention) and part.batch_first:
            parts[name] = SequenceFirst(part)
        elif plain(part, nn.Linear) and isinstance(part, nn.Linear) and pays(part.weight):
            parts[name] = FastLinear(part)


def _forgets(node: fx.Node, parts: Parts) -> bool:
    if node.op == "call_module":
        return isinstance(parts[str(node.target)], _FORGETTING)
    return node.op == "call_function" and node.target in _FORGETTING_CALLS
