"""Which operation a layer's units come out of, and which they go into, as the network's graph has them.

The idea: what a unit is made of, and what is made of it, stands in the weights of the convolutions (or linear layers)
before and behind its layer. Which these are the graph tells: operations that keep channels apart (rectifiers, norms,
pools) are passed over in both directions.

How it works: :func:`behind` follows every use of the layer's output to the operation that mixes its channels;
:func:`before` goes back from the layer, and where outputs of several branches were put side by side, into the branch
that a unit is of. A batch norm directly after an operation is folded into its weights (:func:`folded`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, fx, nn

from visualize.methods.network.run.channels import keeps_apart, mixing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.run.graph import Trace

_JOINING = (torch.cat, torch.concat, torch.concatenate)


@dataclass(frozen=True, eq=False)
class Link:
    """An operation that mixes channels.

    Args:
        operation: the convolution or linear layer.
        node: of its output.
        norm: the batch norm directly behind it; None where there is none, or it is not to be folded.
        source: the nodes from where its channels are mixed last, or put side by side, to what it takes, in order.
        sink: the nodes from its output on in which its channels stay apart, in order.
    """

    operation: nn.Conv2d | nn.Linear
    node: fx.Node
    norm: nn.BatchNorm2d | None
    source: tuple[fx.Node, ...]
    sink: tuple[fx.Node, ...]

    @property
    def given(self) -> fx.Node:
        """The node of what the operation takes."""
        return self.source[-1]


def behind(traced: Trace, layer: fx.Node) -> tuple[list[Link], list[fx.Node]]:
    """The operations that a layer's units go into.

    Args:
        traced: the graph of the network's twin.
        layer: the layer's node.

    Returns:
        Those that mix them, in the order in which they run; and other nodes that take them, which are none such.
    """
    links, others = [], []
    waiting: list[tuple[fx.Node, ...]] = [(layer,)]
    while waiting:
        path = waiting.pop(0)
        for user in path[-1].users:
            if mixing(traced, user) is not None:
                links.append(_link(traced, user, path))
            elif user.op != "output" and user.args[:1] == (path[-1],) and keeps_apart(traced, user):
                waiting.append((*path, user))
            elif user.op != "output" and not _asks_only(user):
                others.append(user)
    return links, others


def before(traced: Trace, layer: fx.Node, channel: int, channels: dict[fx.Node, int]) -> tuple[Link, int] | fx.Node:
    """The operation that a unit comes out of.

    Args:
        traced: the graph of the network's twin.
        layer: the layer's node.
        channel: of the layer's output: the unit.
        channels: how many each node's output has.

    Returns:
        It, and its output that is the unit; or the node where the way back ends, which is no such operation.
    """
    node = layer
    while True:
        if mixing(traced, node) is not None:
            return _link(traced, node, _path_to(traced, node), fold=node is not layer), channel
        branches = _joined(node)
        if branches:
            for branch in branches:
                if channel < channels.get(branch, 0):
                    node = branch
                    break
                channel -= channels.get(branch, 0)
            else:
                return node
        elif node.all_input_nodes and keeps_apart(traced, node) and node.args[:1] == (node.all_input_nodes[0],):
            given = node.all_input_nodes[0]
            channel = channel * channels.get(given, 1) // max(1, channels.get(node, 1))  # flattening spreads a channel
            node = given
        else:
            return node


def _asks_only(node: fx.Node) -> bool:
    """Whether a node asks a tensor how large it is, and takes none of its numbers."""
    return (node.op == "call_method" and node.target in {"size", "dim", "numel"}) or node.target is getattr


def _joined(node: fx.Node) -> Sequence[fx.Node]:
    """Nodes whose outputs a node puts side by side, channel after channel; none for other nodes."""
    if node.op != "call_function" or node.target not in _JOINING:
        return ()
    axis = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
    several: Any = node.args[0] if node.args else node.kwargs.get("tensors", ())
    return tuple(several) if axis in {1, -3} and all(isinstance(item, fx.Node) for item in several) else ()


def _path_to(traced: Trace, node: fx.Node) -> tuple[fx.Node, ...]:
    """Nodes that lead to what an operation takes, back to where its channels are mixed or joined last."""
    path = [node.all_input_nodes[0]]
    while keeps_apart(traced, path[0]) and path[0].all_input_nodes:
        path.insert(0, path[0].all_input_nodes[0])
    return tuple(path)


def _link(traced: Trace, node: fx.Node, path: tuple[fx.Node, ...], *, fold: bool = True) -> Link:
    operation = mixing(traced, node)
    if operation is None:
        raise TypeError(node)
    sink = [node]
    while len(sink[-1].users) == 1:
        user = next(iter(sink[-1].users))
        if user.op == "output" or user.args[:1] != (sink[-1],) or not keeps_apart(traced, user):
            break
        sink.append(user)
    norm = _norm(traced, sink[1]) if fold and len(sink) > 1 else None
    return Link(operation, node, norm, path, tuple(sink))


def _norm(traced: Trace, node: fx.Node) -> nn.BatchNorm2d | None:
    """The batch norm with statistics of its own that a node calls."""
    module = traced.network.get_submodule(str(node.target)) if node.op == "call_module" else None
    return module if isinstance(module, nn.BatchNorm2d) and module.running_var is not None else None


def folded(link: Link) -> Tensor:
    """Weights of an operation with the batch norm behind it, float64: outputs x inputs (of a group) x ....

    w' = w g / sqrt(v + e) (Ioffe and Szegedy 2015, section 3.1).
    """
    weight = link.operation.weight.detach().double()
    norm = link.norm
    if norm is None or norm.running_var is None:
        return weight
    gain = torch.rsqrt(norm.running_var.double() + norm.eps)
    if norm.affine:
        gain = gain * norm.weight.detach().double()
    return weight * gain.view(-1, *[1] * (weight.dim() - 1))


def channel_counts(traced: Trace, inputs: Tensor) -> dict[fx.Node, int]:
    """How many channels each node's output has, for nodes that give a tensor of two axes or more.

    Args:
        traced: the graph of the network's twin.
        inputs: what the network takes, which is run through all of it once.
    """
    counts: dict[fx.Node, int] = {}

    class Counting(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:  # noqa: ANN401 (fx's signature)
            value = super().run_node(n)
            if isinstance(value, Tensor) and value.dim() > 1:
                counts[n] = value.shape[1]
            return value

    with torch.no_grad():
        Counting(fx.GraphModule(traced.network, traced.graph)).run(inputs.clone())
    return counts
