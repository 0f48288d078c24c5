"""Last convolutions that compute only those of their units that somebody looks at.

The idea: ascent on unit 7 of a layer needs that unit's map and no other. Where a layer ends in a convolution, all other
rows of its weights can be left out, forward and on the way back: a fifth of the work of a step in AlexNet's conv5.

How it works: :func:`last_convolutions` finds those whose outputs nothing but rectifiers, joins and the end of the graph
look at. A plan that is asked for some units sets them, runs, and takes them back. The maps keep their shape; those
of units that were not asked for are zero in front of the rectifier, and mean nothing.

What it cannot do: layers that end in a sum, a pool or an attention are computed whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, fx, nn

from visualize.methods.network.run.plain_parts import plain
from visualize.methods.network.run.rectified_pools import join_axis, rectifier_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from visualize.methods.network.run.plain_parts import Parts


class ChosenUnits(nn.Module):
    """A convolution that computes all of its units, or some.

    Args:
        whole: computes all; its outputs are those of ``convolution``.
        convolution: not grouped.

    Example:
        >>> convolution = nn.Conv2d(3, 5, 3)
        >>> some, pictures = ChosenUnits(convolution, convolution), torch.rand(1, 3, 6, 6)
        >>> some.choose((4, 1))
        >>> maps = some(pictures)
        >>> bool(torch.allclose(maps[:, [1, 4]], convolution(pictures)[:, [1, 4]], atol=1e-6)), bool(maps[:, 2].any())
        (True, False)
    """

    def __init__(self, whole: nn.Module, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.whole, self.convolution = whole, convolution
        self._some = False
        self._units: tuple[int, ...] = ()
        self._rows: tuple[Tensor, Tensor, Tensor | None] | None = None

    def choose(self, units: Sequence[int] | None) -> None:
        """Compute only some units from now on.

        Args:
            units: their numbers; None stands for all.
        """
        self._some = units is not None
        chosen = self._units if units is None else tuple(sorted(set(units)))
        if chosen != self._units:
            self._units, self._rows = chosen, None

    def forward(self, maps: Tensor) -> Tensor:
        """Outputs of all units, or of those that were chosen among zeros."""
        if not self._some or maps.dim() != 4:
            return self.whole(maps)  # type: ignore[no-any-return]
        convolution = self.convolution
        if self._rows is None:
            with torch.inference_mode(mode=False):  # they must serve gradients later
                at = torch.tensor(self._units, device=maps.device)
                weight = convolution.weight[at].contiguous(memory_format=torch.channels_last)
                self._rows = at, weight, None if convolution.bias is None else convolution.bias[at]
        at, weight, bias = self._rows
        some = convolution._conv_forward(maps, weight, bias)  # noqa: SLF001 (with its stride and padding)
        shape = (len(some), convolution.out_channels, *some.shape[2:])
        zeros = torch.empty(shape, dtype=some.dtype, device=some.device, memory_format=torch.channels_last).zero_()
        return zeros.index_copy(1, at, some)


Chosen = Sequence[Sequence[int] | None]
"""Numbers of units, layer by layer; None stands for all of a layer."""
LastUnits = Sequence[Sequence[ChosenUnits]]
"""For each layer that a graph ends in the convolutions that give its units, in their order; none for other layers."""


def last_convolutions(graph: fx.Graph, ends: Sequence[fx.Node], parts: Parts) -> list[dict[str, nn.Conv2d]]:
    """Convolutions whose outputs make up what a graph ends in, by their names in it, in the order of their units.

    Args:
        graph: of operations.
        ends: nodes of it whose values are wanted.
        parts: modules of the graph.

    Returns:
        One dictionary for each end; an empty one where it ends in something else.
    """
    last = next(node for node in graph.nodes if node.op == "output")
    result = []
    for end in ends:
        alone = list(end.users) == [last] and list(ends).count(end) == 1
        nodes = list(_before(end, parts)) if alone else [None]
        named = {str(node.target): parts[str(node.target)] for node in nodes if node is not None}
        result.append({name: part for name, part in named.items() if isinstance(part, nn.Conv2d) and None not in nodes})
    return result


def _before(node: fx.Node, parts: Parts) -> Iterator[fx.Node | None]:
    """Convolutions whose outputs a node is made of, in the order of its units; None for anything else."""
    if rectifier_of(node, parts) is not None or join_axis(node) == 1:
        for before in node.all_input_nodes:
            yield from _before(before, parts) if len(before.users) == 1 else [None]
        return
    part = parts.get(str(node.target)) if node.op == "call_module" else None
    yield node if plain(part, nn.Conv2d) and isinstance(part, nn.Conv2d) and part.groups == 1 else None


def choosing(last: Sequence[Mapping[str, nn.Conv2d]], parts: Parts) -> LastUnits:
    """Convolutions as such that may compute some of their units; they take their places among the parts.

    Args:
        last: as :func:`last_convolutions` gave them.
        parts: modules of the graph, by now perhaps others that compute the same.
    """
    result: list[list[ChosenUnits]] = []
    for named in last:
        result.append([])
        for name, convolution in named.items():
            whole = parts[name]
            if isinstance(whole, nn.Module):
                parts[name] = chosen = ChosenUnits(whole, convolution)
                result[-1].append(chosen)
    return result


@contextmanager
def computing(last: LastUnits, chosen: Chosen | None) -> Iterator[None]:
    """Compute only some units of the layers that a graph ends in, within the block.

    Args:
        last: the graph's.
        chosen: units of each layer; None stands for all.
    """
    for modules, units in zip(last, chosen or [None] * len(last), strict=True):
        first = 0
        for module in modules:
            most = module.convolution.out_channels
            own = None if units is None else [unit - first for unit in units if first <= unit < first + most]
            # one of a branch that nobody looks at is computed for its shape
            module.choose(own if own is None else own or [0])
            first += most
    try:
        yield
    finally:
        for modules in last:
            for module in modules:
                module.choose(None)
