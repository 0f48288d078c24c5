"""Layers worth looking at first: the blocks that a network is made of, found in how its modules call one another.

The idea: a person who describes a network names its residual blocks, fire modules, inception modules or transformer
blocks, and of a plain network its convolutions; of none of them every batch norm and every rectifier. A network says
itself which these are: a block is a module of a class of its own, used again and again, that holds several layers with
weights and does more than to call one after the other.

How it works (:func:`block_names`), on the tree of the calls of one run (:mod:`visualize.methods.network.call_tree`):

1. Modules are opened from the network downwards until they are blocks: plain containers are, and *stages* (classes
   whose modules run blocks in a chain, as many as suit), and frames, which occur once and hold blocks.
2. What is then left outside of blocks are single layers with weights. Each is put together with the norms and the
   rectifier after it (:mod:`visualize.methods.network.layer_groups`), and counts as one layer. In a network that has
   blocks, one with a map and without a rectifier only leads from block to block, and does not count; the last one
   always does.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from torch import nn

from visualize.methods.network.call_tree import call_tree
from visualize.methods.network.layer_groups import Group, grouped, weighted
from visualize.methods.plain_state import plain_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor

    from visualize.methods.network.call_tree import CallNode
    from visualize.methods.network.layer import Layer
    from visualize.methods.network.run.runner import Runner

_PLAIN = (nn.Sequential, nn.ModuleList, nn.ModuleDict)  # containers that say nothing about what is in them
_RESOLUTIONS = 4  # what works at so many sizes of maps is a network, and no block of one


@plain_state()
def blocks(runner: Runner, layers: Mapping[str, Layer], inputs: Tensor) -> dict[str, Layer]:
    """Layers that are blocks, by name, in the order in which they run.

    Args:
        runner: of the network.
        layers: its layers by name.
        inputs: one input, of a picture with some contrast.
    """
    with runner.lock, runner.still():
        root = call_tree(runner.twin, inputs.clone())
    return {name: layers[name] for name in block_names(root, layers)}


def block_names(root: CallNode, layers: Mapping[str, Layer]) -> list[str]:
    """Names of the layers that are blocks, in the order in which they run; of all layers where there are no blocks.

    Args:
        root: the network's own call.
        layers: its layers by name.

    Example:
        >>> import torch
        >>> from visualize.methods.network.call_tree import call_tree
        >>> from visualize.methods.network.layer import Layer
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 4))
        >>> layers = {name: Layer(name, (), "", 8, (6, 6) if name < "3" else (1, 1), None) for name in "01234"}
        >>> block_names(call_tree(network, torch.rand(1, 3, 8, 8)), layers)
        ['1', '4']
    """
    blocks = _Blocks(root, layers)
    parts = list(blocks.parts(root, ()))
    names: list[str] = []
    composed = any(isinstance(part, str) for part in parts)
    groups = [part for part in parts if isinstance(part, Group)]
    for part in parts:
        if isinstance(part, str):
            names.append(part)
        elif part is groups[-1] or not composed or part.rectified or _flat(part, layers):
            names.append(part.name(layers))
    return [name for name in dict.fromkeys(names) if name in layers] or list(layers)


def _flat(group: Group, layers: Mapping[str, Layer]) -> bool:
    layer = layers.get(group.last)
    return layer is not None and layer.map_size == (1, 1)


class _Blocks:
    """Tells blocks from what holds them."""

    def __init__(self, root: CallNode, layers: Mapping[str, Layer]) -> None:
        self._layers = layers
        self._several: dict[int, bool] = {}
        self._composites = [node for node in root.descendants() if self._composite(node)]
        modules: defaultdict[type[nn.Module], set[str]] = defaultdict(set)
        for node in self._composites:
            modules[type(node.module)].add(node.path)
        self._used = Counter({kind: len(paths) for kind, paths in modules.items()})
        self._stages = self._stage_classes()
        self._blocks: dict[CallNode, bool] = {}

    def parts(self, node: CallNode, around: tuple[CallNode, ...]) -> Iterator[str | Group]:
        """The blocks below a call, by name, and the groups of single layers between them, in order."""
        leaves: list[tuple[CallNode, tuple[CallNode, ...]]] = []
        for leaf, frames in self._opened(node, around):
            if self.is_block(leaf):
                yield from grouped(leaves, leaf)
                leaves = []
                yield leaf.name
            else:
                leaves.append((leaf, frames))
        yield from grouped(leaves, None)

    def _opened(self, node: CallNode, around: tuple[CallNode, ...]) -> Iterator[tuple[CallNode, tuple[CallNode, ...]]]:
        """Blocks, and modules that call no others, each with the modules around it from the outside inwards."""
        for call in node.calls:
            if not call.calls or weighted(call.module) or self.is_block(call):
                yield call, around
            else:
                yield from self._opened(call, (*around, call))

    def _composite(self, node: CallNode) -> bool:
        """Whether a call is of a class of its own that holds several layers with weights."""
        if type(node.module) in _PLAIN:
            return False
        key = id(node.module)
        if key not in self._several:
            self._several[key] = sum(map(weighted, node.module.modules())) > 1
        return self._several[key]

    def is_block(self, node: CallNode) -> bool:
        """Whether a call is one of a block."""
        if node not in self._blocks:
            self._blocks[node] = self._decide(node)
        return self._blocks[node]

    def _decide(self, node: CallNode) -> bool:
        if not self._composite(node) or type(node.module) in self._stages or self._resolutions(node) >= _RESOLUTIONS:
            return False
        if self._used[type(node.module)] > 1:
            return True
        branches = any(call.branching for call in node.calls)
        return branches and not any(self.is_block(call) for call in node.descendants())

    def _resolutions(self, node: CallNode) -> int:
        """How many sizes of maps there are in a call."""
        sizes = {self._layers[call.name].map_size for call in (node, *node.descendants()) if call.name in self._layers}
        return len(sizes - {(1, 1)})

    def _stage_classes(self) -> set[type[nn.Module]]:
        """Classes of modules that run blocks of one class in a chain, and end with the last of them.

        A block may be such a chain too. But it has the same parts each time, of several classes.
        """
        chained: set[type[nn.Module]] = set()
        inside: defaultdict[type[nn.Module], set[tuple[type[nn.Module], ...]]] = defaultdict(set)
        for node in self._composites:
            held = list(self._held(node))
            kind = type(node.module)
            inside[kind].add(tuple(type(call.module) for call, _ in held))
            follows = any(
                after.chained and before_it is before and type(before.module) is type(after.module)
                for (before, _), (after, before_it) in itertools.pairwise(held)
            )
            if follows and self._alike(held[-1][0], node):
                chained.add(kind)
        return {kind for kind in chained if len(inside[kind]) > 1 or all(len(set(held)) == 1 for held in inside[kind])}

    def _held(self, node: CallNode) -> Iterator[tuple[CallNode, CallNode | None]]:
        """The outermost composites below a call, each with the call before it."""
        before: CallNode | None = None
        for call in node.calls:
            if self._composite(call):
                yield call, before
            else:
                yield from self._held(call)
            before = call

    def _alike(self, inner: CallNode, outer: CallNode) -> bool:
        """Whether two calls give maps of the same kind."""
        one, other = self._layers.get(inner.name), self._layers.get(outer.name)
        if one is None or other is None:
            return inner.shape == outer.shape
        return (one.units, one.map_size) == (other.units, other.map_size)


def folded(blocks: Sequence[Layer]) -> list[list[Layer]]:
    """Runs of layers that differ in their number alone: of one class, in one place, with as many units and positions.

    Args:
        blocks: layers, in the order in which they run.

    Example:
        >>> from visualize.methods.network.layer import Layer
        >>> layers = [Layer(f"layer1.{number}", (), "Block", 64, (56, 56), None) for number in range(3)]
        >>> [[layer.name for layer in run] for run in folded([*layers, Layer("fc", (), "Linear", 10, (1, 1), None)])]
        [['layer1.0', 'layer1.1', 'layer1.2'], ['fc']]
    """
    runs: list[list[Layer]] = []
    for layer in blocks:
        if runs and _place(runs[-1][-1]) == _place(layer):
            runs[-1].append(layer)
        else:
            runs.append([layer])
    return runs


def _place(layer: Layer) -> tuple[object, ...]:
    return layer.name.rpartition(".")[0], layer.kind, layer.units, layer.map_size
