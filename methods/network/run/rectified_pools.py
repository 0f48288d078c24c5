"""Rectifiers that run behind the pool that follows them, where their maps are smaller.

The idea: a rectifier never swaps the order of two values, so the largest of rectified values is the rectified largest
value, to the last bit. Behind a pool of stride 2 a rectifier has a quarter of the work, on the way back too. Where
several rectified maps are joined (``torch.cat``) in front of the pool, one rectifier does for all.

Why it is needed: in the networks that people have most rectifiers stand in front of pools, on the largest maps.

What it cannot do: rules for the way back (guided backpropagation and its kin) are about the place at which a rectifier
stands. So while any is in force, operations run in the network's own order.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, fx, nn

from visualize.methods.network.rectifiers.kinds import KINDS
from visualize.methods.network.run.plain_parts import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.run.plain_parts import Parts

_KINDS = {kind.in_place: kind.modules[0] for kind in KINDS if kind.in_place}
_MODULES = tuple(_KINDS.values())
_SETTINGS = {"inplace", "negative_slope"}


class RectifiedPool(nn.Module):
    """Rectifiers, a join of what they give where there are several, and a pool.

    Args:
        rectifiers: one for each input, all alike and monotone.
        late: one like them, that may overwrite what it is given.
        pool: the largest value in each window.
        axis: along which the rectified inputs are joined; None for one input.

    Example:
        >>> maps = torch.randn(1, 2, 8, 8)
        >>> given = RectifiedPool([nn.ReLU()], nn.ReLU(inplace=True), nn.MaxPool2d(2))(maps)
        >>> torch.equal(given, nn.MaxPool2d(2)(nn.ReLU()(maps)))
        True
    """

    def __init__(
        self, rectifiers: Sequence[nn.Module], late: nn.Module, pool: nn.Module, *, axis: int | None = None
    ) -> None:
        super().__init__()
        self.rectifiers = nn.ModuleList(rectifiers)
        self.late, self.pool, self.axis = late, pool, axis

    def forward(self, *maps: Tensor) -> Tensor:
        """Output of the last of them."""
        if torch._C._len_torch_function_stack():  # noqa: SLF001 (torch has no public way to ask for a mode)
            early = [rectifier(of_one) for rectifier, of_one in zip(self.rectifiers, maps, strict=True)]
            return self._pooled(early)
        output: Tensor = self.late(self._pooled(maps))
        return output

    def _pooled(self, maps: Sequence[Tensor]) -> Tensor:
        pooled: Tensor = self.pool(maps[0] if self.axis is None else torch.cat(list(maps), self.axis))
        return pooled


def move_rectifiers(graph: fx.Graph, ends: list[fx.Node], parts: Parts) -> None:
    """Put a :class:`RectifiedPool` in the place of pools, and of the rectifiers whose outputs nothing else looks at.

    Args:
        graph: of operations; changed.
        ends: nodes of it whose values are wanted; changed where one of them is replaced.
        parts: modules of the graph, to which the new ones are added.
    """
    for node in list(graph.nodes):
        pool = _pool(node, parts)
        if pool is None:
            continue
        (join,) = node.all_input_nodes
        axis = None if len(join.users) > 1 or join in ends else join_axis(join)
        before = [join] if axis is None else list(join.args[0])
        rectifiers = [None if each in ends else rectifier_of(each, parts) for each in before]
        late = _late(rectifiers)
        if late is not None:
            early = [each for each in rectifiers if each is not None]
            _replace(graph, ends, parts, (before, join, node), RectifiedPool(early, late, pool, axis=axis))


def _replace(
    graph: fx.Graph,
    ends: list[fx.Node],
    parts: Parts,
    nodes: tuple[list[fx.Node], fx.Node, fx.Node],
    module: RectifiedPool,
) -> None:
    """Let a module do what rectifiers, the join behind them and the pool do."""
    before, join, pool = nodes
    name = f"part{len(parts)}"
    parts[name] = module
    with graph.inserting_before(pool):
        given = tuple(each.args[0] for each in before)
        new = graph.create_node("call_module", name, given, {})
    pool.replace_all_uses_with(new)
    ends[:] = [new if end is pool else end for end in ends]
    for each in dict.fromkeys((pool, join, *before)):
        graph.erase_node(each)


def join_axis(node: fx.Node) -> int | None:
    """The axis along which a node joins tensors; None for what is no join of a plain list."""
    if node.op != "call_function" or node.target not in {torch.cat, torch.concat} or not node.args:
        return None
    joined, *rest = node.args
    axis = rest[0] if rest else node.kwargs.get("dim", 0)
    if not isinstance(joined, list | tuple) or list(joined) != node.all_input_nodes:  # none of them twice
        return None
    return axis if isinstance(axis, int) and node.kwargs.keys() <= {"dim"} else None


def _pool(node: fx.Node, parts: Parts) -> nn.MaxPool2d | None:
    """The module of a node that takes the largest value in each window."""
    part = parts.get(str(node.target)) if node.op == "call_module" else None
    if plain(part, nn.MaxPool2d) and isinstance(part, nn.MaxPool2d) and not part.return_indices:
        return part if len(node.args) == 1 and not node.kwargs else None
    return None


def rectifier_of(node: fx.Node, parts: Parts) -> nn.Module | None:
    """A node as a monotone rectifier whose output nobody but one sees."""
    if len(node.users) != 1 or len(node.args) != 1 or not isinstance(node.args[0], fx.Node):
        return None
    if node.op == "call_module" and not node.kwargs:
        part = parts[str(node.target)]
        return part if isinstance(part, nn.Module) and plain(part, *_MODULES) and _slope(part) >= 0 else None
    if node.op != "call_function" or node.target not in _KINDS or not node.kwargs.keys() <= _SETTINGS:
        return None
    slope, in_place = node.kwargs.get("negative_slope", 0), node.kwargs.get("inplace", False)
    good = isinstance(slope, int | float) and slope >= 0 and isinstance(in_place, bool)
    return _KINDS[node.target](**node.kwargs) if good else None


def _slope(rectifier: nn.Module) -> float:
    return float(getattr(rectifier, "negative_slope", 0))


def _late(rectifiers: Sequence[nn.Module | None]) -> nn.Module | None:
    """A rectifier that does behind them what some do, which may overwrite what it is given; None if they differ."""
    first = rectifiers[0] if rectifiers else None
    if first is None or any(each is None or _kind(each) != _kind(first) for each in rectifiers):
        return None
    late = copy.copy(first)
    late.inplace = True  # type: ignore[assignment]
    return late


def _kind(rectifier: nn.Module) -> tuple[type[nn.Module], float]:
    return type(rectifier), _slope(rectifier)
