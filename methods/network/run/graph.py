"""A network as a graph of operations, with the node that each run of each module gave."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import fx, nn

from visualize.methods.network.run.first_tensor import all_of
from visualize.methods.network.run.run_names import WHOLE, run_names

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Trace:
    """A network as a graph of operations.

    Args:
        network: what was traced; the graph's module calls and attributes are names in it.
        graph: the operations, in order.
        nodes: for each run of a module (named as :func:`visualize.methods.network.run.hooks.survey` names it) the node
            of its output.
        output: the node of the network's own output; None where it gives none.
    """

    network: nn.Module
    graph: fx.Graph
    nodes: Mapping[str, fx.Node]
    output: fx.Node | None = None

    @functools.cached_property
    def ends(self) -> Mapping[str, fx.Node]:
        """The nodes, and the output as that of the run of the network itself."""
        return self.nodes if self.output is None else {**self.nodes, WHOLE: self.output}


_TRACING = threading.Lock()  # a tracer stands in the place of every module's call, in the whole process


class _Tracer(fx.Tracer):
    """Notes which node each module's run ended in; modules made of others are traced through."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[tuple[str, fx.Node]] = []
        self._thread = threading.get_ident()

    def call_module(self, m: nn.Module, forward: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401 (fx's signature)
        if threading.get_ident() != self._thread:  # a module that another thread runs meanwhile
            return forward(*args, **kwargs)
        name = self.path_of_module(m)
        output = super().call_module(m, forward, args, kwargs)
        first = next(all_of(output, fx.Proxy), None)
        if first is not None:
            self.ended.append((name, first.node))
        return output


def trace(network: nn.Module) -> Trace | None:
    """Trace a network symbolically (Reed et al. 2022, torch.fx), or None if its control flow depends on its input."""
    tracer = _Tracer()
    try:
        with _TRACING:
            graph = tracer.trace(network)
    except Exception:  # noqa: BLE001 (tracing runs the network's own code on placeholders; whatever fails there means: no graph)
        return None
    names = run_names([name for name, _ in tracer.ended])
    nodes = dict(zip(names, (node for _, node in tracer.ended), strict=True))
    last = next((node for node in reversed(graph.nodes) if node.op == "output"), None)
    whole = next(all_of(last.args, fx.Node), None) if last is not None else None
    return Trace(network, graph, nodes, whole)
