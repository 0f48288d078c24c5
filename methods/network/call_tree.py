"""A network's run as a tree of calls: which module called which, and what each was given and gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.methods.network.run.first_tensor import first_tensor
from visualize.methods.network.run.hooks import follow
from visualize.methods.network.run.run_names import run_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, nn


@dataclass(eq=False)
class CallNode:
    """One call of a module, with the calls that it made.

    Args:
        module: the module.
        path: its own name.
        calls: what it called, in order.
        name: the name of its run, as layers have it; "" where it gave no tensor.
        shape: the shape of its (first) output tensor.
        chained: its input is what the call before it gave, or, of a first call, what its caller was given.
        branching: its input is what a call before it was given too.
        passing: what it gives is what its last call gave.
        positive: no number that it gives is below zero.
        positive_input: nor is any that it is given.
        changing: what it gives differs from what it is given, in one number at least, or in its shape.

    Example:
        >>> import torch
        >>> from torch import nn
        >>> network = nn.Sequential(nn.Sequential(nn.Linear(4, 3), nn.ReLU()), nn.Linear(3, 2))
        >>> tree = call_tree(network, torch.ones(1, 4))
        >>> [node.name for node in tree.descendants()], tree.calls[0].chain, tree.calls[0].positive
        (['0', '0.0', '0.1', '1'], True, True)
    """

    module: nn.Module
    path: str
    calls: list[CallNode] = field(default_factory=list)
    name: str = ""
    shape: tuple[int, ...] = ()
    chained: bool = False
    branching: bool = False
    passing: bool = False
    positive: bool = False
    positive_input: bool = False
    changing: bool = True

    @property
    def chain(self) -> bool:
        """Whether it does nothing but call others, one after the other."""
        return self.passing and bool(self.calls) and all(call.chained for call in self.calls)

    def descendants(self) -> Iterator[CallNode]:
        """All calls below this one, in the order in which they begin."""
        for call in self.calls:
            yield call
            yield from call.descendants()


@dataclass(eq=False)
class _Open:
    """A call that is not over: tensors are held only as long as they may be recognised."""

    node: CallNode
    given: Tensor | None = None
    before: Tensor | None = None  # what its last call was given
    gave: Tensor | None = None  # and gave
    kept: Tensor | None = None  # what the call itself was given, as it was then


def call_tree(network: nn.Module, inputs: Tensor) -> CallNode:
    """Run a network once and note every call of its modules.

    Args:
        network: run as it is, in its own mode; what it writes into its input is written into ``inputs``.
        inputs: what the network takes.

    Returns:
        The network's own call. Of a network that stops midway it has what ran until then.
    """
    root = CallNode(network, "")
    running = [_Open(root, inputs)]
    ended: list[CallNode] = []

    def begin(path: str, module: nn.Module, arguments: object) -> None:
        caller, given, node = running[-1], first_tensor(arguments), CallNode(module, path)
        if given is not None:
            source = caller.gave if caller.node.calls else caller.given
            node.chained = given is source
            node.branching = bool(caller.node.calls) and (given is caller.before or given is caller.given)
            node.positive_input = _positive(given)
        caller.node.calls.append(node)
        caller.before = given
        leaf = given is not None and not any(True for _ in module.children())
        running.append(_Open(node, given, kept=given.clone() if leaf and given is not None else None))

    def end(path: str, module: nn.Module, output: object) -> None:
        over = running.pop()
        while len(running) > 1 and (over.node.path != path or over.node.module is not module):
            over = running.pop()  # an exception that was caught left more there
        node, gave = over.node, first_tensor(output)
        running[-1].gave = gave
        if gave is not None:
            node.shape, node.positive, node.passing = tuple(gave.shape), _positive(gave), gave is over.gave
            node.changing = over.kept is None or not _equal(over.kept, gave)
            ended.append(node)

    follow(network, inputs, end, begin)
    for node, name in zip(ended, run_names([node.path for node in ended]), strict=True):
        node.name = name
    return root


def _equal(given: Tensor, gave: Tensor) -> bool:
    return given.shape == gave.shape and given.device == gave.device and bool((given == gave).all())


def _positive(tensor: Tensor) -> bool:
    return bool(tensor.numel()) and bool((tensor >= 0).all())
