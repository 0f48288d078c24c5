"""Layers' outputs that are used the moment they are there, and need not be kept until the run ends.

The idea: whoever wants averages of ten layers' maps needs each map once. Averaged as soon as it is computed, a map is
still in the processor's caches, and its memory serves the layers behind it.

Why it is needed: the maps of all blocks of a small network on eight pictures take 70 MB. Memory that grows by that much
in every run goes back to the system after it and comes anew, page by page, which takes up to a third of the run.

How it works: behind every layer that a graph ends in stands an :class:`EarlyUse`, which passes outputs on as they are
unless :func:`using` gives it a function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from torch import Tensor, fx, nn

from visualize.methods.network.run.first_tensor import first_tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

Uses = Sequence[Callable[[Tensor], Tensor]]
"""For each layer that a graph ends in, a function of its output."""


def after(first: Callable[[Tensor], Tensor], then: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """One function behind another."""
    return lambda output: then(first(output))


class EarlyUse(nn.Module):
    """Gives what it is given, or the value of a function of it.

    Example:
        >>> import torch
        >>> early, maps = EarlyUse(), torch.ones(1, 2, 3, 3)
        >>> early(maps) is maps
        True
        >>> early.use = lambda maps: maps.sum((2, 3))
        >>> early(maps)
        tensor([[9., 9.]])
    """

    def __init__(self) -> None:
        super().__init__()
        self.use: Callable[[Tensor], Tensor] | None = None

    def forward(self, output: object) -> object:
        """The output, or the function's value for the tensor that stands for it."""
        tensor = None if self.use is None else first_tensor(output)
        return output if self.use is None or tensor is None else self.use(tensor)


def early_users(module: fx.GraphModule) -> list[EarlyUse]:
    """Put an :class:`EarlyUse` behind everything that a graph gives, right after it.

    Args:
        module: its graph gives a tuple of nodes; changed.
    """
    graph = module.graph
    last = next(node for node in graph.nodes if node.op == "output")
    users, given = [], []
    for place, end in enumerate(last.args[0]):
        name = f"use{place}"
        users.append(EarlyUse())
        module.add_submodule(name, users[-1])
        with graph.inserting_after(end):
            given.append(graph.call_module(name, (end,)))
    last.args = (tuple(given),)
    graph.lint()
    module.recompile()
    return users


@contextmanager
def using(users: Sequence[EarlyUse], uses: Uses | None) -> Iterator[None]:
    """Use what a graph gives, within the block.

    Args:
        users: the graph's.
        uses: a function for each of them; None leaves everything as it is.
    """
    for place, user in enumerate(users):
        user.use = None if uses is None else uses[place]
    try:
        yield
    finally:
        for user in users:
            user.use = None
