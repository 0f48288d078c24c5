"""The layer whose output is that of another one before, or after, its rectifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from visualize.methods.errors import InputError
from visualize.methods.network.rectifiers.forms import Smooth
from visualize.methods.network.rectifiers.kinds import KINDS, RELU

if TYPE_CHECKING:
    from torch import fx

    from visualize.methods.dissection.settings import Rectifier
    from visualize.methods.network.probe import Probe
    from visualize.methods.network.run.graph import Trace


_RECTIFYING = tuple(module for kind in KINDS if kind.always for module in kind.modules)
_TARGETS = frozenset(target for kind in KINDS if kind.always and kind.form is not Smooth for target in kind.graph)
_BETWEEN = (nn.BatchNorm2d, nn.Identity, nn.Dropout, nn.Dropout2d)


def tapped(probe: Probe, layer: str, where: Rectifier) -> tuple[str, bool]:
    """The layer whose activations are wanted, and whether they still have to be rectified (max(a, 0)).

    Args:
        probe: the network.
        layer: the full name of a layer, no alias.
        where: before or after the rectifier that the layer is, or that follows it alone (batch norms and dropout in
            between are passed).

    Raises:
        InputError: the network's graph shows no rectifier there; its layers can then be named themselves.
    """
    if where == "as-is":
        return layer, False
    trace = probe.runner.trace
    node = trace.nodes.get(layer) if trace is not None else None
    if trace is None or node is None:
        raise InputError(f"the network's graph cannot be followed to find the rectifier of {layer}; name its layer")
    names = {output: name for name, output in trace.nodes.items() if name in probe.layers}
    follower = _follower(trace, node)
    if _rectifies(trace, node):
        if where == "after":
            return layer, False
        before = node.args[0]
        if before in names:
            return names[before], False  # type: ignore[index]
    elif follower is not None:
        if where == "before":
            return layer, False
        if follower in names:
            return names[follower], False
        if follower.op == "call_function" and follower.target in RELU.graph:
            return layer, True
    raise InputError(f"{layer} has no rectifier of its own to look {where}; name the layer that is wanted instead")


def _follower(trace: Trace, node: fx.Node) -> fx.Node | None:
    """The rectifier that a layer's output goes into and nowhere else."""
    while len(node.users) == 1:
        (node,) = node.users
        if _rectifies(trace, node):
            return node
        if node.op != "call_module" or not isinstance(trace.network.get_submodule(str(node.target)), _BETWEEN):
            return None
    return None


def _rectifies(trace: Trace, node: fx.Node) -> bool:
    if node.op == "call_module":
        return isinstance(trace.network.get_submodule(str(node.target)), _RECTIFYING)
    return node.op in {"call_function", "call_method"} and node.target in _TARGETS
